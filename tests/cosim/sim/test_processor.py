import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.handle import Handle
from cosim.recipes import Cost
from cosim.sim.clock import Clock
from cosim.sim.device import Device
from cosim.sim.energy import COMPUTE, IDLE, OFF, PROCESSOR, Ledger, Meter
from cosim.sim.processor import Processor, TaskAccount
from cosim.sim.supply import Supply

REPEATABLE = settings(deadline=None, derandomize=True)
FOREVER = float("inf")
DEVICE = Device(
    idle_w=1.0, active_w=3.0, peak_flops_per_s=10.0, efficiency=1.0, memory_bytes_per_s=100.0, overhead_s=0.0,
    domain="soc",
)  # fmt: skip
RESULT = Handle(b"r" * 16, (1,), 32, None)
MEMORY = Handle(b"m" * 16, (1,), 32, None)


class Bench:
    """A processor of peer 0, on from time 0."""

    def __init__(self, capacity_j=None, keep=True, device=DEVICE):
        self.clock, self.ledger, self.tasks = Clock(), Ledger(1), TaskAccount(keep)
        self.supply = None
        if capacity_j is not None:
            self.supply = Supply(
                self.clock, 0, capacity_j, capacity_j, lambda peer: self.processor.stop(self.clock.now)
            )
        self.processor = Processor(self.clock, 0, device, Meter(self.ledger, 0, PROCESSOR), self.tasks, self.supply)
        self.processor.start(0.0)
        self.got = []

    def run(self, flops, *, not_before_s=0.0, answer=RESULT):
        cost = Cost(flops, 0.0)
        return self.processor.run("train", cost, self.processor.duration_s(cost), not_before_s, answer)

    def at(self, time_s, call):
        self.clock.at(time_s, order=9, call=lambda _: call())

    def note(self, alarm):
        def program():
            got = yield alarm
            self.got.append((self.clock.time_s, got))

        self.clock.process(program())

    def end(self, time_s=None):
        if time_s is not None:
            self.at(time_s, lambda: None)
        self.clock.advance(FOREVER)
        return [tuple(row[1:]) for row in self.ledger.intervals(self.clock.time_s).tolist() if row[0] == PROCESSOR]

    def rows(self):
        return np.reshape(self.tasks.rows, (-1, 6)).tolist()


def test_a_computation_takes_its_time_and_its_joules():
    bench = Bench()
    bench.note(bench.run(20.0))
    assert bench.end(5.0) == [(COMPUTE, 0.0, 2.0, 3.0), (IDLE, 2.0, 5.0, 1.0)]
    assert bench.got == [(2.0, RESULT)]
    assert bench.rows() == [[0.0, 0.0, 2.0, 20.0, 0.0, 6.0]]
    assert (bench.tasks.operations, bench.tasks.keys) == (["train"], [RESULT.key])


def test_one_computation_at_a_time_in_the_order_asked_for():
    bench = Bench()
    for flops in (20.0, 10.0, 5.0):
        bench.note(bench.run(flops))
    bench.end()
    assert [time_s for time_s, _ in bench.got] == [2.0, 3.0, 3.5]


def test_a_computation_may_have_to_wait_for_its_round():
    bench = Bench()
    bench.note(bench.run(20.0, not_before_s=1.0))
    assert bench.end() == [(IDLE, 0.0, 1.0, 1.0), (COMPUTE, 1.0, 3.0, 3.0)]


def test_memory_may_be_what_takes_the_time():
    assert Bench().processor.duration_s(Cost(10.0, 1000.0)) == 10.0
    assert Bench().processor.idle_w == 1.0


def test_several_results_go_by_the_key_of_the_first():
    bench = Bench()
    bench.note(bench.run(10.0, answer=(MEMORY, RESULT)))
    bench.end()
    assert bench.got == [(1.0, (MEMORY, RESULT))]
    assert bench.tasks.keys == [MEMORY.key]


def test_what_is_under_way_when_it_stops_is_paid_for_up_to_then():
    bench = Bench()
    bench.note(bench.run(40.0))
    bench.note(bench.run(10.0))
    bench.at(1.0, lambda: bench.processor.stop(1.0))
    assert bench.end(6.0) == [(COMPUTE, 0.0, 1.0, 3.0), (OFF, 1.0, 6.0, 0.0)]
    assert bench.rows() == [[0.0, 0.0, 1.0, 10.0, 0.0, 3.0]]
    assert bench.processor.free_at_s == 1.0


