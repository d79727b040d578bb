import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.sim.clock import FIRST, LAST, Clock

REPEATABLE = settings(deadline=None, derandomize=True)
FOREVER = float("inf")


def note(seen, name):
    return lambda _: seen.append(name)


@REPEATABLE
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), max_size=30))
def test_events_come_by_time_then_by_peer_then_as_they_were_asked_for(asked):
    clock, seen = Clock(), []
    for number, (time_s, peer) in enumerate(asked):
        clock.at(float(time_s), order=peer, call=note(seen, (time_s, peer, number)))
    clock.advance(FOREVER)
    assert seen == sorted(seen)
    assert len(seen) == len(asked)


def test_some_come_before_and_after_all_peers_of_the_same_time():
    clock, seen = Clock(), []
    clock.at(1.0, order=LAST, call=note(seen, "last"))
    clock.at(1.0, order=10**9, call=note(seen, "peer"))
    clock.at(1.0, order=FIRST, call=note(seen, "first"))
    clock.advance(FOREVER)
    assert seen == ["first", "peer", "last"]


def test_times_are_absolute():
    """Three times 0.1 s is not 0.3 s in floating point; the time asked for is kept to the last bit."""
    clock, seen = Clock(), []

    def program():
        for k in range(1, 4):
            yield clock.at(k * 0.1, order=0)
            seen.append(clock.now)

    clock.process(program())
    clock.advance(FOREVER)
    assert seen == [0.1, 0.2, 3 * 0.1]
    assert clock.time_s == clock.now == 3 * 0.1


@pytest.mark.parametrize("time_s", [0.5, -1.0, float("nan")])
@pytest.mark.parametrize("ask", [lambda clock, t: clock.at(t, order=0), lambda clock, t: clock.watch(t, list)])
def test_nothing_happens_in_the_past(time_s, ask):
    clock = Clock()
    clock.at(1.0, order=0, call=lambda _: ask(clock, time_s))
    with pytest.raises(ValueError, match=r"it is 1\.0 s"):
        clock.advance(FOREVER)


def test_an_answer_may_be_set_by_the_first_callback():
    clock, seen = Clock(), []

    def program():
        seen.append((yield clock.at(1.0, order=0, answer="early", call=lambda alarm: alarm.answer("late"))))
        seen.append((yield clock.at(2.0, order=0, answer="kept", subject="of the call")))

    clock.process(program())
    clock.advance(FOREVER)
    assert seen == ["late", "kept"]


def test_a_run_may_end_at_a_time():
    clock, seen = Clock(), []
    for time_s in (1.0, 2.0, 3.0):
        clock.at(time_s, order=0, call=note(seen, time_s))
    clock.advance(2.0)
    assert (seen, clock.time_s) == ([1.0, 2.0], 2.0)
    clock.advance(2.5)
    assert clock.time_s == 2.5
    clock.advance(9.0)
    assert (seen, clock.time_s) == ([1.0, 2.0, 3.0], 3.0)


def test_watches_are_no_reason_to_go_on():
    clock, seen = Clock(), []
    clock.watch(1.0, lambda: seen.append("before"))
    clock.watch(3.0, lambda: seen.append("after"))
    clock.at(2.0, order=0, call=note(seen, "event"))
    clock.advance(FOREVER)
    assert (seen, clock.time_s) == (["before", "event"], 2.0)


def test_a_watch_that_repeats_ends_with_the_last_event():
    clock, seen = Clock(), []

    def look():
        seen.append(clock.time_s)
        clock.watch(clock.time_s + 1.0, look)

    clock.watch(1.0, look)
    clock.at(3.5, order=0, call=note(seen, "event"))
    clock.advance(FOREVER)
    assert seen == [1.0, 2.0, 3.0, "event"]


def test_a_watch_somebody_wants_is_a_reason_to_go_on():
    clock, seen = Clock(), []
    clock.watch(1.0, lambda: seen.append(1), wanted=lambda: len(seen) < 3)
    clock.watch(2.0, lambda: seen.append(2))
    clock.watch(3.0, lambda: seen.append(3), wanted=lambda: len(seen) < 3)
    clock.watch(4.0, lambda: seen.append(4), wanted=lambda: len(seen) < 3)
    clock.advance(FOREVER)
    assert (seen, clock.time_s) == ([1, 2, 3], 3.0)


def test_time_does_not_pass_for_what_nobody_waits_for():
    clock, seen = Clock(), []

    def program():
        time_out = clock.at(1000.0, order=0)
        yield clock.at(1.0, order=0) | time_out
        seen.append(clock.time_s)

    clock.process(program())
    clock.advance(FOREVER)
    assert seen == [1.0]
    assert clock.time_s == 1.0


def test_what_nobody_waited_for_may_be_waited_for_afterwards():
    clock, seen = Clock(), []

    def program():
        early = clock.at(1.0, order=0, answer="early")
        yield clock.at(2.0, order=0)
        seen.append((yield early))
        seen.append(clock.time_s)

    clock.process(program())
    clock.advance(FOREVER)
    assert seen == ["early", 2.0]


def test_a_cancelled_alarm_does_not_ring():
    clock, seen = Clock(), []
    alarm = clock.at(5.0, order=0, subject="x", call=note(seen, "cancelled"))
    clock.at(1.0, order=0, call=lambda _: alarm.cancel())
    clock.advance(FOREVER)
    assert (seen, clock.time_s, alarm.subject) == ([], 1.0, None)


def test_a_hastened_alarm_rings_once_and_now():
    clock, seen = Clock(), []
    alarm = clock.at(5.0, order=0, answer="answer")

    def program():
        seen.append(((yield alarm), clock.time_s))

    clock.process(program())
    clock.at(1.0, order=7, call=lambda _: clock.hasten(alarm))
    clock.at(6.0, order=7, call=note(seen, "later"))
    clock.advance(FOREVER)
    assert seen == [("answer", 1.0), "later"]


def test_a_failing_program_ends_the_run_with_its_error():
    clock = Clock()

    def program():
        yield clock.at(1.0, order=0)
        raise LookupError("no such layer")

    clock.process(program())
    with pytest.raises(LookupError, match="no such layer"):
        clock.advance(FOREVER)


def test_some_calls_come_after_all_that_peers_do_at_this_time():
    clock, seen = Clock(), []

    def begin(alarm):
        clock.soon(lambda: seen.append(("soon", clock.time_s)))
        clock.at(1.0, order=10**6, call=note(seen, "a peer"))

    clock.at(1.0, order=0, call=begin)
    clock.advance(FOREVER)
    assert seen == ["a peer", ("soon", 1.0)]


def test_a_failure_that_is_waited_for_goes_to_who_waits():
    clock, seen = Clock(), []

    def failing():
        yield clock.at(1.0, order=0)
        raise LookupError

    def waiting():
        try:
            yield clock.process(failing())
        except LookupError:
            seen.append("caught")

    clock.process(waiting())
    clock.advance(FOREVER)
    assert seen == ["caught"]


def test_events_are_counted_and_asking_counts_nothing():
    clock = Clock()
    for time_s in (1.0, 2.0, 3.0):
        clock.at(time_s, order=0)
    assert [clock.events, clock.events, clock.events] == [3, 3, 3]
    clock.at(4.0, order=0)
    assert clock.events == 4
