"""Packet fidelity without peers or programs: stations anywhere, and a cell whose stations talk to its middle."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cosim.results.tables import RECEPTIONS, TRANSMISSIONS
from cosim.sim.access import Access
from cosim.sim.account import TrafficAccount
from cosim.sim.budget import Budget
from cosim.sim.clock import Clock
from cosim.sim.energy import RADIO, Ledger, Meter
from cosim.sim.medium import Content
from cosim.sim.packet_medium import PacketMedium
from cosim.sim.propagation import LogDistance
from cosim.sim.station import HEARD, Station

Floats = NDArray[np.float64]

BATCHES = 10
"""Parts of a run whose scatter gives the standard error of its means."""
SENT = {name: i for i, name in enumerate(TRANSMISSIONS.column_names())}
GOT = {name: i for i, name in enumerate(RECEPTIONS.column_names())}


class Still:
    """Places that do not change."""

    moving = False
    max_speed_m_per_s = 0.0

    def __init__(self, places_m: Floats) -> None:
        self._places_m = places_m

    def positions_m(self, time_s: float) -> Floats:
        """Where all are."""
        return self._places_m


class Field:
    """Stations at some places that all have a radio of one kind."""

    def __init__(
        self, places_m: Floats, radio: Any, access: Callable[[Any, int, int], Access], loss: LogDistance, seed: int
    ) -> None:
        """Make them; `access` takes the radio, the number of stations and the seed."""
        count = len(places_m)
        self.clock, self.ledger, self.account = Clock(), Ledger(count), TrafficAccount()
        powers_dbm = np.full(count, radio.tx_power_dbm)
        budget = Budget(Still(places_m), [loss], radio, powers_dbm, seed)
        self.stations = [
            Station(i, Meter(self.ledger, i, RADIO), radio, radio.tx_power_dbm, None) for i in range(count)
        ]
        for station in self.stations:
            station.wake(0.0)
        self.medium = PacketMedium(
            access(radio, count, seed), clock=self.clock, stations=self.stations, budget=budget,
            account=self.account, ledger=self.ledger, seed=seed,
        )  # fmt: skip

    def send(self, sender: int, bits: int, destination: int | None, recipients: tuple[int, ...] = ()) -> Any:
        """Hand a message to a station, for one other or for all `recipients`; the alarm of its end."""
        content = Content(None, 1.0, (), 0, bits)
        if destination is not None:
            return self.medium.unicast(sender, content, destination)
        return self.medium.broadcast(sender, content, recipients)

    def books(self, seconds: float) -> tuple[Floats, Floats]:
        """Run for some time; rows of transmissions and receptions of messages that ended by themselves."""
        self.clock.advance(seconds)
        sent = np.reshape(self.account.transmissions, (-1, len(SENT))).copy()
        got = np.reshape(self.account.receptions, (-1, len(GOT))).copy()
        self.medium.close()
        return sent, got


class Cell(Field):
    """So many stations around one, number 0, that all have a radio of one kind."""

    def __init__(
        self, senders: int, radio: Any, access: Callable[[Any, int, int], Access], distance_m: float,
        loss: LogDistance, seed: int,
    ) -> None:  # fmt: skip
        """Make them; `access` takes the radio, the number of stations and the seed."""
        angles = 2.0 * np.pi * np.arange(senders) / senders
        circle_m = distance_m * np.column_stack([np.cos(angles), np.sin(angles)])
        super().__init__(np.concatenate([np.zeros((1, 2)), circle_m]), radio, access, loss, seed)
        self.senders = range(1, senders + 1)

    def ask(self, sender: int, bits: int, *, acknowledged: bool) -> Any:
        """Hand a message to a station; the alarm of its end."""
        return self.send(sender, bits, 0 if acknowledged else None, (0,))

    def saturate(self, bits: int, *, acknowledged: bool) -> None:
        """Let every sender have the next message ready when one is over."""

        def again(sender: int) -> None:
            self.ask(sender, bits, acknowledged=acknowledged).callbacks.append(lambda _: again(sender))

        for sender in self.senders:
            again(sender)

    def run(self, seconds: float) -> "Books":
        """Run for some time; what was booked of messages that ended by themselves."""
        sent, got = self.books(seconds)
        return Books(sent, got[got[:, GOT["peer"]] == 0], seconds)


class Books(NamedTuple):
    """Rows of the tables, receptions only those in the middle."""

    sent: Floats
    got: Floats
    seconds: float

    @property
    def attempts(self) -> float:
        """Frames sent."""
        return float(self.sent[:, SENT["attempts"]].sum())

    @property
    def acknowledged(self) -> float:
        """Messages whose senders know that they arrived."""
        return float(self.sent[:, SENT["acknowledged"]].sum())

    @property
    def heard(self) -> Floats:
        """Numbers of the messages that arrived."""
        return self.got[self.got[:, GOT["outcome"]] == HEARD][:, GOT["transmission"]]

    def per_s(self) -> tuple[float, float]:
        """Messages that arrived per second, and the standard error of that."""
        arrived = np.isin(self.sent[:, SENT["transmission"]], self.heard)
        ends_s = self.sent[arrived, SENT["end_s"]]
        counts, _ = np.histogram(ends_s, BATCHES, (0.0, self.seconds))
        scatter = float(counts.std(ddof=1)) * np.sqrt(BATCHES)
        return len(ends_s) / self.seconds, scatter / self.seconds
