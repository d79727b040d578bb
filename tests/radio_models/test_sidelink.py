from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radio_models import sidelink
from radio_models.sidelink import Grid

REPEATABLE = settings(deadline=None, derandomize=True)
SCHEMES = st.integers(0, 28)


def test_slots_and_spectrum():
    assert [Grid(numerology).slot_s for numerology in range(4)] == [1e-3, 0.5e-3, 0.25e-3, 0.125e-3]
    assert Grid(1, 50).bandwidth_hz == 18e6


def test_elements_of_a_slot_without_control():
    """12 symbols of 12 subcarriers less 2 half symbols of reference signals: 132 in a block (TS 38.214, 8.1.3.2)."""
    grid = Grid(blocks=10, second_stage_elements=0)
    assert sidelink.data_elements(grid) == 132 * 10 - 12 * 10 * 3
    assert sidelink.data_elements(Grid()) == 132 * 50 - 360 - 96


def test_small_blocks_are_those_of_the_table():
    assert len(sidelink._SMALL_BLOCKS) == 93
    assert sidelink._SMALL_BLOCKS[[0, 21, 33, 46, 49, 58, 67, 76, 92]].tolist() == [
        24, 192, 384, 736, 848, 1224, 1672, 2280, 3824,
    ]  # fmt: skip
    assert (np.diff(sidelink._SMALL_BLOCKS) > 0).all()


@pytest.mark.parametrize(
    ("elements", "mcs", "bits"),
    [
        # By hand: 1000 x 2 x 120/1024 = 234.375, n = 3, 232 -> 240.
        (1000, 0, 240),
        # 1000 x 4 x 490/1024 = 1914.06, n = 4, 1904 -> 1928.
        (1000, 13, 1928),
        # 6144 x 2 x 449/1024 = 5388, n = 7, 42 x 128 = 5376 -> 5400 - 24.
        (6144, 6, 5376),
        # 6144 x 6 x 948/1024 = 34128, n = 10, 33 x 1024 = 33792 (33.3), 5 segments: 40 x ceil(33816 / 40) - 24.
        (6144, 28, 33816),
        # R <= 1/4: 50000 x 2 x 120/1024 = 11718.75, 46 x 256 (45.68), 4 segments: 32 x ceil(11800 / 32) - 24.
        (50000, 0, 11784),
    ],
)
def test_transport_blocks_by_hand(elements, mcs, bits):
    assert sidelink.transport_block_bits(elements, mcs) == bits


@REPEATABLE
@given(SCHEMES, st.integers(12, 40000))
def test_transport_blocks_are_near_what_they_round(mcs, elements):
    bits, rate = sidelink.scheme(mcs)
    information = elements * bits * rate
    block = sidelink.transport_block_bits(elements, mcs)
    assert block % 8 == 0
    assert block == pytest.approx(information, rel=0.05, abs=32)


@REPEATABLE
@given(SCHEMES, st.integers(12, 40000), st.integers(12, 40000))
def test_more_elements_carry_more(mcs, one, other):
    few, many = sorted((one, other))
    assert sidelink.transport_block_bits(few, mcs) <= sidelink.transport_block_bits(many, mcs)


@REPEATABLE
@given(st.floats(-10, 30), st.floats(-10, 30), st.integers(24, 30000), st.integers(24, 30000))
def test_errors_fall_with_snr_and_rise_with_bits(one_db, other_db, one, other):
    (low, high), (few, many) = sorted((one_db, other_db)), sorted((one, other))
    assert float(sidelink.block_error_rate(high, few, 6000)) <= float(sidelink.block_error_rate(low, few, 6000)) + 1e-15
    assert float(sidelink.block_error_rate(low, few, 6000)) <= float(sidelink.block_error_rate(low, many, 6000)) + 1e-15


def test_half_of_the_blocks_are_lost_at_capacity():
    """k = n log2(1 + g): at 2 bits per element g is 3, 4.77 dB, above which the loss comes."""
    assert float(sidelink.block_error_rate(10 * np.log10(3.0) + 2.0, 2000, 1000)) == pytest.approx(0.5, abs=1e-9)


def test_higher_schemes_need_more():
    elements, ratios = sidelink.data_elements(Grid()), np.linspace(-12, 30, 421)
    edges = [
        ratios[
            (sidelink.block_error_rate(ratios, sidelink.transport_block_bits(elements, mcs), elements) < 0.1).argmax()
        ]
        for mcs in range(29)
    ]
    # The step from 16 to 17 changes the constellation, not the efficiency.
    assert all(later > earlier or mcs == 16 for mcs, (earlier, later) in enumerate(pairwise(edges)))
    assert edges[0] == pytest.approx(-5.0, abs=1.0)
    assert edges[28] == pytest.approx(18.7, abs=1.0)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: sidelink.check(Grid(4)), "A numerology must be at least 0 and at most 3"),
        (lambda: sidelink.check(Grid(1, 5)), "A number of resource blocks"),
        (lambda: sidelink.data_elements(Grid(1, 10, second_stage_elements=2000)), "no room for data"),
        (lambda: sidelink.scheme(29), "A modulation and coding scheme"),
        (lambda: sidelink.transport_block_bits(1, 0), "Resource elements for data"),
        (lambda: sidelink.block_error_rate(0.0, 0, 10), "Bits of a transport block"),
        (lambda: sidelink.block_error_rate(0.0, 10, 10, -1.0), "An implementation loss"),
    ],
)
def test_outside_the_range_is_refused(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
