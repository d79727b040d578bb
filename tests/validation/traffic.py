"""Programs that only send: traffic whose numbers two fidelities must agree on."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, ClassVar, final

from cosim.peer import Peer


@final
@dataclass(frozen=True)
class Traffic:
    """Some peers broadcast, some send to one other; all others listen.

    Attributes:
        broadcasters: who broadcasts.
        pairs: [source, destination] of unicasts.
        messages: how many messages each sends.
        every_s: from the start of one message to that of the next; 0 for one behind the other.
        stagger_s: how much later each peer begins than the one before it.
        numbers: how many numbers the messages of each peer hold; empty for models.
    """

    source: ClassVar[str] = "none: traffic"

    broadcasters: tuple[int, ...] = ()
    pairs: tuple[tuple[int, int], ...] = ()
    messages: int = 4
    every_s: float = 0.0
    stagger_s: float = 0.0
    numbers: tuple[int, ...] = ()

    def program(self, peer: Peer) -> Generator[Any, Any, None]:
        """What one peer does."""
        destinations = [destination for source, destination in self.pairs if source == peer.id]
        if not destinations and peer.id not in self.broadcasters:
            return
        payload = None if self.numbers else peer.initial_model
        scalars = (0.0,) * self.numbers[peer.id] if self.numbers else ()
        for number in range(self.messages):
            start_s = number * self.every_s + peer.id * self.stagger_s
            if start_s > peer.now_s:
                yield peer.pause(start_s - peer.now_s)
            if peer.id in self.broadcasters:
                yield peer.broadcast(payload, scalars=scalars, tag=number)
            for destination in destinations:
                yield peer.send(destination, payload, scalars=scalars, tag=number)
