import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from cosim.sim.path_loss import Cost231Hata, ItuP1411, Kun2600Mhz, OkumuraHata, ThreeLogDistance, TwoRayGround
from cosim.sim.propagation import FreeSpace, LogDistance, least_loss_db, total_loss_db
from radio_models.hata import cost231_hata_db, okumura_hata_db
from radio_models.itu_p1411 import line_of_sight_db
from radio_models.kun import kun_2600_mhz_db
from radio_models.propagation import two_ray_ground_db

REPEATABLE = settings(deadline=None, derandomize=True)
PARTS = [
    FreeSpace(frequency_hz=5e9),
    LogDistance(exponent=3.0, reference_loss_db=46.6777),
    ThreeLogDistance(),
    TwoRayGround(frequency_hz=2.4e9),
    ItuP1411(frequency_hz=2.4e9),
    Kun2600Mhz(),
    OkumuraHata(frequency_hz=869e6),
    Cost231Hata(frequency_hz=1.8e9),
]


@REPEATABLE
@given(st.sampled_from(PARTS), st.floats(0.0, 1e5), st.floats(0.0, 1e5))
def test_loss_grows_with_distance_and_is_its_own_bound(part, one_m, other_m):
    ends_m = np.sort([one_m, other_m])
    near, far = part.loss_db(ends_m, 0, np.array([1, 2]), 1)
    assert 0.0 <= near <= far + 1e-9
    assert part.least_loss_db(ends_m).tolist() == [near, far]


def test_antennas_stand_at_their_heights():
    """The planar distance and the heights give the straight one."""
    assert OkumuraHata(frequency_hz=869e6).over_m(4000.0) == pytest.approx(
        float(okumura_hata_db(np.hypot(4000.0, 28.5), 869e6, 30.0, 1.5))
    )
    assert Cost231Hata(frequency_hz=1.8e9, margin_db=10.0).over_m(4000.0) == pytest.approx(
        float(cost231_hata_db(np.hypot(4000.0, 47.0), 1.8e9, 50.0, 3.0)) + 10.0
    )
    two = TwoRayGround(frequency_hz=2.4e9, heights_m=[2.0, 5.0]).over_m(4.0)
    assert two == two_ray_ground_db(5.0, 2.4e9, (2.0, 5.0))
    street = ItuP1411(frequency_hz=2.4e9, heights_m=[2.0, 5.0]).over_m(4.0)
    assert street == line_of_sight_db(5.0, 2.4e9, (2.0, 5.0))
    assert Kun2600Mhz().over_m(40.0) == kun_2600_mhz_db(40.0)


def test_losses_of_a_chain_add_and_so_do_their_bounds():
    distance_m, peers = np.geomspace(1.0, 1e4, 9), np.arange(9)
    total = total_loss_db(PARTS, distance_m, peers, peers + 9, 1)
    assert np.allclose(total, sum(part.over_m(distance_m) for part in PARTS), rtol=1e-14)
    assert np.array_equal(least_loss_db(PARTS, distance_m), total)


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        (ItuP1411(frequency_hz=5e9), "A frequency for ITU-R"),
        (OkumuraHata(frequency_hz=5e9), "A frequency for Hata"),
        (OkumuraHata(frequency_hz=9e8, base_height_m=10.0), "base station"),
        (Cost231Hata(frequency_hz=9e8), "A frequency for Hata"),
        (Cost231Hata(frequency_hz=1.8e9, terminal_height_m=11.0), "terminal"),
    ],
)
def test_what_a_model_was_not_made_for_is_a_fault_of_the_scenario(part, sentence):
    ((path, message),) = part.check(None)
    assert path == ()
    assert sentence in message
    assert "extrapolate" in message


def test_extrapolation_can_be_asked_for():
    assert list(ItuP1411(frequency_hz=5e9, extrapolate=True).check(None)) == []
    assert list(OkumuraHata(frequency_hz=5e9, base_height_m=10.0, extrapolate=True).check(None)) == []
    assert list(Cost231Hata(frequency_hz=9e8, extrapolate=True).check(None)) == []
    assert OkumuraHata(frequency_hz=869e6).range_m == Cost231Hata(frequency_hz=1.8e9).range_m == (1e3, 20e3)


def test_fields_that_are_not_in_order_are_refused():
    with pytest.raises(ValidationError, match="nearest field comes first"):
        ThreeLogDistance(starts_m=[1.0, 500.0, 200.0])
