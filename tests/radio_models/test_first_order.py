import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radio_models.first_order import crossover_m, receive_j, transmit_j

REPEATABLE = settings(deadline=None, derandomize=True)


def test_crossover_distance():
    assert crossover_m() == pytest.approx(87.7058, abs=1e-4)


@pytest.mark.parametrize(
    ("distance_m", "joules"), [(0.0, 2.0e-4), (10.0, 2.04e-4), (50.0, 3.0e-4), (100.0, 7.2e-4), (200.0, 8.52e-3)]
)
def test_4000_bits(distance_m, joules):
    assert float(transmit_j(4000, distance_m)) == pytest.approx(joules, rel=1e-12)
    assert float(receive_j(4000)) == pytest.approx(2.0e-4, rel=1e-12)


def test_both_laws_meet_at_the_crossover():
    below, above = transmit_j(1, np.array([crossover_m() * (1 - 1e-12), crossover_m() * (1 + 1e-12)]))
    assert float(above) == pytest.approx(float(below), rel=1e-10)


@REPEATABLE
@given(st.floats(0, 1e4), st.floats(0, 1e4), st.integers(0, 10**9))
def test_sending_costs_more_further_away_and_never_less_than_receiving(one_m, other_m, bits):
    near_j, far_j = transmit_j(bits, np.array(sorted((one_m, other_m))))
    assert float(receive_j(bits)) <= near_j <= far_j * (1 + 1e-12)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: transmit_j(-1, 1.0), "A number of bits"),
        (lambda: transmit_j(1, -1.0), "A distance"),
        (lambda: transmit_j(1, 1.0, -1e-9), "E_elec"),
        (lambda: transmit_j(1, 1.0, free_space_j_per_bit_m2=0.0), "eps_fs"),
        (lambda: crossover_m(multipath_j_per_bit_m4=0.0), "eps_mp"),
        (lambda: receive_j(-1), "A number of bits"),
    ],
)
def test_outside_the_range_is_refused(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_against_the_reference(reference_table):
    for row in reference_table("first_order_radio.csv"):
        bits = round(float(row["e_rx_J"]) / 50e-9)
        assert float(transmit_j(bits, float(row["distance_m"]))) == pytest.approx(float(row["e_tx_J"]), rel=1e-9), row
        assert float(receive_j(bits)) == pytest.approx(float(row["e_rx_J"]), rel=1e-9)
