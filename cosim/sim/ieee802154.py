"""The radio of IEEE 802.15.4 at 2.4 GHz."""

from functools import lru_cache
from typing import Annotated, ClassVar, final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from cosim.part import Count, Index, PartOf, PowerDbm, part
from cosim.sim.chip_radio import ChipRadio
from cosim.sim.radio import Floats, Frames, Sizes, fragments
from radio_models import ieee802154
from radio_models.transceivers import Transceiver
from radio_models.transceivers_short_range import cc2420
from radio_models.units import BITS_PER_BYTE
from radio_models.unslotted_csma import UnslottedCsma

SensitivityDbm = Annotated[float, Field(ge=-130, le=0)]


@lru_cache(maxsize=4096)
def _frames(payload_bits: int, fragment_bytes: int, overhead_bytes: int) -> Frames:
    count, last_bytes = fragments(payload_bits, fragment_bytes)
    full_psdu, last_psdu = fragment_bytes + overhead_bytes, last_bytes + overhead_bytes
    full_s, last_s = ieee802154.ppdu_s([full_psdu, last_psdu]).tolist()
    return Frames(
        count, fragment_bytes, last_bytes, full_s, last_s, BITS_PER_BYTE * full_psdu, BITS_PER_BYTE * last_psdu
    )


@final
@part
class Ieee802154(ChipRadio):
    """O-QPSK at 250 kb/s, unslotted and without a coordinator, with link ARQ.

    One fragment is one MSDU; its PSDU adds 11 bytes (header with short addresses, FCS) and `header_bytes`. A station
    alone pays the interframe space of long frames, the mean first backoff, channel assessment and turnaround before
    each frame. A missing acknowledgement costs as much time as one that comes, 544 us; by the standard 864 us.

    Attributes:
        tx_power_dbm: transmit power, antenna gain included.
        sensitivity_dbm: level at which 1 % of PSDUs of 20 bytes are lost; the noise follows. That of ns-3 is -106.58.
        psdu_bytes: PSDU of a full frame, FCS included.
        header_bytes: bytes per fragment of the layers above the MAC, such as 7 for compressed IPv6 and fragmentation.
        max_attempts: transmissions of a unicast frame in all: 1 + macMaxFrameRetries.
        transceiver: state powers.
    """

    source: ClassVar[str] = "IEEE Std 802.15.4-2006: air time 6.3, access 7.5.1.4, error rate E.4.1.7 (A)"

    medium_kind: ClassVar[str] = "unslotted_csma"
    """The medium that its signals share unless a scenario names another."""

    tx_power_dbm: PowerDbm = 0.0
    sensitivity_dbm: SensitivityDbm = -95.0
    psdu_bytes: Annotated[int, Field(ge=12, le=ieee802154.LARGEST_PSDU_BYTES)] = ieee802154.LARGEST_PSDU_BYTES
    header_bytes: Index = 0
    max_attempts: Count = 1 + ieee802154.MAX_FRAME_RETRIES
    transceiver: Annotated[Transceiver, PartOf("transceiver")] = cc2420

    def __post_init__(self) -> None:
        if self.fragment_bytes < 1:
            room = self.psdu_bytes - ieee802154.MAC_OVERHEAD_BYTES
            raise ValueError(f"header_bytes leaves no room for a payload: at most {room - 1}, not {self.header_bytes}")

    @property
    def _overhead_bytes(self) -> int:
        return ieee802154.MAC_OVERHEAD_BYTES + self.header_bytes

    @property
    def fragment_bytes(self) -> int:
        """What the headers leave of the PSDU."""
        return self.psdu_bytes - self._overhead_bytes

    @property
    def noise_dbm(self) -> float:
        """What its sensitivity implies."""
        return ieee802154.noise_dbm(self.sensitivity_dbm)

    @property
    def detection_snr_db(self) -> float:
        """-5 dB."""
        return ieee802154.DETECTION_SNR_DB

    @property
    def carrier_sense_dbm(self) -> float:
        """Level from which a channel assessment finds the channel busy."""
        return self.sensitivity_dbm + ieee802154.CCA_ABOVE_SENSITIVITY_DB

    @property
    def unslotted(self) -> UnslottedCsma:
        """Parameters of the channel access among rivals."""
        return UnslottedCsma(
            min_be=ieee802154.MIN_BE,
            max_be=ieee802154.MAX_BE,
            max_backoffs=ieee802154.MAX_BACKOFFS,
            max_attempts=self.max_attempts,
            backoff_unit_s=ieee802154.UNIT_BACKOFF_S,
            cca_s=ieee802154.CCA_S,
            turnaround_s=ieee802154.TURNAROUND_S,
            ack_s=ieee802154.ACK_S,
            ack_wait_s=ieee802154.ACK_WAIT_S,
        )

    @property
    def gap_s(self) -> float:
        """Interframe space of long frames, mean first backoff, channel assessment, turnaround."""
        before_s = ieee802154.mean_backoff_s() + ieee802154.CCA_S + ieee802154.TURNAROUND_S
        return float(ieee802154.interframe_s(self.psdu_bytes)) + before_s

    @property
    def ack_gap_s(self) -> float:
        """The turnaround."""
        return ieee802154.TURNAROUND_S

    @property
    def ack_airtime_s(self) -> float:
        """352 us."""
        return ieee802154.ACK_S

    @property
    def ack_bits(self) -> int:
        """40."""
        return BITS_PER_BYTE * ieee802154.ACK_PSDU_BYTES

    def frames(self, payload_bits: int) -> Frames:
        """The frames of a message; bits are those of the PSDU, preamble and length are time on air."""
        return _frames(payload_bits, self.fragment_bytes, self._overhead_bytes)

    def frame_error_rate(self, snr_db: Floats, payload_bytes: Sizes) -> NDArray[np.float64]:
        """Probability of an error anywhere from the preamble to the FCS."""
        n_bytes = np.asarray(payload_bytes) + (self._overhead_bytes + ieee802154.SHR_PHR_BYTES)
        return ieee802154.chunk_error_rate(snr_db, n_bytes)

    def ack_error_rate(self, snr_db: Floats) -> NDArray[np.float64]:
        """The same for an acknowledgement."""
        return ieee802154.chunk_error_rate(snr_db, ieee802154.SHR_PHR_BYTES + ieee802154.ACK_PSDU_BYTES)
