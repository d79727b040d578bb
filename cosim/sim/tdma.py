"""The medium by turns: time-division multiple access."""

from collections.abc import Iterator
from typing import Any, ClassVar, Literal, final

import numpy as np

from cosim.part import NonNegative, Positive, part
from cosim.sim.budget import Budget
from cosim.sim.medium import Medium
from cosim.sim.sensing import answer_of, detection_s, noise_faults


@final
@part
class Tdma:
    """Every station has its slot in a frame of slots, one MAC frame (and its acknowledgement) fits into each.

    The schedule is given and costs nothing; clocks are in step within the guard time.

    Attributes:
        fidelity: transfer, one event per message; or packet, every frame by itself.
        slot_s: length of a slot; without one, the radio's longest frame, its acknowledgement and the guard time.
        guard_s: part of a slot in which nobody sends.
        reuse: stations more than two hops apart at the beginning share slots; else each has a slot for itself.
    """

    source: ClassVar[str] = "fixed slots; reuse by Welsh and Powell, The Computer Journal 10(1), 1967, over two hops"

    fidelity: Literal["transfer", "packet"] = "transfer"
    slot_s: Positive | None = None
    guard_s: NonNegative = 0.0
    reuse: bool = False

    def check(self, scenario: Any) -> Iterator[tuple[tuple[str, ...], str]]:
        """Frames must be comparable with noise, and slots long enough."""
        yield from noise_faults(scenario.radio)
        if self.slot_s is not None and self.slot_s < self._least_s(scenario.radio):
            least_s = self._least_s(scenario.radio)
            yield ("medium", "slot_s"), f"a frame, its acknowledgement and the guard time take {least_s:.6g} s"

    def _least_s(self, radio: Any) -> float:
        answer = answer_of(radio)
        answer_s = 0.0 if answer is None else max(answer.timeout_s, answer.gap_s + radio.ack_airtime_s)
        return radio.frames(8 * radio.fragment_bytes).full_airtime_s + answer_s + self.guard_s

    def medium(self, **world: Any) -> Medium:
        """The medium at work in a simulated world."""
        from cosim.sim.tdma_access import two_hop_colours

        budget: Budget = world["budget"]
        radio, count = budget.radio, len(world["stations"])
        colours = two_hop_colours(_hearers(budget, count)) if self.reuse else range(count)
        slot_s = self._least_s(radio) if self.slot_s is None else self.slot_s
        answer = answer_of(radio)
        if self.fidelity == "packet":
            from cosim.sim.packet_medium import PacketMedium
            from cosim.sim.tdma_access import TdmaAccess

            return PacketMedium(TdmaAccess(colours, slot_s, detection_s(radio), answer), **world)
        from cosim.sim.fluid import FluidMedium
        from cosim.sim.tdma_sharing import TdmaSharing

        return FluidMedium(TdmaSharing(colours, slot_s, answer, radio.ack_airtime_s, radio.max_attempts), **world)


def _hearers(budget: Budget, count: int) -> list[list[int]]:
    """Who notices each station at the beginning."""
    everybody: list[list[int]] = [[] for _ in range(count)]
    for senders, hearers, _ in budget.heard(0.0):
        for sender, hearer in np.column_stack([senders, hearers]).tolist():
            everybody[sender].append(hearer)
    return everybody
