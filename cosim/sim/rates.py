"""At which rate each frame is sent."""

from typing import Any

from cosim.sim.budget import Budget
from cosim.sim.course import adapted
from cosim.sim.outgoing import BROADCAST, Outgoing
from cosim.sim.rate_control import Arf, ArfState
from cosim.sim.success_table import SuccessTable


class Rates:
    """The rate control of all stations: by the mean SNR once per message, or by what became of earlier frames."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._radio: Any = budget.radio
        control = getattr(budget.radio, "rate_control", None)
        self._arf: Arf | None = control if isinstance(control, Arf) else None
        self._adapts = getattr(control, "max_per", None) is not None
        self._radios: list[Any] = list(self._radio.at_each_rate()) if self._arf is not None else []
        self._links: dict[tuple[int, int], ArfState] = {}
        self._table = SuccessTable()

    @property
    def table(self) -> SuccessTable:
        """How likely frames of each rate and size arrive."""
        return self._table

    def choose(self, outgoing: Outgoing, now_s: float) -> None:
        """Choose the rate of the next frame."""
        if self._arf is not None:
            if outgoing.destination != BROADCAST:
                outgoing.use(self._radios[self._link(outgoing).rate])
        elif self._adapts and not outgoing.started:
            reach = self._budget.reach(outgoing.sender, outgoing.recipients, now_s)
            outgoing.use(adapted(self._radio, reach, len(outgoing.recipients)))

    def _link(self, outgoing: Outgoing) -> ArfState:
        """The state of a link; it begins at the radio's own rate."""
        assert self._arf is not None
        link = outgoing.sender, outgoing.destination
        known = self._links.get(link)
        if known is None:
            own = min(range(len(self._radios)), key=lambda i: self._radios[i].rate != self._radio.rate)
            known = self._links[link] = self._arf.start(own, len(self._radios))
        return known

    def learn(self, outgoing: Outgoing, ok: bool) -> None:
        """A unicast frame was acknowledged, or was not."""
        if self._arf is not None and outgoing.destination != BROADCAST:
            self._links[outgoing.sender, outgoing.destination] = self._link(outgoing).after(ok)
