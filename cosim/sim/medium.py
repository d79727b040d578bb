"""The air: media that carry transfers from one station to others."""

from typing import TYPE_CHECKING, Any, Literal, Protocol

from cosim.handle import Handle
from cosim.part import part

if TYPE_CHECKING:
    from cosim.sim.clock import Alarm
    from cosim.sim.repair import Repair


class Medium(Protocol):
    """What peers ask of the air."""

    label: str

    def broadcast(self, sender: int, content: "Content", recipients: tuple[int, ...]) -> "Alarm":
        """One transmission to all; the alarm rings at its end and answers with the recipients."""
        ...

    def unicast(self, sender: int, content: "Content", destination: int, repair: "Repair | None" = None) -> "Alarm":
        """Frames with acknowledgements to one peer; the alarm answers with a `Sent`.

        With a repair they are what was missing of a longer message, which is delivered when it is complete.
        """
        ...

    def silence(self, peer: int, state: int) -> None:
        """A station sleeps or switches off at this instant: what it sends or receives is cut short."""
        ...

    def deafen(self, peer: int) -> None:
        """A receiver sleeps from this instant on: what it receives ends as asleep, what it sends goes on."""
        ...

    def close(self) -> None:
        """The run ends at this instant, and with it all that is under way."""
        ...


class Content:
    """What a transfer carries.

    Of a message that an erasure code protects any `needed` fragments are as good as all; None where each counts.
    """

    __slots__ = ("bits", "needed", "payload", "scalars", "scale", "tag")

    def __init__(
        self,
        payload: Handle | None,
        scale: float,
        scalars: tuple[float, ...],
        tag: int,
        bits: int,
        needed: int | None = None,
    ) -> None:
        self.payload = payload
        self.scale = scale
        self.scalars = scalars
        self.tag = tag
        self.bits = bits
        self.needed = needed

    def received(self, fragments: tuple[bool, ...]) -> tuple[bool, ...]:
        """What the message's hearer has of it: all of it, once enough fragments have arrived."""
        if self.needed is None or sum(fragments) < self.needed:
            return fragments
        return (True,) * len(fragments)


@part
class Scheduled:
    """No contention: a transfer starts when its sender and its intended hearers are free.

    Ties go to the lower peer number. It is what a perfect scheduler could reach, hence optimistic,
    and labelled so in every summary.
    """

    fidelity: Literal["transfer"] = "transfer"

    def medium(self, **world: Any) -> Medium:
        """The medium at work in a simulated world."""
        from cosim.sim.scheduled import ScheduledMedium

        return ScheduledMedium(**world)
