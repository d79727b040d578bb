import math

import pytest

from cosim.cli.goal import Goal
from cosim.scenario import Rounds


def test_the_rule_that_is_nearest_counts():
    goal = Goal.of(Rounds(count=100, stop_s=50.0, energy_j=1000.0))
    assert goal.fraction(time_s=5.0, rounds=20, energy_j=300.0) == pytest.approx(0.3)


def test_never_more_than_all():
    assert Goal.of(Rounds(count=10)).fraction(time_s=0.0, rounds=11, energy_j=0.0) == 1.0


def test_joules_that_are_not_known_yet_do_not_count():
    assert Goal.of(Rounds(count=10, energy_j=5.0)).fraction(0.0, 1, math.nan) == pytest.approx(0.1)


def test_a_target_accuracy_alone_tells_no_share():
    assert Goal.of(Rounds(target_accuracy=0.9)).fraction(100.0, 100, 100.0) == 0.0
