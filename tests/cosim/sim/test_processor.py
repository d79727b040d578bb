from types import SimpleNamespace

import numpy as np
import pytest

from cosim.lineage import Lineage
from cosim.recipes import Cost, mix_operation
from cosim.results.tables import PARTS, STATES
from cosim.sim.clock import Clock
from cosim.sim.device import Device
from cosim.sim.energy import PROCESSOR, Ledger, Meter
from cosim.sim.processor import Processor, TaskAccount
from cosim.sim.supply import Supply

DEVICE = Device(
    idle_w=0.5, active_w=3.0, peak_flops_per_s=100.0, efficiency=0.5, memory_bytes_per_s=20.0, overhead_s=0.25,
    domain="soc",
)  # fmt: skip
COST = Cost(50.0, 10.0)
"""A second of arithmetic, half a second of memory traffic."""


class Desk:
    """A processor of peer 1, and its books."""

    def __init__(self, capacity_j=None, keep=True):
        self.clock, self.ledger, self.account = Clock(), Ledger(2), TaskAccount(keep)
        self.deaths, supply = [], None
        if capacity_j is not None:
            supply = Supply(self.clock, 1, capacity_j, capacity_j, self.die)
        self.processor = Processor(self.clock, 1, DEVICE, Meter(self.ledger, 1, PROCESSOR), self.account, supply)
        self.processor.start(0.0)
        self.ends = []

    def die(self, peer):
        self.deaths.append((peer, self.clock.time_s))
        self.processor.stop(self.clock.time_s)

    def run(self, name="train", seconds=1.25, not_before_s=0.0, answer=None):
        (handle,) = Lineage().record(mix_operation((2,), 64), (), (1.0,))
        alarm = self.processor.run(name, COST, seconds, not_before_s, handle if answer is None else answer)
        alarm.callbacks.append(lambda done: self.ends.append((self.clock.time_s, name, done.value)))
        return handle

    def later(self, time_s, call):
        self.clock.at(time_s, order=0, call=lambda alarm: call())

    def advance(self, until_s=100.0):
        self.clock.advance(until_s)

    @property
    def tasks(self):
        names = ("peer", "start_s", "end_s", "flops", "bytes_moved", "joules")
        return [SimpleNamespace(**dict(zip(names, row, strict=True))) for row in np.reshape(self.account.rows, (-1, 6))]

    def spent(self, state, until_s):
        cell = 1, PARTS.index("processor"), STATES.index(state)
        return tuple(float(table[cell]) for table in self.ledger.totals(until_s))


@pytest.fixture
def desk():
    return Desk()


def test_a_computation_takes_what_the_device_says(desk) -> None:
    assert desk.processor.duration_s(COST) == pytest.approx(0.25 + 1.0)
    assert desk.processor.duration_s(Cost(10.0, 40.0)) == pytest.approx(0.25 + 2.0)
    assert desk.processor.idle_w == 0.5


def test_a_computation_ends_with_its_answer_and_is_paid_for(desk) -> None:
    handle = desk.run()
    desk.advance()
    assert desk.ends == [(1.25, "train", handle)]
    (task,) = desk.tasks
    assert (task.peer, task.start_s, task.end_s, task.flops, task.bytes_moved) == (1, 0.0, 1.25, 50.0, 10.0)
    assert task.joules == 1.25 * 3.0
    assert (desk.account.operations, desk.account.keys) == (["train"], [handle.key])
    assert desk.spent("compute", 2.0) == pytest.approx((1.25, 3.75))
    assert desk.spent("idle", 2.0) == pytest.approx((0.75, 0.375))


def test_the_key_of_several_results_is_that_of_the_first(desk) -> None:
    one, other = (desk.run() for _ in range(2))
    desk.account.keys.clear()
    desk.run(answer=(other, one))
    desk.advance()
    assert desk.account.keys[-1] == other.key
    assert desk.ends[-1][2] == (other, one)


