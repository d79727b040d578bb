"""When a station may send again under a duty cycle."""

from collections.abc import Iterator
from typing import Any, final

from cosim.sim.medium import Content
from radio_models.ranges import within


@final
class DutyCycle:
    """The off time of one station in one sub-band.

    After a frame of duration T the sub-band is left alone for T_off = T (1/d - 1) (LoRaWAN specification 1.0, section
    7.1.3), so that from any frame's start to any later one's the share of time on the air is at most d. ETSI EN 300 220
    counts over an hour, and would allow bursts within it.
    """

    __slots__ = ("_free_s", "_share")

    def __init__(self, share: float) -> None:
        """A station that may send so large a share of time.

        Raises:
            ValueError: the share is not above 0 and at most 1.
        """
        self._share = float(within(share, "A duty cycle", 0.0, 1.0, above=True))
        self._free_s = 0.0

    def next_start_s(self, now_s: float, airtime_s: float) -> float:
        """When a frame asked for now may start; it is booked, and the next one comes after its off time."""
        start_s = max(now_s, self._free_s)
        self._free_s = start_s + airtime_s / self._share
        return start_s

    def sent(self, end_s: float, airtime_s: float) -> None:
        """A frame ended at this time: if something else held it up, so is the next one."""
        self._free_s = max(self._free_s, end_s + airtime_s * (1.0 / self._share - 1.0))


def patience(scenario: Any, model_bits: int) -> Iterator[str]:
    """How long a message with a whole model takes under a duty cycle, from its first to its last frame."""
    radio = scenario.radio
    share = getattr(radio, "duty_cycle", 1.0)
    if share >= 1.0:
        return
    message = scenario.repair.protected(Content(None, 1.0, (), 0, model_bits), radio)
    frames = radio.frames(message.air_bits)
    before_s = (frames.count - 1) * frames.full_airtime_s
    took_s = before_s / share + frames.last_airtime_s
    yield (
        f"duty cycle {100 * share:g} %: a message with a whole model of {model_bits / 8e3:.1f} kB is {frames.count} "
        f"frames, {before_s + frames.last_airtime_s:.0f} s on the air, and takes {took_s / 3600:.1f} h"
    )
