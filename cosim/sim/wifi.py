"""Wi-Fi radios: IEEE 802.11a and 802.11g."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from functools import lru_cache
from typing import Annotated, Any, ClassVar, final

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Field

from cosim.part import Count, Index, NonNegative, PartOf, PowerDbm, part
from cosim.sim.device import domain_faults
from cosim.sim.error_rate import ErrorRate, NistErrorRate
from cosim.sim.radio import Floats, Frames, Sizes, fragments, level_faults
from radio_models import wifi
from radio_models.noise import noise_floor_dbm
from radio_models.transceivers import Transceiver, ns3_wifi
from radio_models.units import BITS_PER_BYTE


@lru_cache(maxsize=4096)
def _wifi_frames(
    payload_bits: int, fragment_bytes: int, header_bytes: int, rate: wifi.OfdmRate, timing: wifi.Timing
) -> Frames:
    count, last_bytes = fragments(payload_bits, fragment_bytes)
    full_psdu, last_psdu = (size + header_bytes + wifi.FRAME_OVERHEAD_BYTES for size in (fragment_bytes, last_bytes))
    full_s, last_s = wifi.ppdu_s([full_psdu, last_psdu], rate, timing).tolist()
    return Frames(
        count, fragment_bytes, last_bytes, full_s, last_s, BITS_PER_BYTE * full_psdu, BITS_PER_BYTE * last_psdu
    )


@lru_cache(maxsize=256)
def _wifi_noise_dbm(noise_figure_db: float) -> float:
    return float(noise_floor_dbm(wifi.BANDWIDTH_HZ, noise_figure_db))


def _known_rate(bit_per_s: float) -> float:
    return float(wifi.ofdm_rate(bit_per_s).bit_per_s)


@part
class Wifi(ABC):
    """What 802.11a and 802.11g share: OFDM in 20 MHz, one antenna, ad hoc, non-QoS DCF, link ARQ, no RTS/CTS.

    One fragment is one MSDU. Its PSDU adds MAC header, LLC/SNAP and FCS (36 bytes) and `header_bytes`. A station alone
    pays DIFS and the mean backoff at CWmin before each frame; that the window doubles for a repetition is left out, as
    are propagation delay, beacons and association. Watts follow the transmit power if the transceiver has levels.

    Attributes:
        tx_power_dbm: transmit power, antenna gain included.
        rate_bit_per_s: rate of data frames: 6, 9, 12, 18, 24, 36, 48 or 54 Mb/s.
        noise_figure_db: noise figure of the receiver.
        error_rate: model of decoding errors.
        max_attempts: transmissions of a unicast frame in all.
        fragment_bytes: payload bytes of a full frame; with the headers at most 2296.
        header_bytes: bytes per fragment of the layers above 802.11, such as 28 for UDP over IPv4.
        transceiver: state powers.
        preamble_detection: a frame below 4 dB or -82 dBm is not noticed (default of ns-3); else the error model alone
            decides, down to -101 dBm.
    """

    prices: ClassVar[frozenset[str]] = frozenset({"transceiver"})
    """Parameters that set watts and nothing else."""

    tx_power_dbm: PowerDbm = 16.0206
    rate_bit_per_s: Annotated[float, AfterValidator(_known_rate)] = 6e6
    noise_figure_db: NonNegative = 7.0
    error_rate: Annotated[ErrorRate, PartOf("error_rate")] = NistErrorRate()
    max_attempts: Count = 7
    fragment_bytes: Annotated[int, Field(ge=1, le=wifi.LARGEST_PAYLOAD_BYTES)] = 1472
    header_bytes: Index = 0
    transceiver: Annotated[Transceiver, PartOf("transceiver")] = ns3_wifi
    preamble_detection: bool = True

    def __post_init__(self) -> None:
        if self.fragment_bytes + self.header_bytes > wifi.LARGEST_PAYLOAD_BYTES:
            raise ValueError(
                f"fragment_bytes and header_bytes are at most {wifi.LARGEST_PAYLOAD_BYTES} together, "
                f"not {self.fragment_bytes} + {self.header_bytes}"
            )

    @property
    @abstractmethod
    def timing(self) -> wifi.Timing:
        """Interframe spaces and contention of the PHY."""

    @property
    def rate(self) -> wifi.OfdmRate:
        """Row of the rate table."""
        return wifi.RATES[int(self.rate_bit_per_s)]

    @property
    def noise_dbm(self) -> float:
        """Noise level of the receiver, about -94 dBm."""
        return _wifi_noise_dbm(self.noise_figure_db)

    def check(self, scenario: Any) -> Iterator[tuple[tuple[str, ...], str]]:
        """The watts of the transceiver must add up with those of every device, and cover what is radiated."""
        yield from domain_faults(scenario, self.transceiver.domain, self.idle_w)
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
        """14 bytes at the highest mandatory rate that is not above the data rate."""
        return wifi.ack_s(self.rate, self.timing)

    @property
    def ack_bits(self) -> int:
        """112."""
        return BITS_PER_BYTE * wifi.ACK_BYTES

    @property
    def header_s(self) -> float:
        """Until a bystander knows that a frame is not for it: PHY and MAC headers, in whole symbols."""
        return float(wifi.ppdu_s(wifi.MAC_HEADER_BYTES, self.rate, self.timing))

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
        return _wifi_frames(payload_bits, self.fragment_bytes, self.header_bytes, self.rate, self.timing)

    def snr_db(self, loss_db: Floats, tx_power_dbm: Floats) -> NDArray[np.float64]:
        """Mean ratio of signal to noise in the channel."""
        return np.asarray(tx_power_dbm) - np.asarray(loss_db) - self.noise_dbm

    def hears(self, snr_db: Floats, distance_m: Floats) -> NDArray[np.bool_]:
        """Whether the preamble is found."""
        snr, _ = np.broadcast_arrays(np.asarray(snr_db, dtype=np.float64), distance_m)
        received_dbm = snr + self.noise_dbm
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
            weakest_dbm = max(wifi.PREAMBLE_RX_DBM, self.noise_dbm + wifi.PREAMBLE_SNR_DB)
        return np.asarray(tx_power_dbm, dtype=np.float64) - weakest_dbm

    def frame_error_rate(self, snr_db: Floats, payload_bytes: Sizes) -> NDArray[np.float64]:
        """Probability that one transmission of a data frame is not decoded."""
        psdu_bytes = np.asarray(payload_bytes) + (self.header_bytes + wifi.FRAME_OVERHEAD_BYTES)
        return self.error_rate.frame_error_rate(snr_db, self.rate, psdu_bytes)

    def ack_error_rate(self, snr_db: Floats) -> NDArray[np.float64]:
        """Probability that an acknowledgement is not decoded."""
        return self.error_rate.frame_error_rate(snr_db, wifi.ack_rate(self.rate), wifi.ACK_BYTES)


@final
@part
class Wifi80211a(Wifi):
    """IEEE 802.11a at 5 GHz."""

    @property
    def timing(self) -> wifi.Timing:
        """SIFS 16 us, slot 9 us, CWmin 15."""
        return wifi.OFDM


@final
@part
class Wifi80211g(Wifi):
    """IEEE 802.11g at 2.4 GHz among stations that all know it: no protection, short slot."""

    @property
    def timing(self) -> wifi.Timing:
        """SIFS 10 us, slot 9 us, CWmin 15, signal extension 6 us."""
        return wifi.ERP_OFDM
