import pytest

from cosim.sim.clock import Clock
from cosim.sim.together import all_of, first_of

FOREVER = float("inf")


def answers(clock, *waits):
    """What a program receives from each of these, and when."""
    got = []

    def program():
        for wait in waits:
            got.append(((yield wait), clock.time_s))

    clock.process(program())
    clock.advance(FOREVER)
    return got


def alarm(clock, time_s):
    return clock.at(time_s, order=0, answer=f"at {time_s}")


def test_the_first_of_several():
    clock = Clock()
    assert answers(clock, first_of(clock, [alarm(clock, 3.0), alarm(clock, 1.0), alarm(clock, 2.0)])) == [
        ([(1, "at 1.0")], 1.0)
    ]
    assert clock.time_s == 1.0


def test_all_of_several_in_the_order_asked_for():
    clock = Clock()
    assert answers(clock, all_of(clock, [alarm(clock, 3.0), alarm(clock, 1.0)])) == [(["at 3.0", "at 1.0"], 3.0)]


@pytest.mark.parametrize("together", [first_of, all_of])
def test_nothing_to_wait_for_is_done(together):
    clock = Clock()
    assert answers(clock, together(clock, [])) == [([], 0.0)]


def test_what_has_happened_already_counts():
    clock = Clock()
    early = alarm(clock, 1.0)
    assert answers(
        clock, early, alarm(clock, 2.0), first_of(clock, [alarm(clock, 9.0), early]), all_of(clock, [early])
    )[2:] == [([(1, "at 1.0")], 2.0), (["at 1.0"], 2.0)]


def test_the_same_wait_may_be_in_several():
    clock = Clock()
    shared = alarm(clock, 2.0)
    both = all_of(clock, [shared, first_of(clock, [shared, alarm(clock, 5.0)])])
    assert answers(clock, both) == [(["at 2.0", [(0, "at 2.0")]], 2.0)]


def test_nested_waits():
    clock = Clock()
    inner = all_of(clock, [alarm(clock, 1.0), alarm(clock, 2.0)])
    assert answers(clock, first_of(clock, [inner, alarm(clock, 5.0)])) == [([(0, ["at 1.0", "at 2.0"])], 2.0)]


def test_nested_waits_that_are_given_up_may_be_taken_up_again():
    clock = Clock()
    inner = all_of(clock, [alarm(clock, 1.0), alarm(clock, 4.0)])
    first = first_of(clock, [inner, alarm(clock, 2.0)])
    again = first_of(clock, [inner, alarm(clock, 9.0)])
    assert answers(clock, first, alarm(clock, 3.0), again) == [
        ([(1, "at 2.0")], 2.0),
        ("at 3.0", 3.0),
        ([(0, ["at 1.0", "at 4.0"])], 4.0),
    ]


def test_programs_may_be_waited_for():
    clock = Clock()

    def program(duration_s):
        yield alarm(clock, duration_s)
        return duration_s

    waits = [clock.process(program(2.0)), clock.process(program(1.0))]
    assert answers(clock, first_of(clock, waits), all_of(clock, waits)) == [([(1, 1.0)], 1.0), ([2.0, 1.0], 2.0)]


@pytest.mark.parametrize("together", [first_of, all_of])
def test_a_failure_is_passed_on(together):
    clock = Clock()

    def failing():
        yield alarm(clock, 1.0)
        raise LookupError("gone")

    with pytest.raises(LookupError, match="gone"):
        answers(clock, together(clock, [clock.process(failing()), alarm(clock, 2.0)]))


def test_what_is_given_up_does_not_prolong_the_run():
    clock = Clock()
    waits = [first_of(clock, [alarm(clock, 1000.0), alarm(clock, 900.0)]), alarm(clock, 1.0)]
    answers(clock, first_of(clock, waits))
    assert clock.time_s == 1.0


def test_two_programs_may_wait_for_the_same():
    clock, got = Clock(), []
    both = all_of(clock, [alarm(clock, 1.0), alarm(clock, 2.0)])

    def program(name):
        got.append((name, (yield both)))

    clock.process(program("a"))
    clock.process(program("b"))
    clock.advance(FOREVER)
    assert got == [("a", ["at 1.0", "at 2.0"]), ("b", ["at 1.0", "at 2.0"])]
