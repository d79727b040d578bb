"""When a run will be over: how far it is towards its nearest stop rule."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

if TYPE_CHECKING:
    from cosim.scenario import Rounds


@final
@dataclass(frozen=True)
class Goal:
    """The stop rules whose distance can be measured; a target accuracy comes when it comes.

    Attributes:
        rounds: rounds of each peer.
        stop_s: simulated time.
        energy_j: joules of all peers.
    """

    rounds: int | None
    stop_s: float | None
    energy_j: float | None

    @staticmethod
    def of(rounds: "Rounds") -> "Goal":
        """The goal of a scenario."""
        return Goal(rounds.count, rounds.stop_s, rounds.energy_j)

    def fraction(self, time_s: float, rounds: float, energy_j: float) -> float:
        """Share of the run that is done, by the rule that will end it first; 0 where none can tell."""
        shares = (
            reached / wanted
            for reached, wanted in ((rounds, self.rounds), (time_s, self.stop_s), (energy_j, self.energy_j))
            if wanted is not None and reached == reached
        )
        return min(1.0, max(shares, default=0.0))
