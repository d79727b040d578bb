import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.sim.clock import Clock
from cosim.sim.programs import MANY, Programs

REPEATABLE = settings(deadline=None, derandomize=True)
FOREVER = float("inf")


class Stage:
    """A clock, programs, and what they note."""

    def __init__(self):
        self.clock = Clock()
        self.programs = Programs(self.clock, 0)
        self.noted = []
        self.programs.start()

    def lasting(self, duration_s, name="done"):
        try:
            yield self.clock.at(self.clock.time_s + duration_s, order=0)
            self.noted.append((self.clock.time_s, name))
            return name
        finally:
            self.noted.append((self.clock.time_s, f"{name}: end"))

    def at(self, time_s, call):
        self.clock.at(time_s, order=0, call=lambda _: call())


def test_programs_run_side_by_side_and_give_their_results():
    stage = Stage()

    def both():
        long, short = stage.programs.run(stage.lasting(2.0, "long")), stage.programs.run(stage.lasting(1.0, "short"))
        assert (yield long) == "long"
        assert (yield short) == "short"
        stage.noted.append("both")

    stage.programs.run(both())
    stage.clock.advance(FOREVER)
    assert stage.noted == [(1.0, "short"), (1.0, "short: end"), (2.0, "long"), (2.0, "long: end"), "both"]
    assert not stage.programs.busy


def test_stopping_ends_them_at_that_instant_and_lets_them_clean_up():
    stage = Stage()
    stage.programs.run(stage.lasting(5.0, "a"))
    stage.programs.run(stage.lasting(1.0, "b"))
    stage.at(2.0, stage.programs.stop)
    stage.clock.advance(FOREVER)
    assert stage.noted == [(1.0, "b"), (1.0, "b: end"), (2.0, "a: end")]
    assert stage.clock.time_s == 2.0
    assert not stage.programs.busy


def test_after_the_stop_nothing_begins_and_nothing_happens():
    stage = Stage()
    stage.programs.stop()
    waited = stage.programs.run(stage.lasting(1.0))
    stage.at(9.0, lambda: None)
    stage.clock.advance(FOREVER)
    assert stage.noted == []
    assert not waited.triggered


def test_what_is_begun_while_cleaning_up_does_not_begin():
    stage = Stage()

    def stubborn():
        try:
            yield stage.clock.at(5.0, order=0)
        finally:
            stage.programs.run(stage.lasting(1.0, "late"))

    stage.programs.run(stubborn())
    stage.at(2.0, stage.programs.stop)
    stage.at(9.0, lambda: None)
    stage.clock.advance(FOREVER)
    assert stage.noted == []


def test_an_error_is_not_kept_quiet():
    stage = Stage()

    def failing():
        yield stage.clock.at(1.0, order=0)
        raise ValueError("a mistake of the program")

    stage.programs.run(failing())
    with pytest.raises(ValueError, match="a mistake of the program"):
        stage.clock.advance(FOREVER)


@REPEATABLE
@given(st.lists(st.floats(0.0, 5.0), max_size=3 * MANY), st.floats(0.0, 6.0))
def test_all_end_whether_they_are_many_or_few(durations_s, stop_s):
    stage = Stage()
    for number, duration_s in enumerate(durations_s):
        stage.at(duration_s / 2, lambda n=number, d=duration_s: stage.programs.run(stage.lasting(d / 2, n)))
    stage.clock.at(stop_s, order=1, call=lambda _: stage.programs.stop())
    stage.clock.advance(FOREVER)
    begun = sum(duration_s / 2 <= stop_s for duration_s in durations_s)
    assert sum(isinstance(name, str) for _, name in stage.noted) == begun
    assert all(time_s <= max(stop_s, 0.0) for time_s, _ in stage.noted)
    assert not stage.programs.busy
