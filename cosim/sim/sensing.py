"""What a receiver of a radio senses, as ratios to its noise."""

import math
from typing import Any

from radio_models.wifi import PREAMBLE_SNR_DB


def least_ratio(radio: Any) -> float:
    """Power over noise and interference from which on a preamble is found.

    802.11 with preamble detection needs 4 dB (default of ns-3.37 `ThresholdPreambleDetectionModel`); another radio says
    so as `detection_snr_db`, or finds whatever it notices.
    """
    if getattr(radio, "preamble_detection", False):
        return 10.0 ** (PREAMBLE_SNR_DB / 10.0)
    return 10.0 ** (getattr(radio, "detection_snr_db", -math.inf) / 10.0)


def busy_ratio(radio: Any, clear_dbm: float) -> float:
    """Total power over noise from which on the channel counts as busy, given that level [dBm].

    Raises:
        ValueError: the radio has no noise that frames could be compared with.
    """
    noise_dbm = getattr(radio, "noise_dbm", math.nan)
    if not math.isfinite(noise_dbm):
        raise ValueError(
            "packet fidelity compares frames with noise and with each other: this radio has neither; "
            "take one with a noise level, such as wifi_80211a, or fidelity: transfer"
        )
    return 10.0 ** ((clear_dbm - noise_dbm) / 10.0)
