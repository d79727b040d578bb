"""The air between people in contact: transfers without contention that are cut where a contact ends."""

from functools import partial
from typing import Any, final

from cosim.sim.clock import Alarm
from cosim.sim.contacts import ContactRecord
from cosim.sim.medium import Content
from cosim.sim.repair import Repair
from cosim.sim.scheduled import ScheduledMedium


@final
class ContactMedium:
    """Transfers without contention that are cut where a contact ends."""

    label = "medium: recorded contacts (no contention; optimistic)"

    def __init__(self, **world: Any) -> None:
        """Take what every medium takes; the budget is that of recorded contacts."""
        self._record: ContactRecord = world["budget"].record
        self._clock = world["clock"]
        self._air = ScheduledMedium(**world)

    def broadcast(self, sender: int, content: Content, recipients: tuple[int, ...]) -> Alarm:
        """See Medium."""
        return self._bounded(self._air.broadcast(sender, content, recipients))

    def unicast(self, sender: int, content: Content, destination: int, repair: Repair | None = None) -> Alarm:
        """See Medium."""
        return self._bounded(self._air.unicast(sender, content, destination, repair))

    def _bounded(self, alarm: Alarm) -> Alarm:
        """Cut a transfer from each hearer whose contact with the sender ends on the way."""
        transfer = alarm.subject
        for peer in transfer.recipients:
            until_s = self._record.until_s(transfer.sender, peer, transfer.start_s)
            if transfer.start_s < until_s < transfer.end_s:
                self._clock.watch(until_s, partial(self._air.part, transfer, peer))
        return alarm

    def silence(self, peer: int, state: int) -> None:
        """See Medium."""
        self._air.silence(peer, state)

    def deafen(self, peer: int) -> None:
        """See Medium."""
        self._air.deafen(peer)

    def close(self) -> None:
        """See Medium."""
        self._air.close()
