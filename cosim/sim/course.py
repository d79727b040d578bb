"""What messages of one sender to the same peers have in common."""

from collections.abc import Sequence
from typing import final

from cosim.sim.arq import Exchange
from cosim.sim.budget import Reach
from cosim.sim.fates import Fates
from cosim.sim.radio import Radio
from cosim.sim.station import Hearer
from cosim.sim.transfer import Timeline, broadcast_timeline


@final
class Course:
    """The way of messages of one size from a sender to those it reaches, as long as nobody moves or tunes.

    The first `intended` of those in reach are meant, and `hearers` take what they receive; `steady` says that all of
    these notice the sender. What is known already of coming broadcasts is in `fates`, of unicasts in `exchanges`, from
    a message on. `number` is its place in the journal. `radio` is the radio at the rate of these messages.
    """

    __slots__ = (
        "bits", "bits_on_air", "exchanges", "fates", "frames", "hearers", "intended", "number", "radio", "reach",
        "sender", "steady", "timeline", "whole",
    )  # fmt: skip

    def __init__(self, sender: int, hearers: Sequence[Hearer], bits: int, reach: Reach, radio: Radio) -> None:
        self.sender = sender
        self.hearers = hearers
        self.intended = intended = len(hearers)
        self.bits = bits
        self.reach = reach
        self.radio = radio = adapted(radio, reach, intended)
        self.frames = frames = radio.frames(bits)
        self.bits_on_air = (frames.count - 1) * frames.full_bits + frames.last_bits
        self.whole = (True,) * frames.count
        self.timeline: Timeline = broadcast_timeline(frames, radio)
        self.steady = False not in reach.detects[:intended]
        self.fates: Fates | None = None
        self.exchanges: tuple[int, list[Exchange]] | None = None
        self.number = -1


def adapted(radio: Radio, reach: Reach, intended: int) -> Radio:
    """The radio at the rate that its rate control chooses for the worst of those meant who notice the sender at all."""
    met = [snr_db for snr_db, there in zip(reach.snr_db[:intended], reach.detects, strict=False) if there]
    return radio.adapted(min(met or reach.snr_db[:intended], default=float("nan")))
