"""The air: media that carry transfers from one station to others."""

from typing import TYPE_CHECKING, Any, Literal, Protocol

from cosim.handle import Handle
from cosim.part import part
if TYPE_CHECKING:
    from cosim.sim.clock import Alarm


class Medium(Protocol):
    """What peers ask of the air."""

    label: str

    def broadcast(self, sender: int, content: "Content", recipients: tuple[int, ...]) -> "Alarm":
        """One transmission to all; the alarm rings at its end and answers with the recipients."""
        ...

    def unicast(self, sender: int, content: "Content", destination: int) -> "Alarm":
        """Frames with acknowledgements to one peer; the alarm answers with a `Sent`."""
        ...

    def silence(self, peer: int) -> None:
        """A station stops at this instant: what it sends or receives is cut short."""
        ...


class Content:
    """What a transfer carries."""

    __slots__ = ("bits", "payload", "scalars", "scale", "tag")

    def __init__(self, payload: Handle | None, scale: float, scalars: tuple[float, ...], tag: int, bits: int) -> None:
        self.payload = payload
        self.scale = scale
        self.scalars = scalars
        self.tag = tag
        self.bits = bits


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
