import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radio_models.propagation import free_space_db
from radio_models.tr38901 import (
    CORRELATION_M,
    SHADOWING_DB,
    VALIDITY,
    Site,
    breakpoint_m,
    check_site,
    path_loss_db,
)

REPEATABLE = settings(deadline=None, derandomize=True)
SITES = {
    "umi_street_canyon": Site(3.5e9, 10.0, 1.5),
    "uma": Site(3.5e9, 25.0, 1.5),
    "inh_office": Site(3.5e9, 3.0, 1.0),
    "rma": Site(0.7e9, 35.0, 1.5),
}


def test_line_of_sight_in_a_street_canyon():
    """By hand: d3D = hypot(100, 8.5), 32.4 + 21 log10(d3D) + 20 log10(3.5)."""
    loss_db = path_loss_db(100.0, "umi_street_canyon", SITES["umi_street_canyon"], line_of_sight=True)
    assert float(loss_db) == pytest.approx(32.4 + 21 * math.log10(math.hypot(100, 8.5)) + 20 * math.log10(3.5))


def test_the_rural_cell_by_hand():
    """Table 7.4.1-1 evaluated term by term at 0.7 GHz, hBS 35 m, hUT 1.5 m, h 5 m, W 20 m."""
    assert breakpoint_m("rma", SITES["rma"]) == pytest.approx(769.69, abs=0.01)
    straight_m = math.hypot(500.0, 33.5)
    near_db = 20 * math.log10(40 * math.pi * straight_m * 0.7 / 3)
    near_db += 0.4779 * math.log10(straight_m) - 0.7010 + 0.002 * 0.69897 * straight_m
    assert float(path_loss_db(500.0, "rma", SITES["rma"], line_of_sight=True)) == pytest.approx(near_db, abs=1e-3)
    far_db = 20 * math.log10(40 * math.pi * 769.6902 * 0.7 / 3)
    far_db += 0.4779 * math.log10(769.69) - 0.7010 + 0.002 * 0.69897 * 769.69
    far_db += 40 * math.log10(math.hypot(4000.0, 33.5) / 769.6902)
    assert float(path_loss_db(4000.0, "rma", SITES["rma"], line_of_sight=True)) == pytest.approx(far_db, abs=1e-3)
    without_db = 161.04 - 7.1 * 1.30103 + 7.5 * 0.69897 - (24.37 - 3.7 * (5 / 35) ** 2) * 1.544068
    without_db += (43.42 - 3.1 * 1.544068) * (math.log10(math.hypot(4000.0, 33.5)) - 3) + 20 * math.log10(0.7)
    without_db -= 3.2 * math.log10(11.75 * 1.5) ** 2 - 4.97
    loss_db = path_loss_db(4000.0, "rma", SITES["rma"], line_of_sight=False)
    assert float(loss_db) == pytest.approx(without_db, abs=1e-3)


def test_breakpoints():
    assert breakpoint_m("umi_street_canyon", SITES["umi_street_canyon"]) == pytest.approx(4 * 9 * 0.5 * 3.5e9 / 3e8)
    assert breakpoint_m("uma", Site(2e9, 25.0, 15.0, environment_height_m=12.0)) == pytest.approx(4 * 13 * 3 * 20 / 3)
    assert breakpoint_m("inh_office", SITES["inh_office"]) == math.inf


def test_every_scenario_has_ranges_and_shadowing():
    assert set(VALIDITY) == set(SITES) == set(SHADOWING_DB) == set(CORRELATION_M)


@REPEATABLE
@given(st.sampled_from(sorted(SITES)), st.floats(0.0, 2e4), st.floats(0.0, 2e4), st.booleans(), st.floats(0.5, 100.0))
def test_loss_grows_with_distance_and_without_sight(scenario, one_m, other_m, sight, frequency_ghz):
    site = SITES[scenario]._replace(frequency_hz=frequency_ghz * 1e9)
    ends_m = np.sort([one_m, other_m])
    near, far = path_loss_db(ends_m, scenario, site, line_of_sight=sight, extrapolate=True)
    assert 0.0 <= near <= far
    clear = path_loss_db(ends_m, scenario, site, line_of_sight=True, extrapolate=True)
    assert (path_loss_db(ends_m, scenario, site, line_of_sight=False, extrapolate=True) >= clear).all()


def test_two_antennas_at_one_point_can_be_priced():
    site = Site(3.5e9, 2.0, 2.0)
    assert float(path_loss_db(0.0, "inh_office", site, line_of_sight=False, extrapolate=True)) == 0.0


def test_near_a_street_lamp_the_loss_is_that_of_free_space():
    loss_db = path_loss_db(10.0, "umi_street_canyon", SITES["umi_street_canyon"], line_of_sight=True)
    assert float(loss_db) == pytest.approx(float(free_space_db(math.hypot(10.0, 8.5), 3.5e9)), abs=2.0)


@pytest.mark.parametrize(
    ("scenario", "site", "distance_m", "sentence"),
    [
        ("umi_street_canyon", Site(0.4e9, 10.0, 1.5), 100.0, "A frequency"),
        ("umi_street_canyon", Site(3e9, 12.0, 1.5), 100.0, "base station"),
        ("uma", Site(3e9, 25.0, 1.0), 100.0, "terminal"),
        ("uma", Site(3e9, 25.0, 1.5), 9.0, "A distance for uma"),
        ("inh_office", Site(3e9, 3.0, 1.0), 150.0, "A distance for inh_office"),
        ("rma", Site(31e9, 35.0, 1.5), 100.0, "A frequency"),
        ("rma", Site(3e9, 35.0, 1.5), 5001.0, "A distance for rma"),
        ("rma", Site(3e9, 35.0, 1.5, building_height_m=4.0), 100.0, "buildings"),
        ("rma", Site(3e9, 35.0, 1.5, street_width_m=51.0), 100.0, "streets"),
    ],
)
def test_outside_the_range_is_refused(scenario, site, distance_m, sentence):
    with pytest.raises(ValueError, match=sentence):
        path_loss_db(distance_m, scenario, site, line_of_sight=False)


def test_antennas_below_what_reflects_are_refused_even_when_extrapolating():
    with pytest.raises(ValueError, match="height of an antenna"):
        path_loss_db(100.0, "uma", Site(3e9, 25.0, 1.0), line_of_sight=True, extrapolate=True)
    with pytest.raises(ValueError, match="A distance"):
        path_loss_db(-1.0, "uma", SITES["uma"], line_of_sight=True, extrapolate=True)


def test_the_sites_are_in_range():
    for scenario, site in SITES.items():
        check_site(scenario, site)
