import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radio_models.hata import cost231_hata_db, okumura_hata_db

REPEATABLE = settings(deadline=None, derandomize=True)


def test_a_worked_example_of_a_text_book():
    """900 MHz, hb 100 m, hm 2 m, 4 km, large city: a(hm) = 1.05 dB and 137.29 dB, a widely used class-room example."""
    assert float(okumura_hata_db(4000.0, 900e6, 100.0, 2.0)) == pytest.approx(137.3, abs=0.05)


def test_small_cities_by_hand():
    log_f, log_base = math.log10(900), math.log10(30)
    terminal_db = (1.1 * log_f - 0.7) * 1.5 - (1.56 * log_f - 0.8)
    loss_db = 69.55 + 26.16 * log_f - 13.82 * log_base - terminal_db + (44.9 - 6.55 * log_base) * math.log10(5)
    assert float(okumura_hata_db(5000.0, 900e6, 30.0, 1.5, city="small")) == pytest.approx(loss_db)
    assert okumura_hata_db(5000.0, 900e6, 30.0, 1.5, city="medium") == okumura_hata_db(
        5000.0, 900e6, 30.0, 1.5, city="small"
    )


def test_suburbs_and_open_land_lose_less():
    urban, suburban, wild = (
        float(okumura_hata_db(5000.0, 900e6, 30.0, 1.5, environment=where)) for where in ("urban", "suburban", "open")
    )
    assert urban - suburban == pytest.approx(2 * math.log10(900 / 28) ** 2 + 5.4)
    assert urban - wild == pytest.approx(4.78 * math.log10(900) ** 2 - 18.33 * math.log10(900) + 40.94)
    ns3 = float(okumura_hata_db(5000.0, 900e6, 30.0, 1.5, environment="open", open_quadratic=4.70))
    assert ns3 - wild == pytest.approx(0.08 * math.log10(900) ** 2)


def test_below_200_mhz_large_cities_have_another_correction():
    low, high = (float(okumura_hata_db(5000.0, f, 30.0, 5.0)) for f in (199.9999e6, 200e6))
    change_db = (8.29 * math.log10(1.54 * 5) ** 2 - 1.1) - (3.2 * math.log10(11.75 * 5) ** 2 - 4.97)
    assert high - low == pytest.approx(change_db, abs=1e-4)


def test_above_1500_mhz_small_cities_are_those_of_cost_231():
    medium = float(cost231_hata_db(5000.0, 1.8e9, 50.0, 2.0))
    assert float(okumura_hata_db(5000.0, 1.8e9, 50.0, 2.0, city="small")) == pytest.approx(medium)
    assert float(cost231_hata_db(5000.0, 1.8e9, 50.0, 2.0, metropolitan=True)) == pytest.approx(medium + 3.0)


def test_what_ns3_adds_to_cost_231():
    plain = float(cost231_hata_db(5000.0, 2e9, 50.0, 3.0))
    ns3 = float(cost231_hata_db(5000.0, 2e9, 50.0, 3.0, margin_db=10.0, terminal_slope=1.11))
    assert ns3 == pytest.approx(plain + 10.0 - 0.03 * math.log10(2000))
    assert float(cost231_hata_db(5000.0, 2e9, 50.0, 3.0, nearest_m=5000.0)) == 0.0


MODELS = {
    "hata": lambda d: okumura_hata_db(d, 900e6, 30.0, 1.5, extrapolate=True),
    "open": lambda d: okumura_hata_db(d, 169e6, 100.0, 1.5, environment="open", extrapolate=True),
    "above": lambda d: okumura_hata_db(d, 2.1e9, 30.0, 1.5, extrapolate=True),
    "cost 231": lambda d: cost231_hata_db(d, 2e9, 50.0, 3.0, nearest_m=0.5, extrapolate=True),
}


@REPEATABLE
@given(st.sampled_from(sorted(MODELS)), st.floats(0.0, 2e4), st.floats(0.0, 2e4))
def test_loss_grows_with_distance(model, one_m, other_m):
    near, far = MODELS[model](np.sort([one_m, other_m]))
    assert 0.0 <= near <= far


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: okumura_hata_db(999.0, 900e6, 30.0, 1.5), "A distance"),
        (lambda: okumura_hata_db(5000.0, 100e6, 30.0, 1.5), "A frequency"),
        (lambda: okumura_hata_db(5000.0, 900e6, 29.0, 1.5), "base station"),
        (lambda: okumura_hata_db(5000.0, 900e6, 30.0, 0.5), "terminal"),
        (lambda: cost231_hata_db(5000.0, 1.4e9, 30.0, 1.5), "A frequency"),
        (lambda: cost231_hata_db(5000.0, 1.8e9, 30.0, 1.5, nearest_m=-1.0), "nearest"),
        (lambda: okumura_hata_db(5000.0, 900e6, 0.0, 1.5, extrapolate=True), "base station"),
    ],
)
def test_outside_the_range_is_refused(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
