"""A peer's processor: one computation at a time, in the order asked for."""

from array import array
from struct import Struct
from typing import Any

from cosim.handle import Handle
from cosim.recipes import Cost
from cosim.sim.clock import Alarm, Clock
from cosim.sim.device import Device
from cosim.sim.energy import COMPUTE, IDLE, OFF, PROCESSOR, Meter
from cosim.sim.supply import Supply

PACK = Struct("6d").pack
"""Peer, start [s], end [s], FLOPs, bytes moved, joules."""


class TaskAccount:
    """Rows of the table `tasks`: numbers, and beside them the names and keys."""

    def __init__(self, keep: bool = True) -> None:
        self.rows = array("d")
        self.operations: list[str] = []
        self.keys: list[bytes] = []
        self.keep = keep


Work = tuple[str, Cost, float, float]
"""One computation, waiting or under way: operation, cost, start [s], end [s]."""


class Processor:
    """Prices computations in seconds and joules."""

    __slots__ = ("_account", "_active_w", "_clock", "_device", "_meter", "_peer", "_queue", "free_at_s", "supply")

    def __init__(
        self, clock: Clock, peer: int, device: Device, meter: Meter, account: TaskAccount, supply: Supply | None
    ) -> None:
        self._clock = clock
        self._peer = peer
        self._device = device
        self._active_w = device.active_w
        self._meter = meter
        self._account = account
        self._queue: list[Alarm] = []
        self.supply = supply
        self.free_at_s = 0.0

    @property
    def idle_w(self) -> float:
        """Power when nothing is computed."""
        return self._device.idle_w

    def duration_s(self, cost: Cost) -> float:
        """Seconds a computation takes."""
        return self._device.duration_s(cost.flops, cost.bytes_moved)

    def run(
        self, operation: str, cost: Cost, duration_s: float, not_before_s: float, answer: Handle | tuple[Handle, ...]
    ) -> Alarm:
        """Compute when free; the alarm rings at the end and gives the answer."""
        start_s = self._clock.time_s
        if self.free_at_s > start_s:
            start_s = self.free_at_s
        if not_before_s > start_s:
            start_s = not_before_s
        end_s = self.free_at_s = start_s + duration_s
        work: Work = (operation, cost, start_s, end_s)
        if self.supply is not None:
            self.supply.draw(PROCESSOR, start_s, end_s, self._active_w)
        alarm = self._clock.at(end_s, order=self._peer, answer=answer, subject=work, call=self._finish)
        self._queue.append(alarm)
        return alarm

    def _finish(self, alarm: Alarm) -> None:
        del self._queue[0]
        _, _, start_s, end_s = alarm.subject
        self._meter.burst(start_s, end_s, COMPUTE, self._active_w)
        if self._account.keep:
            self._enter(alarm, end_s)

    def _enter(self, alarm: Alarm, until_s: float) -> None:
        """A row for a computation, or for what was done of it."""
        operation, (flops, bytes_moved), start_s, end_s = alarm.subject
        if until_s != end_s:
            share = (until_s - start_s) / (end_s - start_s)
            flops, bytes_moved = flops * share, bytes_moved * share
        joules = (until_s - start_s) * self._active_w
        account = self._account
        result: Any = alarm.value
        account.rows.frombytes(PACK(self._peer, start_s, until_s, flops, bytes_moved, joules))
        account.operations.append(operation)
        account.keys.append(result.key if isinstance(result, Handle) else result[0].key)

    def start(self, now_s: float) -> None:
        """Switch on."""
        self.free_at_s = now_s
        self._rest(now_s, IDLE, self._device.idle_w)

    def _rest(self, now_s: float, state: int, power_w: float) -> None:
        self._meter.rest(now_s, state, power_w)
        if self.supply is not None:
            self.supply.rest(PROCESSOR, power_w)

    def cut(self, now_s: float) -> None:
        """End what is under way at this instant; it is paid for up to now, and nobody gets its result."""
        for alarm in self._queue:
            alarm.callbacks.remove(self._finish)
            _, _, start_s, end_s = alarm.subject
            if start_s < now_s:
                until_s = min(end_s, now_s)
                self._meter.burst(start_s, until_s, COMPUTE, self._active_w)
                if self._account.keep:
                    self._enter(alarm, until_s)
        self._queue.clear()

    def stop(self, now_s: float) -> None:
        """Switch off at this instant."""
        self.cut(now_s)
        self.free_at_s = now_s
        if self.supply is not None:
            self.supply.clear(PROCESSOR, now_s)
        self._rest(now_s, OFF, 0.0)
