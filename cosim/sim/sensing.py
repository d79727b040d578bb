"""What a receiver of a radio senses and when: thresholds as ratios to its noise, and times of answers."""

import math
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

import numpy as np

from cosim.sim.access import Answer
from cosim.sim.capture import SINR, Capture, capture_of
from cosim.sim.lora import Lora
from radio_models import wifi
from radio_models.lora_capture import capture_model, lock_after_s
from radio_models.wifi import PREAMBLE_SNR_DB
from radio_models.wifi_modes import Mode

PREAMBLE_DETECTION_S = 4e-6
"""From the first symbol of an 802.11 frame until its preamble is found (ns-3.37 `WifiPhy`, preamble detection)."""
LISTENING_SLACK_S = 1e-3
"""How long a missing acknowledgement is waited for beyond its end, where no standard says it."""
SIGNAL_BYTES = 3
"""The 24 bits of L-SIG (IEEE Std 802.11-2012, 18.3.4)."""
HEADER_DB = np.arange(-10.0, 10.0, 0.01)
"""Ratios among which the one is looked for at which a header is read as often as not."""
NO_NOISE = (
    "packet fidelity compares frames with noise and with each other, and this radio has neither: "
    "take one with a noise level, such as wifi_80211a, or another medium"
)


def least_ratio(radio: Any) -> float:
    """Power over noise and interference from which on a preamble is found.

    802.11 with preamble detection needs 4 dB (default of ns-3.37 `ThresholdPreambleDetectionModel`); others find what
    they notice without interference, at the same ratio.
    """
    if hasattr(radio, "preamble_detection"):
        return 10.0 ** (PREAMBLE_SNR_DB / 10.0) if radio.preamble_detection else 0.0
    return 10.0 ** (getattr(radio, "detection_snr_db", -math.inf) / 10.0)


def busy_ratio(radio: Any, busy_dbm: float) -> float:
    """Total power over noise from which on the channel counts as busy, given that level [dBm].

    Raises:
        ValueError: the radio has no noise that frames could be compared with.
    """
    noise_dbm = getattr(radio, "noise_dbm", math.nan)
    if not math.isfinite(noise_dbm):
        raise ValueError(NO_NOISE)
    return 10.0 ** ((busy_dbm - noise_dbm) / 10.0)


class Header(NamedTuple):
    """What it takes to read a PHY header: seconds from a frame's beginning, and power over noise and interference."""

    seconds: float
    least_ratio: float


def header_of(radio: Any) -> Header | None:
    """The L-SIG field of OFDM frames, 3 bytes at 6 Mb/s that end 20 us after the beginning; None for other radios."""
    rate = getattr(radio, "rate", None)
    if not isinstance(rate, Mode):
        return None
    slowest = wifi.ofdm_rate(6e6)
    losses = radio.error_rate.frame_error_rate(HEADER_DB, slowest, SIGNAL_BYTES)
    return Header(wifi.header_s(slowest), float(10.0 ** (HEADER_DB[int(np.argmax(losses <= 0.5))] / 10.0)))


def noise_faults(radio: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    """What a scenario must be told of a radio without noise."""
    if not math.isfinite(getattr(radio, "noise_dbm", math.nan)):
        yield ("medium", "kind"), NO_NOISE


def detection_s(radio: Any) -> float:
    """From the beginning of a frame until receivers lock on it.

    With LoRa it is the part of the preamble that may be lost: all but five symbols where the model does not say.
    """
    if hasattr(radio, "preamble_detection"):
        return PREAMBLE_DETECTION_S
    if isinstance(radio, Lora):
        symbol_s = 2.0**radio.spreading_factor / radio.bandwidth_hz
        model = radio.capture_model
        least = capture_model("lorasim") if model.lock_symbols is None else model
        return float(lock_after_s(least, symbol_s, radio.preamble_symbols))
    return 0.0


def answer_of(radio: Any) -> Answer | None:
    """Times of a radio's acknowledgements; None where it has none."""
    if radio.ack_airtime_s <= 0.0 or radio.max_attempts < 2:
        return None
    return Answer(radio.ack_gap_s, radio.ack_gap_s + radio.ack_airtime_s + LISTENING_SLACK_S)


def radio_capture(radio: Any, rule: Literal["sinr", "radio"]) -> Capture:
    """Which of overlapping frames a radio gets: by the model it names, or by ratios alone."""
    if rule == "radio" and isinstance(radio, Lora):
        return capture_of(radio.capture_model, radio.spreading_factor)
    return SINR
