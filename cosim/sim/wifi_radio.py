"""What all Wi-Fi radios share."""

from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache
from typing import Annotated, Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from cosim.part import Count, Index, NonNegative, PartOf, PowerDbm, part
from cosim.sim.device import domain_faults
from cosim.sim.error_rate import ErrorRate, NistErrorRate, Rate
from cosim.sim.links import weakest_snr_db
from cosim.sim.radio import Floats, Frames, Sizes, fragments, level_faults
from cosim.sim.rate_control import FixedRate, RateControl
from radio_models import dsss, wifi
from radio_models.dcf import Dcf
from radio_models.dsss import DsssMode
from radio_models.noise import noise_floor_dbm
from radio_models.transceivers import Transceiver, ns3_wifi
from radio_models.units import BITS_PER_BYTE

MEASURED_HZ = 20e6
"""Levels of preambles are measured in a channel of 20 MHz, and the sensitivity is meant there (as in ns-3)."""


class Phy(NamedTuple):
    """What sets the air time of a frame: its mode, the timing of the band, short preambles of 802.11b."""

    rate: Rate
    timing: wifi.Timing
    short_preamble: bool = False

    def air_s(self, psdu_bytes: Any) -> NDArray[np.float64]:
        """Time on air of frames."""
        if isinstance(self.rate, DsssMode):
            return dsss.ppdu_s(psdu_bytes, self.rate, short_preamble=self.short_preamble)
        return wifi.ppdu_s(psdu_bytes, self.rate, self.timing)

    @property
    def answer(self) -> "Phy":
        """How acknowledgements are sent."""
        rate = self.rate if isinstance(self.rate, DsssMode) else wifi.ack_mode(self.rate)
        return self._replace(rate=rate)

    @property
    def header_s(self) -> float:
        """Preamble and PHY header."""
        if isinstance(self.rate, DsssMode):
            return dsss.header_us(self.rate, self.short_preamble) / 1e6
        return wifi.header_s(self.rate)


@lru_cache(maxsize=4096)
def _frames(payload_bits: int, fragment_bytes: int, header_bytes: int, phy: Phy) -> Frames:
    count, last_bytes = fragments(payload_bits, fragment_bytes)
    full_psdu, last_psdu = (size + header_bytes + wifi.FRAME_OVERHEAD_BYTES for size in (fragment_bytes, last_bytes))
    full_s, last_s = phy.air_s([full_psdu, last_psdu]).tolist()
    return Frames(
        count, fragment_bytes, last_bytes, full_s, last_s, BITS_PER_BYTE * full_psdu, BITS_PER_BYTE * last_psdu
    )


@lru_cache(maxsize=256)
def _answer_s(phy: Phy) -> float:
    return float(phy.answer.air_s(wifi.ACK_BYTES))


class Ladder(NamedTuple):
    """What rate control chooses from: the least SNR, rising, at which each radio is the fastest one good enough."""

    least_snr_db: Sequence[float]
    radios: "Sequence[Wifi]"


