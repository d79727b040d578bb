import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.sim.tr38901 import HEIGHTS_M, Tr38901
from radio_models.line_of_sight import line_of_sight_probability
from radio_models.tr38901 import VALIDITY, Site, path_loss_db

REPEATABLE = settings(deadline=None, derandomize=True)
SCENARIOS = sorted(VALIDITY)


def part(scenario, **changes):
    return Tr38901(scenario=scenario, frequency_hz=3.5e9, **changes)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_defaults_are_those_of_the_report_and_in_range(scenario):
    assert list(part(scenario).check(None)) == []
    site = Site(3.5e9, *HEIGHTS_M[scenario])
    for sees, word in ((True, "always"), (False, "never")):
        loss_db = part(scenario, line_of_sight=word).loss_db(100.0, 0, 1, 1)
        assert loss_db == path_loss_db(100.0, scenario, site, line_of_sight=sees)


@pytest.mark.statistical
@pytest.mark.parametrize(
    ("scenario", "office", "surroundings"),
    [
        ("umi_street_canyon", "mixed", "umi_street_canyon"),
        ("uma", "mixed", "uma"),
        ("inh_office", "mixed", "inh_mixed_office"),
        ("inh_office", "open", "inh_open_office"),
        ("rma", "mixed", "rma"),
    ],
)
def test_links_see_as_often_as_the_table_says(scenario, office, surroundings):
    """20,000 links at 40 m: within 5 standard errors, 6 false alarms in 10 million."""
    drawn, links = part(scenario, office=office), np.arange(1, 20_001)
    losses = drawn.loss_db(np.full(20_000, 40.0), 0, links, 7)
    clear = float(drawn.over_m(40.0))
    probability = float(line_of_sight_probability(40.0, surroundings))
    error = math.sqrt(probability * (1 - probability) / 20_000)
    assert (losses == clear).mean() == pytest.approx(probability, abs=5 * error)
    assert np.array_equal(losses, drawn.loss_db(np.full(20_000, 40.0), links, 0, 7))


@REPEATABLE
@given(st.sampled_from(SCENARIOS), st.sampled_from(["always", "never", "drawn"]), st.integers(0, 50))
def test_a_link_that_grows_loses_more_and_never_less_than_the_bound(scenario, line_of_sight, seed):
    chosen = part(scenario, line_of_sight=line_of_sight)
    distance_m = np.concatenate([[0.0], np.geomspace(0.1, 2e4, 200)])
    losses = chosen.loss_db(distance_m, 3, 4, seed)
    assert (losses >= chosen.least_loss_db(distance_m)).all()
    assert (np.diff(losses) >= -1e-9).all()
    assert (np.diff(chosen.least_loss_db(distance_m)) >= -1e-9).all()


def test_what_the_report_does_not_cover_is_a_fault_unless_asked_for():
    ((path, message),) = part("umi_street_canyon", base_height_m=1.6, terminal_height_m=1.5).check(None)
    assert path == ()
    assert "base station" in message
    assert "extrapolate" in message
    assert list(part("umi_street_canyon", base_height_m=1.6, extrapolate=True).check(None)) == []
    ((_, message),) = part("uma", terminal_height_m=0.5, extrapolate=True).check(None)
    assert "height of an antenna" in message


def test_ranges_of_distance():
    assert part("uma").range_m == (10.0, 5e3)
    assert part("rma", line_of_sight="always").range_m == (10.0, 10e3)
    assert part("rma").range_m == (10.0, 5e3)