def test_computations_wait_for_each_other_in_the_order_asked_for(desk) -> None:
    desk.run("first", 1.0)
    desk.run("second", 2.0)
    desk.later(1.5, lambda: desk.run("third", 0.5))
    desk.advance()
    assert [(end_s, name) for end_s, name, _ in desk.ends] == [(1.0, "first"), (3.0, "second"), (3.5, "third")]
    assert [(task.start_s, task.end_s) for task in desk.tasks] == [(0.0, 1.0), (1.0, 3.0), (3.0, 3.5)]
    assert desk.processor.free_at_s == 3.5


def test_a_computation_does_not_begin_before_its_round(desk) -> None:
    desk.run("late", 1.0, not_before_s=4.0)
    desk.run("next", 1.0)
    desk.advance()
    assert [end_s for end_s, _, _ in desk.ends] == [5.0, 6.0]
    assert desk.spent("idle", 6.0) == pytest.approx((4.0, 2.0))


def test_a_computation_may_take_no_time(desk) -> None:
    desk.run(seconds=0.0)
    desk.advance()
    assert desk.ends[0][0] == 0.0
    assert (desk.tasks[0].joules, desk.tasks[0].flops) == (0.0, 50.0)


def test_a_cut_pays_up_to_now_and_gives_no_result(desk) -> None:
    desk.run("done", 1.0)
    desk.run("cut", 4.0)
    desk.run("never", 1.0)
    desk.later(2.0, lambda: desk.processor.stop(2.0))
    desk.advance(9.0)
    assert [name for _, name, _ in desk.ends] == ["done", "cut", "never"]
    assert desk.account.operations == ["done", "cut"]
    cut = desk.tasks[1]
    assert (cut.start_s, cut.end_s, cut.flops, cut.bytes_moved, cut.joules) == (1.0, 2.0, 12.5, 2.5, 3.0)
    assert desk.spent("compute", 9.0) == pytest.approx((2.0, 6.0))
    assert desk.spent("off", 9.0) == (7.0, 0.0)


def test_nobody_is_kept_waiting_for_what_was_cut(desk) -> None:
    (handle,) = Lineage().record(mix_operation((2,), 64), (), (1.0,))
    desk.processor.run("long", COST, 50.0, 0.0, handle)
    desk.later(2.0, lambda: desk.processor.stop(2.0))
    desk.advance()
    assert desk.clock.time_s == 2.0


def test_a_new_start_finds_the_processor_free(desk) -> None:
    desk.run("cut", 9.0)
    desk.later(1.0, lambda: desk.processor.stop(1.0))
    desk.later(3.0, lambda: desk.processor.start(3.0))
    desk.later(3.0, lambda: desk.run("again", 1.0))
    desk.advance(20.0)
    assert (4.0, "again") in [(end_s, name) for end_s, name, _ in desk.ends]
    assert desk.spent("off", 4.0) == (2.0, 0.0)


def test_a_battery_is_told_beforehand() -> None:
    desk = Desk(capacity_j=5.0)
    desk.run("first", 1.0)
    desk.run("second", 1.0)
    desk.later(1.5, lambda: desk.ends.append(desk.processor.supply.remaining_j()))
    desk.advance(9.0)
    assert desk.ends[1] == pytest.approx(0.5)
    assert desk.deaths == [(1, pytest.approx(5.0 / 3.0))]
    assert desk.tasks[1].joules == pytest.approx(2.0)
    assert sum(desk.spent(state, 9.0)[1] for state in STATES) == pytest.approx(5.0, rel=1e-12)


def test_a_battery_dies_between_computations_by_idling() -> None:
    desk = Desk(capacity_j=4.0)
    desk.run("first", 1.0)
    desk.later(8.0, lambda: None)
    desk.advance()
    assert desk.deaths == [(1, pytest.approx(1.0 + 1.0 / 0.5))]


def test_rows_may_be_left_out() -> None:
    desk = Desk(keep=False)
    desk.run()
    desk.advance()
    assert (len(desk.account.rows), desk.account.operations, desk.account.keys) == (0, [], [])
    assert desk.spent("compute", 1.25) == (1.25, 3.75)
