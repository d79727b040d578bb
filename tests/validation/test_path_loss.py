"""The reading of rows, and every row of the table that is at hand."""

import pytest
from path_loss import TOLERANCE_DB, asked, compare, points, si

from radio_models.hata import okumura_hata_db
from radio_models.propagation import log_distance_db, three_log_distance_db, two_ray_ground_db
from radio_models.tr38901 import Site, path_loss_db


def row(model, params, d2d_m=100.0, h1_m=1.5, h2_m=1.5, loss_db=0.0):
    d3d_m = (d2d_m**2 + (h1_m - h2_m) ** 2) ** 0.5
    texts = (model, params, *(repr(number) for number in (h1_m, h2_m, d2d_m, d3d_m, loss_db)))
    return dict(zip(("model", "params", "h1_m", "h2_m", "d2d_m", "d3d_m", "loss_dB"), texts, strict=True))


@pytest.mark.parametrize(
    ("text", "value"),
    [("2.4GHz", 2.4e9), ("869MHz", 869e6), ("1m", 1.0), ("1.2km", 1200.0), ("46.6777dB", 46.6777), ("1e-3", 1e-3)],
)
def test_numbers_with_units(text, value):
    assert si(text) == pytest.approx(value, rel=1e-15)


def test_what_is_no_number_is_refused():
    with pytest.raises(ValueError, match="not a number"):
        si("far")


def test_words_and_values_of_a_row():
    read = asked(row("okumura_hata", "f=169MHz OpenAreas SmallCity h=30/1 (any remark)", 5000.0, 30.0, 1.0))
    assert read.frequency_hz == 169e6
    assert read.says("openareas")
    assert not read.says("any")
    assert read.numbers("h") == (30.0, 1.0)
    with pytest.raises(ValueError, match="no exponent"):
        read.number("exponent")


def ours(*args, **kwargs):
    (point,) = points([row(*args, **kwargs)])
    return point.ours


def test_other_values_than_those_of_the_table_reach_the_functions():
    assert ours("logdistance", "exponent=2.2 ref=5m refloss=40dB") == log_distance_db(100.0, 2.2, 40.0, 5.0)
    fields = {"exponents": (2.0, 3.0, 4.0), "starts_m": (2.0, 50.0, 80.0), "reference_loss_db": 30.0}
    assert ours("threelogdistance", "d=2/50/80 exp=2/3/4 refloss=30") == three_log_distance_db(100.0, **fields)
    near = {"nearest_m": 3.0, "system_loss": 2.0}
    params = "f=900MHz h=2m/2m MinDistance=3 SystemLoss=2"
    assert ours("tworayground", params, 300.0, 2.0, 2.0) == two_ray_ground_db(300.0, 900e6, (2.0, 2.0), **near)
    wild = {"environment": "open", "city": "small", "open_quadratic": 4.7, "extrapolate": True}
    loss_db = okumura_hata_db((5000.0**2 + 38.5**2) ** 0.5, 169e6, 40.0, 1.5, **wild)
    assert ours("okumura_hata", "f=169MHz OpenAreas MediumCity h=40/1.5", 5000.0, 40.0, 1.5) == pytest.approx(loss_db)
    site = Site(700e6, 35.0, 1.5, building_height_m=8.0, street_width_m=30.0)
    params = "f=700MHz hBS=35 hUT=1.5 h=8 W=30"
    rural_db = path_loss_db(1000.0, "rma", site, line_of_sight=False)
    assert ours("3gpp_rma_nlos", params, 1000.0, 35.0, 1.5) == rural_db


def test_an_unknown_model_is_refused_by_name():
    with pytest.raises(ValueError, match="jakes"):
        points([row("jakes", "")])


def test_every_row_of_the_table(reference_table):
    table = reference_table("path_loss.csv")
    quantities = compare(table)
    assert sum(len(quantity.points) for quantity in quantities) == len(table)
    assert all(quantity.worst <= TOLERANCE_DB for quantity in quantities)
