"""Bluetooth Low Energy: air times of link-layer packets, error rate of GFSK, sensitivities.

Sources: Bluetooth Core Specification 5.x, volume 6, part A (radio) and part B (link layer); J. G. Proakis, "Digital
Communications", 4th edition, section 5.4.4; M. K. Simon, M.-S. Alouini, "A unified approach to the performance analysis
of digital communication over generalized fading channels", Proc. IEEE 86(9), 1998, for the integral.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import xlog1py

from radio_models.ranges import within
from radio_models.units import BITS_PER_BYTE, db_to_linear, microseconds_to_s

LARGEST_PAYLOAD_BYTES = 251
"""Longest payload of a data packet with the length extension (part B, 2.4)."""
SHORT_PAYLOAD_BYTES = 27
"""Longest payload without it (part B, 2.4)."""
MIC_BYTES = 4
"""Message integrity check of an encrypted packet (part B, 2.4)."""
ACCESS_ADDRESS_BYTES, HEADER_BYTES, CRC_BYTES = 4, 2, 3
"""Fields of a packet beside its preamble and payload (part B, 2.1)."""
INTERFRAME_S = float(microseconds_to_s(150))
"""T_IFS, from the end of a packet to the answer (part B, 4.1.1)."""
MODULATION_INDEX = 0.5
"""Nominal; 0.45 to 0.55 is allowed (part A, 3.1)."""
SENSITIVITY_BER = 1e-3
"""A sensitivity is the level with this bit error rate, for payloads up to 37 bytes (part A, 4.1)."""

_NODES = np.sin(2.0 * np.pi * np.arange(256) / 256)


class Phy(NamedTuple):
    """One of the four ways to send.

    Attributes:
        preamble_bytes: of an uncoded packet.
        bit_us: microseconds of a bit of the payload, coded or not.
        fixed_us: microseconds before the header, of a coded packet.
        tail_bits: bits that end the coded part.
    """

    preamble_bytes: int
    bit_us: float
    fixed_us: float
    tail_bits: int

    @property
    def coded(self) -> bool:
        """Whether a convolutional code protects the packet."""
        return self.tail_bits > 0


_CODED_US = 80.0 + 8.0 * (BITS_PER_BYTE * ACCESS_ADDRESS_BYTES + 2 + 3)
"""Preamble 80 us, then access address, coding indicator and first terminator at 8 us a bit (part B, 2.2)."""

PHYS: Mapping[str, Phy] = MappingProxyType(
    {
        "1M": Phy(1, 1.0, 0.0, 0),
        "2M": Phy(2, 0.5, 0.0, 0),
        "S2": Phy(0, 2.0, _CODED_US, 3),
        "S8": Phy(0, 8.0, _CODED_US, 3),
    }
)
"""Uncoded at 1 and 2 Mb/s, coded at 500 kb/s (S = 2) and 125 kb/s (S = 8) (part B, 2.1 and 2.2)."""

SENSITIVITY_DBM: Mapping[str, float] = MappingProxyType({"1M": -95.0, "2M": -92.0, "S2": -99.0, "S8": -103.0})
"""Nordic nRF52840 product specification, RADIO, typical: 1M (A); 2M, S = 2 and S = 8 (B)."""


def phy(name: str) -> Phy:
    """The PHY of a name.

    Raises:
        ValueError: no such PHY; the sentence lists those there are.
    """
    if name not in PHYS:
        raise ValueError(f"The PHYs of Bluetooth LE are {', '.join(PHYS)}; got {name}.")
    return PHYS[name]


def packet_bits(payload_bytes: ArrayLike, how: Phy, *, mic: bool = False) -> NDArray[np.float64]:
    """Information bits of a packet from the access address to the CRC.

    Args:
        payload_bytes: whole bytes of the link layer's payload, without MIC, 0 to 251.
        how: one of `PHYS`.
        mic: whether a message integrity check follows the payload.

    Raises:
        ValueError: a size is outside 0 to 251 bytes.
    """
    payload = within(payload_bytes, "A Bluetooth LE payload (bytes)", 0, LARGEST_PAYLOAD_BYTES)
    return BITS_PER_BYTE * (ACCESS_ADDRESS_BYTES + HEADER_BYTES + payload + MIC_BYTES * mic + CRC_BYTES)


def packet_s(payload_bytes: ArrayLike, how: Phy, *, mic: bool = False) -> NDArray[np.float64]:
    """Time on air in seconds of a packet, exact to the microsecond (part B, 2.1 and 2.2).

    Uncoded: preamble (1 byte at 1M, 2 at 2M), access address 4, header 2, payload, MIC, CRC 3. Coded: 376 us up to the
    first terminator, then header, payload, MIC, CRC and 3 bits at S microseconds a bit. Arguments as `packet_bits`.

    Raises:
        ValueError: a size is outside 0 to 251 bytes.
    """
    bits = packet_bits(payload_bytes, how, mic=mic)
    if how.coded:
        timed = bits - BITS_PER_BYTE * ACCESS_ADDRESS_BYTES + how.tail_bits
        return microseconds_to_s(how.fixed_us + how.bit_us * timed)
    return microseconds_to_s(how.bit_us * (bits + BITS_PER_BYTE * how.preamble_bytes))


def bit_error_rate(snr_db: ArrayLike) -> NDArray[np.float64]:
    """Bit error rate of binary FSK with index h = 0.5, detected without its phase, in white Gaussian noise.

    P = Q1(a, b) - exp(-(a^2 + b^2) / 2) I0(a b) / 2 with a, b = sqrt(g / 2 (1 -+ sqrt(1 - r^2))) and the correlation
    r = sin(pi h) / (pi h) of the two tones (Proakis 5.4-53), as the integral over one period, with z = a / b,
    P = 1/(4 pi) int (1 - z^2) / (1 + 2 z sin t + z^2) exp(-b^2 / 2 (1 + 2 z sin t + z^2)) dt (Simon and Alouini 1998).
    The Gaussian filter, whose intersymbol interference costs about 1 dB, is left out: levels are tied to a measured
    sensitivity anyway, so only the steepness matters.

    Args:
        snr_db: ratio g of signal to noise power in a bandwidth as wide as the bit rate in dB, at most 3000.

    Raises:
        ValueError: a ratio is not a number or too large.
    """
    gain = db_to_linear(snr_db)[..., np.newaxis]
    rest = np.sqrt(1.0 - np.sinc(MODULATION_INDEX) ** 2)
    ratio = np.sqrt((1.0 - rest) / (1.0 + rest))
    distance = 1.0 + 2.0 * ratio * _NODES + ratio**2
    weight = (1.0 - ratio**2) / distance
    return (weight * np.exp(-0.25 * (1.0 + rest) * gain * distance)).mean(axis=-1) / 2.0


@cache
def sensitivity_snr_db(error_rate: float = SENSITIVITY_BER) -> float:
    """Ratio in dB at which bits are wrong so often; 14.3 dB for the 0.1 % of the sensitivity.

    Raises:
        ValueError: the rate is outside 1e-12 to 0.4.
    """
    within(error_rate, "A bit error rate", 1e-12, 0.4)

    def excess(snr_db: float) -> float:
        return float(bit_error_rate(snr_db)) - error_rate

    return cast(float, brentq(excess, -20.0, 30.0, xtol=1e-12))


def noise_dbm(sensitivity_dbm: float) -> float:
    """Noise level in dBm of a receiver that has this sensitivity: what lies between is `sensitivity_snr_db`.

    A reconstruction. The nRF52840's -95 dBm at 1M imply a noise 4.7 dB above the thermal one of 1 MHz: plausible. For
    the coded PHYs the gain of the code is in the sensitivity, and their curve is as steep as that of uncoded bits.

    Raises:
        ValueError: the sensitivity is outside -130 to 0 dBm.
    """
    return float(within(sensitivity_dbm, "A sensitivity (dBm)", -130.0, 0.0)) - sensitivity_snr_db()


def packet_error_rate(snr_db: ArrayLike, bits: ArrayLike) -> NDArray[np.float64]:
    """Probability of an error in so many bits: 1 - (1 - P)^bits, exact also where it is tiny.

    Args:
        snr_db: ratio of signal to noise power as `bit_error_rate` takes it.
        bits: `packet_bits`, at least 0.

    Raises:
        ValueError: an argument is outside its range.
    """
    return -np.expm1(xlog1py(within(bits, "A number of bits", 0.0), -bit_error_rate(snr_db)))


@cache
def detection_snr_db() -> float:
    """Ratio in dB at which the 32 bits of an access address are free of errors half of the time; 10.8 dB.

    A reconstruction of when a receiver notices a packet. The smallest data packet arrives with 21 % there, one of 27
    bytes with 0.2 %.
    """
    return sensitivity_snr_db(1.0 - 0.5 ** (1.0 / (BITS_PER_BYTE * ACCESS_ADDRESS_BYTES)))
