"""The cheap ones of the random arrangements; the page has all of them."""

import arrangements
import pytest


@pytest.mark.parametrize("number", [0, 3])
def test_both_fidelities_agree_where_nothing_was_fitted(number):
    arrived, seconds, joules = arrangements.points_of(number)
    assert arrived.ours == pytest.approx(arrived.theirs, abs=arrangements.EACH[0])
    assert seconds.ours == pytest.approx(seconds.theirs, rel=arrangements.EACH[1])
    assert joules.ours == pytest.approx(joules.theirs, rel=arrangements.EACH[2])


def test_an_arrangement_is_the_same_at_both_fidelities():
    one, two = (arrangements.scenario_of(4, fidelity, 1) for fidelity in ("transfer", "packet"))
    assert one.mobility == two.mobility
    assert one.algorithm == two.algorithm
    assert len(set(one.algorithm.numbers)) > 10
