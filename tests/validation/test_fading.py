"""The comparison of means over fading: any m, rate and size; and every row of the table that is at hand."""

import pytest
from fading import STANDARD_ERRORS, compare, point, tolerance

from radio_models.ieee802154 import chunk_error_rate


def row(**changes):
    cells = {
        "m": "1",
        "phy": "lrwpan_oqpsk",
        "rate": "0.25",
        "bytes": "60",
        "mean_snr_dB": "5",
        "mean_per": "0",
        "se": "0.1",
    }
    return {**cells, "mean_per": "0", "se": "0.1", **changes}


def test_sizes_rates_and_shapes_count():
    plain = point(row()).ours
    assert point(row(bytes="120")).ours > plain
    assert point(row(m="0.5", mean_snr_dB="20")).ours > point(row(mean_snr_dB="20")).ours
    assert point(row(m="1e6", mean_snr_dB="0")).ours == pytest.approx(float(chunk_error_rate(0.0, 60)), rel=0.05)
    fast, slow = (point(row(phy="ofdm_nist", rate=rate, bytes="500", mean_snr_dB="15")).ours for rate in ("54", "6"))
    assert fast > slow


def test_the_worst_of_many_rows_may_be_farther_off():
    assert tolerance(1) == STANDARD_ERRORS
    assert tolerance(100) == pytest.approx(3.89, abs=0.01)
    assert tolerance(1000) > tolerance(100)


def test_an_unknown_error_model_is_refused_by_name():
    with pytest.raises(ValueError, match="morse"):
        point(row(phy="morse"))


def test_every_row_of_the_table(reference_table):
    table = reference_table("fading_per.csv")
    (quantity,) = compare(table)
    assert len(quantity.points) == len(table)
    assert quantity.agrees
