"""A peer's half-duplex transceiver at work: one activity at a time, first come first served."""

from typing import Any, Protocol

from cosim.peer import Message
from cosim.sim.energy import OFF, RADIO, RECEIVE, SLEEP, Meter
from cosim.sim.supply import Supply


class Hearer(Protocol):
    """Who takes the messages that a station receives."""

    def put(self, message: Message) -> None:
        """Take a message."""
        ...


class Overhearing:
    """A station receiving a frame that is not for it, because it had nothing else to do."""

    __slots__ = ("end_s", "start_s", "whole")

    def __init__(self, start_s: float, end_s: float) -> None:
        self.start_s = start_s
        self.end_s = end_s
        self.whole = True


class Station:
    """The transceiver of one peer.

    `free_at_s` ends the last activity it is reserved for. It is `listening` unless it sleeps or is off.
    """

    __slots__ = (
        "channel", "free_at_s", "hearer", "id", "idle_w", "listening", "meter", "off", "overheard", "receive_w",
        "sequence", "sleep_w", "supply", "transmit_w", "tx_power_dbm",
    )  # fmt: skip

    def __init__(self, peer: int, meter: Meter, radio: Any, tx_power_dbm: float, supply: Supply | None) -> None:
        self.id = peer
        self.meter = meter
        self.supply = supply
        self.tx_power_dbm = tx_power_dbm
        self.idle_w: float = radio.idle_w
        self.receive_w: float = radio.receive_w
        self.sleep_w: float = radio.sleep_w
        self.transmit_w: float = radio.transmit_w(tx_power_dbm, 0.0)
        self.channel = 0
        self.free_at_s = 0.0
        self.sequence = 0
        self.listening = True
        self.off = False
        self.hearer: Hearer | None = None
        self.overheard: Overhearing | None = None

    def reserve(self, start_s: float, end_s: float) -> None:
        """Keep the station for an activity; what it merely overhears ends when that begins."""
        self.free_at_s = end_s
        overheard = self.overheard
        if overheard is not None and overheard.end_s > start_s:
            overheard.end_s = max(start_s, overheard.start_s)
            overheard.whole = False
            if self.supply is not None:
                self.supply.draw(RADIO, start_s, end_s, self.idle_w)

    def burst(self, start_s: float, end_s: float, state: int, power_w: float) -> None:
        """Log an activity, and before it what was overheard earlier."""
        overheard = self.overheard
        if overheard is not None and overheard.start_s < start_s:
            self.flush_overheard()
        self.meter.burst(start_s, end_s, state, power_w)

    def overhear(self, start_s: float, end_s: float) -> Overhearing | None:
        """Receive a frame for others if nothing else is to be done at its start."""
        if not self.listening or self.free_at_s > start_s:
            return None
        if self.overheard is not None:
            if self.overheard.end_s > start_s:
                return None
            self.flush_overheard()
        self.overheard = Overhearing(start_s, end_s)
        if self.supply is not None:
            self.supply.draw(RADIO, start_s, end_s, self.receive_w)
        return self.overheard

    def flush_overheard(self) -> None:
        """Log what was overheard."""
        overheard, self.overheard = self.overheard, None
        if overheard is not None:
            self.meter.burst(overheard.start_s, overheard.end_s, RECEIVE, self.receive_w)

    def stop_overhearing(self, now_s: float) -> None:
        """Overhear nothing from now on."""
        overheard = self.overheard
        if overheard is not None:
            overheard.whole = overheard.whole and overheard.end_s <= now_s
            overheard.end_s = max(min(overheard.end_s, now_s), overheard.start_s)
            self.flush_overheard()

    def fall_silent(self, now_s: float, state: int) -> None:
        """Sleep or switch off from now on."""
        self.stop_overhearing(now_s)
        self.listening = False
        self.off = state == OFF
        self._rest(now_s, state, self.sleep_w if state == SLEEP else 0.0)

    def wake(self, now_s: float) -> None:
        """Listen again from now on."""
        self.listening = True
        self.off = False
        self.free_at_s = max(self.free_at_s, now_s)
        self._rest(now_s, 0, self.idle_w)

    def _rest(self, now_s: float, state: int, power_w: float) -> None:
        self.meter.rest(now_s, state, power_w)
        if self.supply is not None:
            self.supply.rest(RADIO, power_w)
