import math

import numpy as np
import pytest

from radio_models.line_of_sight import line_of_sight_probability

SURROUNDINGS = ["umi_street_canyon", "uma", "inh_mixed_office", "inh_open_office", "rma"]


@pytest.mark.parametrize(
    ("surroundings", "distance_m", "probability"),
    [
        ("umi_street_canyon", 18.0, 1.0),
        ("umi_street_canyon", 36.0, 0.5 + 0.5 * math.exp(-1)),
        ("uma", 63.0, 18 / 63 + math.exp(-1) * (1 - 18 / 63)),
        ("inh_mixed_office", 1.2, 1.0),
        ("inh_mixed_office", 5.9, math.exp(-1)),
        ("inh_mixed_office", 39.1, 0.32 * math.exp(-1)),
        ("inh_open_office", 49.0, math.exp(-44 / 70.8)),
        ("inh_open_office", 260.7, 0.54 * math.exp(-1)),
        ("rma", 1010.0, math.exp(-1)),
    ],
)
def test_values_of_the_table(surroundings, distance_m, probability):
    assert float(line_of_sight_probability(distance_m, surroundings)) == pytest.approx(probability, rel=1e-12)


@pytest.mark.parametrize("surroundings", SURROUNDINGS)
def test_it_is_sure_at_no_distance_and_falls(surroundings):
    probability = line_of_sight_probability(np.linspace(0.0, 6000.0, 6001), surroundings)
    assert probability[0] == 1.0
    # At 49 m the open office's two branches miss each other by 0.003 in the table.
    assert (np.diff(probability) <= (3e-3 if surroundings == "inh_open_office" else 1e-12)).all()
    assert probability[-1] < 0.02


def test_a_terminal_up_high_sees_farther_in_a_city():
    low, high = (float(line_of_sight_probability(200.0, "uma", height_m)) for height_m in (13.0, 23.0))
    assert high == pytest.approx(low * (1 + 1.25 * 8 * math.exp(-200 / 150)))


def test_outside_the_range_is_refused():
    with pytest.raises(ValueError, match="A distance"):
        line_of_sight_probability(-1.0, "rma")
    with pytest.raises(ValueError, match="terminal"):
        line_of_sight_probability(1.0, "uma", 24.0)
