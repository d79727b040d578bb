import pytest

from cosim.whatif.pairs import QUANTITIES, Pair, pairs


def test_all_quantities_of_two_runs_are_paired(kept):
    told = pairs(kept.summary, kept.summary)
    assert [pair.name for pair in told] == [name for name, _, _ in QUANTITIES]
    assert all(pair.before == pair.after is not None for pair in told)
    by_name = {pair.name: pair for pair in told}
    assert by_name["energy, total"].before == kept.summary["energy_j"]["total"]
    assert by_name["peers with an empty battery"].before == 0.0


def test_a_difference_is_absolute_and_in_percent():
    pair = Pair("energy", "J", 4.0, 5.0)
    assert (pair.difference, pair.percent) == (1.0, 25.0)


@pytest.mark.parametrize(("before", "after"), [(None, 1.0), (1.0, None), (None, None)])
def test_what_is_not_known_has_no_difference(before, after):
    pair = Pair("accuracy", "share", before, after)
    assert pair.difference is None
    assert pair.percent is None


def test_from_nothing_there_is_no_percent():
    assert Pair("deaths", "1", 0.0, 2.0).percent is None


def test_the_dead_are_counted(kept):
    told = pairs(kept.summary, {**kept.summary, "deaths": {"3": 1.0, "4": 2.0}})
    assert told[-1].difference == 2.0
