import numpy as np
import pytest

from cosim.wire.dense import Dense

SIZES = (3, 2)
ALL = np.arange(5)


@pytest.mark.parametrize("precision_bits", [16, 32, 64])
def test_a_model_comes_back_bit_exactly_and_has_the_stated_length(precision_bits: int) -> None:
    octets = np.random.Generator(np.random.Philox(1)).bytes(5 * precision_bits // 8)
    values = np.frombuffer(octets, f"f{precision_bits // 8}")
    message = Dense().encode(values, ALL, SIZES)
    assert 8 * len(message) == Dense().bits(SIZES, precision_bits) == 5 * precision_bits
    assert len(message) == Dense().encoded_bytes(SIZES, precision_bits)
    back, indices = Dense().decode(message, SIZES)
    assert back.dtype == values.dtype
    assert back.tobytes() == octets
    np.testing.assert_array_equal(indices, ALL)


def test_nan_payloads_infinities_and_minus_zero_survive() -> None:
    values = np.array([0x7FC01234, 0xFF800001, 0x7F800000, 0x80000000, 1], np.uint32).view(np.float32)
    back, _ = Dense().decode(Dense().encode(values, ALL, SIZES), SIZES)
    np.testing.assert_array_equal(back.view(np.uint32), values.view(np.uint32))


def test_everything_is_selected_kept_and_unchanged() -> None:
    values = np.array([3.0, -1.0, 0.0, 2.0, 1e-30])
    assert Dense().kept(SIZES) == SIZES
    np.testing.assert_array_equal(Dense().select(values, SIZES), ALL)
    assert Dense().dequantised(values) is values


def test_a_part_of_a_model_is_refused() -> None:
    with pytest.raises(ValueError, match="all 5 entries"):
        Dense().encode(np.zeros(4), ALL[:4], SIZES)
    with pytest.raises(ValueError, match="no dense message of 5 entries"):
        Dense().decode(bytes(21), SIZES)
