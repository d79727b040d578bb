"""Whose turn it is to send: what stations sense, and the alarm for the next one that is due."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cosim.sim.access import NEVER_S, Access
from cosim.sim.air import Air
from cosim.sim.clock import LAST, Alarm, Clock

Peers = NDArray[np.int64]
Truths = NDArray[np.bool_]

ENDS = -1
"""Order of the ends of frames among events of one time: what begins then finds the air free."""
BEGINS = LAST + 1
"""Order of beginnings among events of one time: after everything that is asked for then."""


class Turns:
    """Stands between the air and an access strategy."""

    def __init__(
        self, clock: Clock, access: Access, air: Air, send: Callable[[int], None], fail: Callable[[int], None]
    ) -> None:
        """Call `send` with a station whose turn it is, and `fail` with one whose frame the strategy gives up."""
        self.access = access
        self._clock = clock
        self._air = air
        self._send = send
        self._fail = fail
        self._sensed = np.zeros(len(air.total), dtype=np.bool_)
        self._armed_s = NEVER_S
        self._armed: Alarm | None = None
        self._held_s: dict[int, float] = {}
        self._held: dict[int, Alarm] = {}

    def request(self, peer: int) -> None:
        """A station has something to send, for the first time in a while."""
        self.access.request(peer, self._clock.time_s, bool(self._sensed[peer]))
        self.arm()

    def proceed(self, peer: int) -> None:
        """A station has something more to send."""
        self.access.proceed(peer, self._clock.time_s, bool(self._sensed[peer]))

    def sense(self, peers: Peers) -> None:
        """Tell the strategy whose channel has become busy or idle."""
        if not self.access.senses:
            return
        sensed, now_s = self._sensed, self._clock.time_s
        busy = self._air.busy(peers)
        (changed,) = np.nonzero(busy != sensed[peers])
        if not len(changed):
            return
        busy = busy[changed]
        changing = peers[changed]
        sensed[changing] = busy
        risen = changing[busy]
        if len(risen):
            self.access.became_busy(risen, now_s)
        if len(risen) < len(changing):
            self.access.became_idle(changing[~busy], now_s)

    def heard(self, peers: Peers, readers: Peers, came: Truths, reserved_s: float) -> None:
        """Tell the strategy who could decode a frame that has ended, and then who of all it met senses what."""
        if self.access.senses:
            self.access.heard(readers, came, self._clock.time_s, reserved_s)
            self.sense(peers)

    def arm(self) -> None:
        """Ring when the next station is due; an alarm that rings too early is set anew then."""
        next_s = self.access.next_s()
        if self._armed is not None:
            if self._armed_s <= next_s < NEVER_S:
                return
            self._armed.cancel()
            self._armed = None
        if next_s < NEVER_S:
            self._armed_s = next_s
            self._armed = self._clock.at(max(next_s, self._clock.time_s), order=BEGINS, call=self._ring)

    def _ring(self, _: object) -> None:
        self._armed = None
        due = self.access.due(self._clock.time_s, self._air)
        for peer in due.failed:
            self._fail(peer)
        for peer in due.sending:
            if self._held_s.get(peer, 0.0) > self._clock.time_s:
                self._held[peer] = self._clock.at(self._held_s[peer], order=peer, subject=peer, call=self._resume)
            else:
                self._send(peer)
        self.arm()

    def hold(self, peer: int, until_s: float) -> None:
        """A station is about to answer, and sends nothing else before: then its access begins anew, as in ns-3."""
        self._held_s[peer] = until_s

    def _resume(self, alarm: Any) -> None:
        del self._held[alarm.subject]
        self.proceed(alarm.subject)
        self.arm()

    def withdraw(self, peer: int) -> None:
        """A station does not want to send any more."""
        held = self._held.pop(peer, None)
        if held is not None:
            held.cancel()
        self.access.withdraw(peer)

    def disarm(self) -> None:
        """Ring no more."""
        if self._armed is not None:
            self._armed.cancel()
            self._armed = None