def test_what_was_cut_does_not_prolong_the_run():
    bench = Bench()
    bench.run(1e6)
    bench.at(1.0, lambda: bench.processor.stop(1.0))
    bench.end()
    assert bench.clock.time_s == 1.0


def test_of_several_that_are_cut_those_not_begun_cost_nothing():
    bench = Bench()
    for flops in (10.0, 20.0, 30.0):
        bench.run(flops)
    bench.at(1.5, lambda: bench.processor.cut(1.5))
    assert bench.end(9.0) == [(COMPUTE, 0.0, 1.0, 3.0), (COMPUTE, 1.0, 1.5, 3.0), (IDLE, 1.5, 9.0, 1.0)]
    assert [row[1:4] for row in bench.rows()] == [[0.0, 1.0, 10.0], [1.0, 1.5, 5.0]]


def test_a_new_start_finds_it_free():
    bench = Bench()
    bench.run(1e6)
    bench.at(1.0, lambda: bench.processor.stop(1.0))
    bench.at(3.0, lambda: (bench.processor.start(3.0), bench.note(bench.run(10.0))))
    assert bench.end() == [(COMPUTE, 0.0, 1.0, 3.0), (OFF, 1.0, 3.0, 0.0), (COMPUTE, 3.0, 4.0, 3.0)]
    assert bench.got == [(4.0, RESULT)]


def test_a_computation_that_ends_as_it_is_cut_is_whole():
    bench = Bench()
    bench.run(20.0)
    bench.clock.at(2.0, order=-1, call=lambda _: bench.processor.cut(2.0))
    assert bench.end(3.0) == [(COMPUTE, 0.0, 2.0, 3.0), (IDLE, 2.0, 3.0, 1.0)]
    assert bench.rows() == [[0.0, 0.0, 2.0, 20.0, 0.0, 6.0]]


def test_an_ideal_device_computes_in_no_time():
    ideal = Device(
        idle_w=0.0, active_w=0.0, peak_flops_per_s=None, efficiency=1.0, memory_bytes_per_s=None, overhead_s=0.0,
        domain="chip",
    )  # fmt: skip
    bench = Bench(device=ideal)
    bench.note(bench.run(1e9))
    bench.note(bench.run(1e9))
    bench.end(1.0)
    assert bench.got == [(0.0, RESULT), (0.0, RESULT)]
    assert bench.rows() == [[0.0, 0.0, 0.0, 1e9, 0.0, 0.0]] * 2


def test_rows_are_kept_only_if_asked_for():
    bench = Bench(keep=False)
    bench.run(20.0)
    assert bench.end() == [(COMPUTE, 0.0, 2.0, 3.0)]
    assert (len(bench.tasks.rows), bench.tasks.operations, bench.tasks.keys) == (0, [], [])


def test_a_battery_that_ends_in_a_computation():
    """1 W for 1 s, then 3 W: 7 J are gone after 3 s, in the middle of the computation from 1 s to 5 s."""
    bench = Bench(capacity_j=7.0)
    bench.run(40.0, not_before_s=1.0)
    assert bench.end(9.0) == [
        (IDLE, 0.0, 1.0, 1.0),
        (COMPUTE, 1.0, 3.0, 3.0),
        (OFF, 3.0, 9.0, 0.0),
    ]
    assert bench.supply.remaining_j() == 0.0


@REPEATABLE
@given(
    asked=st.lists(st.tuples(st.floats(0.0, 3.0), st.floats(0.0, 30.0)), max_size=12),
    stop_s=st.one_of(st.none(), st.floats(0.0, 20.0)),
)
def test_the_ledger_the_tasks_and_the_battery_agree(asked, stop_s):
    bench, at_s = Bench(capacity_j=1e6), 0.0
    for wait_s, flops in asked:
        at_s += wait_s
        bench.at(at_s, lambda flops=flops: bench.run(flops) if stop_s is None or bench.clock.time_s < stop_s else None)
    if stop_s is not None:
        bench.at(stop_s, lambda: bench.processor.stop(stop_s))
    intervals = bench.end(at_s + 50.0)
    joules = sum((end_s - start_s) * watts for _, start_s, end_s, watts in intervals)
    computing_j = sum((end_s - start_s) * watts for state, start_s, end_s, watts in intervals if state == COMPUTE)
    assert 1e6 - bench.supply.remaining_j() == pytest.approx(joules, rel=1e-9, abs=1e-9)
    assert sum(row[5] for row in bench.rows()) == pytest.approx(computing_j, rel=1e-9, abs=1e-12)
