from cosim.differences import Difference
from cosim.whatif.computations import Computations
from cosim.whatif.looks import Looks
from cosim.whatif.reasons import MOST_CAUSES, causes, reasons
from cosim.whatif.receptions import Receptions

INFINITE = float("inf")
SAME = Computations(10, 0, None, INFINITE)
OTHER = Computations(10, 4, "mix of peer 2 at 1.5 s", 1.5)
NO_RECEPTION = Receptions(20, {}, None, INFINITE)
LOST = Receptions(20, {"heard -> lost": 3}, "the message of peer 1", 1.2)
NO_LOOK = Looks(0, 0, None, INFINITE)
EARLIER = Looks(5, 1, "peer 0 read battery_fraction", 0.5)


def test_where_nothing_differs_that_is_said():
    assert reasons([], 0, SAME, NO_RECEPTION, NO_LOOK) == [
        "every computation is one that the run had made already"
    ]  # fmt: skip
    (executed,) = reasons([], 7, SAME, NO_RECEPTION, NO_LOOK)
    assert executed.endswith("what was executed is what no store remembered")


def test_the_earliest_cause_comes_first_and_the_effect_last():
    assert reasons([], 4, OTHER, LOST, EARLIER) == [
        "first reading that differs: peer 0 read battery_fraction",
        "first reception that differs: the message of peer 1",
        "first computation that differs: mix of peer 2 at 1.5 s",
    ]


def test_keys_that_decide_what_is_learnt_come_before_all():
    change = Difference(("data",), None, None, "learning")
    scored = Difference(("evaluation", "samples"), None, 5, "evaluation")
    told = reasons([change, scored], 4, OTHER, LOST, NO_LOOK)
    assert told[:2] == ["data decides what is learnt", "evaluation.samples decides what is scored"]
    assert reasons([scored], 1, SAME, NO_RECEPTION, NO_LOOK) == told[1:2]


def test_other_times_alone_are_a_cause():
    told = reasons([], 4, OTHER, NO_RECEPTION, NO_LOOK)
    assert told[0].startswith("the same messages arrived, but at other times")


def test_what_was_not_recorded_is_said():
    told = reasons([], 4, None, None, EARLIER)
    assert told[0].startswith("recording.level is summary: which messages arrived")
    assert told[1] == "first reading that differs: peer 0 read battery_fraction"


def test_rare_causes_are_summed_up():
    many = Receptions(100, {f"a -> {i}": 20 - i for i in range(MOST_CAUSES + 2)}, "first", 0.0)
    told = list(causes(many))
    assert len(told) == MOST_CAUSES + 1
    assert told[-1] == ("others", 20 - MOST_CAUSES + 20 - MOST_CAUSES - 1)
    assert sum(count for _, count in told) == many.differing