@part
class Wifi(ABC):
    """One antenna, ad hoc, non-QoS DCF, one MSDU per frame (no aggregation), link ARQ, no RTS/CTS.

    One fragment is one MSDU. Its PSDU adds MAC header, LLC/SNAP and FCS (36 bytes) and `header_bytes`. A station alone
    pays DIFS and the mean backoff at CWmin before each frame; that the window doubles for a repetition is left out, as
    are propagation delay, beacons and association. Watts follow the transmit power if the transceiver has levels.

    Attributes:
        tx_power_dbm: transmit power, antenna gain included.
        noise_figure_db: noise figure of the receiver.
        error_rate: model of decoding errors.
        rate_control: how the rate of data frames is chosen; acknowledgements follow it.
        max_attempts: transmissions of a unicast frame in all.
        fragment_bytes: payload bytes of a full frame; with the headers at most 2296.
        header_bytes: bytes per fragment of the layers above 802.11, such as 28 for UDP over IPv4.
        transceiver: state powers.
        preamble_detection: a frame below 4 dB or -82 dBm is not noticed (default of ns-3); else the error model alone
            decides, down to -101 dBm. Both levels are those in 20 MHz of a wider channel.
    """

    source: ClassVar[str]
    medium_kind: ClassVar[str] = "csma_ca"
    """The medium that its signals share unless a scenario names another."""
    prices: ClassVar[frozenset[str]] = frozenset({"transceiver"})
    """Parameters that set watts and nothing else."""

    tx_power_dbm: PowerDbm = 16.0206
    noise_figure_db: NonNegative = 7.0
    error_rate: Annotated[ErrorRate, PartOf("error_rate")] = NistErrorRate()
    rate_control: Annotated[RateControl, PartOf("rate_control")] = FixedRate()
    max_attempts: Count = 7
    fragment_bytes: Annotated[int, Field(ge=1, le=wifi.LARGEST_PAYLOAD_BYTES)] = 1472
    header_bytes: Index = 0
    transceiver: Annotated[Transceiver, PartOf("transceiver")] = ns3_wifi
    preamble_detection: bool = True

    def __post_init__(self) -> None:
        if not self.error_rate.covers(self.phy.rate):
            spread = isinstance(self.phy.rate, DsssMode)
            known = "dsss" if spread else "nist, yans and table"
            raise ValueError(f"error_rate does not know {'DSSS and CCK' if spread else 'OFDM'}: {known} do")
        if self.fragment_bytes + self.header_bytes > wifi.LARGEST_PAYLOAD_BYTES:
            raise ValueError(
                f"fragment_bytes and header_bytes are at most {wifi.LARGEST_PAYLOAD_BYTES} together, "
                f"not {self.fragment_bytes} + {self.header_bytes}"
            )

    @abstractmethod
    def of_phy(self) -> Phy:
        """Mode of data frames and timing; asked for once."""

    @cached_property
    def phy(self) -> Phy:
        """Mode of data frames and timing."""
        return self.of_phy()

    @abstractmethod
    def at_each_rate(self) -> Sequence[Self]:
        """The same radio at each rate that it may use, by rising rate."""

    @property
    def rate(self) -> Rate:
        """Mode of data frames."""
        return self.phy.rate

    @property
    def timing(self) -> wifi.Timing:
        """Interframe spaces and contention of the PHY."""
        return self.phy.timing

    @property
    def width_hz(self) -> float:
        """Bandwidth of signal and noise."""
        rate = self.phy.rate
        return dsss.WIDTH_HZ if isinstance(rate, DsssMode) else rate.width_hz

    @property
    def noise_dbm(self) -> float:
        """Noise level of the receiver, about -94 dBm in 20 MHz."""
        return self._noise_dbm

    @cached_property
    def _noise_dbm(self) -> float:
        return float(noise_floor_dbm(self.width_hz, self.noise_figure_db))

    @cached_property
    def ladder(self) -> Ladder:
        """The radios that rate control by losses chooses from; the first one at any SNR."""
        target = self.rate_control.max_per
        radios = self.at_each_rate()
        if target is None:
            return Ladder((-np.inf,), (self,))
        rungs: list[tuple[float, Wifi]] = []
        # From the fastest down: who needs no less than a faster one is never chosen.
        for radio in reversed(radios):
            least_db = weakest_snr_db(radio, target)
            if least_db < (rungs[-1][0] if rungs else np.inf):
                rungs.append((least_db, radio))
        rungs[-1:] = [(-np.inf, rungs[-1][1] if rungs else radios[0])]
        return Ladder(*zip(*reversed(rungs), strict=True))

    def adapted(self, snr_db: float) -> "Wifi":
        """The same radio at the rate that rate control chooses for a mean SNR; itself with a fixed rate."""
        if self.rate_control.max_per is None:
            return self
        least_snr_db, radios = self.ladder
        return radios[max(bisect_right(least_snr_db, snr_db) - 1, 0)]

    @property
    def dcf(self) -> Dcf:
        """What contention takes from the PHY; an answer is waited for SIFS, a slot and its preamble, as in ns-3."""
        sifs_s, slot_s = wifi.sifs_s(self.timing), self.timing.slot_us / 1e6
        ack_timeout_s = sifs_s + slot_s + self.phy.answer.header_s
        difs_s, cw_min = wifi.difs_s(self.timing), self.timing.cw_min
        return Dcf(slot_s, sifs_s, difs_s, cw_min, wifi.CW_MAX, self.max_attempts, self.ack_airtime_s, ack_timeout_s)

    def check(self, scenario: Any) -> Iterator[tuple[tuple[str, ...], str]]:
        """The watts of the transceiver must add up with those of every device, and cover what is radiated."""
        yield from domain_faults(scenario, self.transceiver.domain, self.idle_w)
        if self.rate_control.learns and getattr(scenario.medium, "fidelity", "transfer") == "transfer":
            learning = "a rate control that learns from single frames needs a medium with fidelity: packet"
            yield ("radio", "rate_control"), learning
        levels: dict[tuple[str, ...], float] = {("radio", "tx_power_dbm"): self.tx_power_dbm}
        for name, group in scenario.peers.items():
            if group.tx_power_dbm is not None:
                levels["peers", name, "tx_power_dbm"] = group.tx_power_dbm
        for path, level_dbm in levels.items():
            yield from ((path, fault) for fault in level_faults(self.transceiver, level_dbm))

    @property
    def uses_positions(self) -> bool:
        """Losses follow distances."""
        return True

    @property
    def adapts_power(self) -> bool:
        """Watts are the same at any distance."""
        return False

    @property
    def latency_s(self) -> float:
        """None: 150 m take the signal 0.5 us."""
        return 0.0

    @property
    def gap_s(self) -> float:
        """DIFS and mean backoff at CWmin."""
        return wifi.difs_s(self.timing) + wifi.mean_backoff_s(self.timing)

    @property
    def ack_gap_s(self) -> float:
        """SIFS."""
        return wifi.sifs_s(self.timing)

    @property
    def ack_airtime_s(self) -> float:
        """14 bytes at the highest mandatory rate that is not above the data rate (legacy rate of the same kind)."""
        return _answer_s(self.phy)

    @property
    def ack_bits(self) -> int:
        """112."""
        return BITS_PER_BYTE * wifi.ACK_BYTES

    @property
    def header_s(self) -> float:
        """Until a bystander knows that a frame is not for it: PHY and MAC headers, in whole symbols."""
        return float(self.phy.air_s(wifi.MAC_HEADER_BYTES))

    @property
    def idle_w(self) -> float:
        """Power while listening."""
        return self.transceiver.idle_w

    @property
    def receive_w(self) -> float:
        """Power while receiving."""
        return self.transceiver.receive_w

    @property
    def sleep_w(self) -> float:
        """Power while asleep."""
        return self.transceiver.sleep_w

    def transmit_w(self, tx_power_dbm: float, reach_m: float) -> float:
        """Power while sending, by the levels of the transceiver; the same at any level where it has none."""
        return self.transceiver.sending_w(tx_power_dbm)

    def frames(self, payload_bits: int) -> Frames:
        """The frames of a message; bits are those of the PSDU, the PHY's preamble and header are time on air."""
        return _frames(payload_bits, self.fragment_bytes, self.header_bytes, self.phy)

    def snr_db(self, loss_db: Floats, tx_power_dbm: Floats) -> NDArray[np.float64]:
        """Mean ratio of signal to noise in the channel."""
        return np.asarray(tx_power_dbm) - np.asarray(loss_db) - self.noise_dbm

    def hears(self, snr_db: Floats, distance_m: Floats) -> NDArray[np.bool_]:
        """Whether the preamble is found."""
        snr, _ = np.broadcast_arrays(np.asarray(snr_db, dtype=np.float64), distance_m)
        received_dbm = snr + self.noise_dbm - self._widened_db
        if not self.preamble_detection:
            return received_dbm >= wifi.SENSITIVITY_RX_DBM
        return (snr >= wifi.PREAMBLE_SNR_DB) & (received_dbm >= wifi.PREAMBLE_RX_DBM)

    @property
    def farthest_m(self) -> float:
        """Only the loss counts."""
        return float("inf")

    def most_loss_db(self, tx_power_dbm: Floats) -> NDArray[np.float64]:
        """What leaves just enough for the preamble."""
        weakest_dbm = wifi.SENSITIVITY_RX_DBM
        if self.preamble_detection:
            weakest_dbm = max(wifi.PREAMBLE_RX_DBM, self.noise_dbm - self._widened_db + wifi.PREAMBLE_SNR_DB)
        return np.asarray(tx_power_dbm, dtype=np.float64) - (weakest_dbm + self._widened_db)

    @cached_property
    def _widened_db(self) -> float:
        """What a level loses when only 20 MHz of its channel are looked at."""
        return 10.0 * float(np.log10(max(self.width_hz // MEASURED_HZ, 1.0)))

    def frame_error_rate(self, snr_db: Floats, payload_bytes: Sizes) -> NDArray[np.float64]:
        """Probability that one transmission of a data frame is not decoded."""
        psdu_bytes = np.asarray(payload_bytes) + (self.header_bytes + wifi.FRAME_OVERHEAD_BYTES)
        return self.error_rate.frame_error_rate(snr_db, self.rate, psdu_bytes)

    def ack_error_rate(self, snr_db: Floats) -> NDArray[np.float64]:
        """Probability that an acknowledgement is not decoded."""
        return self.error_rate.frame_error_rate(snr_db, self.phy.answer.rate, wifi.ACK_BYTES)
