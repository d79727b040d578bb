import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.peer import Message
from cosim.sim.clock import FIRST, Clock
from cosim.sim.mailbox import Mailbox
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


def test_a_program_begins_after_what_begins_it_and_before_all_else_of_that_time():
    stage = Stage()
    stage.clock.at(1.0, order=FIRST, call=lambda _: stage.noted.append("first"))

    def beginning(_):
        stage.programs.run(stage.lasting(0.0, "begun"))
        stage.noted.append("beginning")

    stage.clock.at(1.0, order=FIRST - 1, call=beginning)
    stage.clock.advance(FOREVER)
    assert stage.noted == ["beginning", "first", (1.0, "begun"), (1.0, "begun: end")]


def test_programs_may_wait_for_events_and_processes_of_simpy():
    stage = Stage()

    def program():
        yield stage.clock.timeout(1.5)
        stage.noted.append((yield stage.clock.process(stage.lasting(1.0))))
        done = yield stage.programs.run(stage.lasting(2.0, "late")) | stage.clock.timeout(0.5, "early")
        stage.noted.append((list(done.values()), stage.clock.time_s))

    stage.programs.run(program())
    stage.clock.advance(FOREVER)
    assert stage.noted[-4:-2] == ["done", (["early"], 3.0)]


def test_what_has_happened_already_is_not_waited_for():
    stage = Stage()

    def program():
        early = stage.clock.at(1.0, order=0, answer="early")
        yield stage.clock.at(2.0, order=0)
        for _ in range(3):
            stage.noted.append(((yield early), stage.clock.time_s))

    stage.programs.run(program())
    stage.clock.advance(FOREVER)
    assert stage.noted == [("early", 2.0)] * 3


def test_an_error_goes_to_who_waits_for_the_program():
    stage = Stage()

    def failing():
        yield stage.clock.at(1.0, order=0)
        raise LookupError("gone")

    def waiting():
        try:
            yield stage.programs.run(failing())
        except LookupError as error:
            stage.noted.append(str(error))
        yield stage.clock.at(2.0, order=0)
        return "went on"

    process = stage.programs.run(waiting())
    stage.clock.advance(FOREVER)
    assert (stage.noted, process.value) == (["gone"], "went on")


@pytest.mark.parametrize("yielded", [None, 3, [1.0]])
def test_what_cannot_be_waited_for_is_an_error_in_the_line_that_yields_it(yielded):
    stage = Stage()

    def program():
        yield stage.clock.at(1.0, order=0)
        try:
            yield yielded
        finally:
            stage.noted.append(stage.clock.time_s)

    stage.programs.run(program())
    with pytest.raises(TypeError, match="a program yields what its peer's verbs return, not") as caught:
        stage.clock.advance(FOREVER)
    assert caught.traceback[-1].name == "program"
    assert stage.noted == [1.0]


def test_a_program_that_catches_every_error_ends_too():
    stage = Stage()

    def stubborn():
        while True:
            try:
                yield stage.clock.at(stage.clock.time_s + 1.0, order=0)
            except Exception:
                stage.noted.append("caught")

    stage.programs.run(stubborn())
    stage.at(2.5, stage.programs.stop)
    stage.clock.advance(FOREVER)
    assert (stage.noted, stage.clock.time_s, stage.programs.busy) == ([], 2.5, False)


def test_who_waits_for_something_while_its_peer_switches_off_is_told_so():
    stage = Stage()

    def program():
        try:
            yield stage.clock.at(5.0, order=0)
        finally:
            yield stage.clock.at(6.0, order=0)

    stage.programs.run(program())
    stage.at(2.0, stage.programs.stop)
    with pytest.raises(RuntimeError, match="the peer has switched off: nothing can be waited for") as caught:
        stage.clock.advance(FOREVER)
    assert caught.traceback[-1].name == "program"


def test_a_program_may_give_up_what_it_wanted_to_wait_for_when_its_peer_switches_off():
    stage = Stage()

    def program():
        try:
            yield stage.clock.at(5.0, order=0)
        finally:
            try:
                yield stage.clock.at(6.0, order=0)
            except RuntimeError:
                stage.noted.append("gave up")

    stage.programs.run(program())
    stage.at(2.0, stage.programs.stop)
    stage.clock.advance(FOREVER)
    assert (stage.noted, stage.clock.time_s) == (["gave up"], 2.0)


def test_who_is_stopped_leaves_its_messages_to_others():
    stage, mailbox = Stage(), Mailbox()

    def listening():
        yield mailbox.receipt(stage.clock, None, None, False, 9.0, 0)

    stage.programs.run(listening())
    stage.at(1.0, stage.programs.stop)
    stage.at(2.0, lambda: mailbox.put(Message(4, 0, 1.0, None, (), 2.0)))
    stage.clock.advance(FOREVER)
    assert (mailbox.waiting, stage.clock.time_s) == (0, 2.0)
    assert [message.source for message in mailbox.gather(None, False)] == [4]


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
