import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from cosim.wire.bits import bytes_needed, index_width
from cosim.wire.sparse import TopK, author_bytes, author_dense_bytes, kept_entries, largest

SETTINGS = settings(deadline=None, derandomize=True, max_examples=80)
SIZES = st.lists(st.integers(1, 70), min_size=1, max_size=5).map(tuple)
FRACTIONS = st.floats(0.001, 1.0)
CODECS = st.builds(
    TopK,
    fraction=FRACTIONS,
    scope=st.sampled_from(["layer", "global"]),
    value_bits=st.sampled_from([64, 32, 16]),
    index=st.sampled_from(["raw", "bitmap", "cheapest"]),
)


def words(count: int, seed: int) -> np.ndarray:
    """Random bit patterns as float32: NaNs with payloads, infinities and subnormal numbers among them."""
    patterns = np.random.Generator(np.random.Philox(seed)).integers(0, 2**32, count, dtype=np.uint32)
    special = np.array([0x7FC01234, 0xFF800001, 0x7F800000, 0x80000000, 1], np.uint32)
    patterns[: min(count, 5)] = special[:count]
    return patterns.view(np.float32)


# --- written by hand ---------------------------------------------------------------------------------------------


def test_two_of_four_with_raw_indices() -> None:
    """Values 1 and -2 at 1 and 3: two words of two bits, 01 11, and four filling bits."""
    codec = TopK(fraction=0.5, index="raw")
    message = codec.encode(np.array([1.0, -2.0], np.float32), np.array([1, 3]), (4,))
    assert message.hex() == "3f800000" + "c0000000" + "70"
    assert codec.bits((4,)) == 68
    assert codec.encoded_bytes((4,)) == 9


def test_two_of_four_with_a_bitmap() -> None:
    message = TopK(fraction=0.5, index="bitmap").encode(np.array([1.0, -2.0], np.float32), np.array([1, 3]), (4,))
    assert message.hex() == "3f800000" + "c0000000" + "50"


def test_blocks_follow_each_other_without_filling() -> None:
    """01 11 | 000 010 101 111 with half-precision values 1, then five zeros."""
    codec = TopK(fraction=0.5, value_bits=16, index="raw")
    values = np.array([1.0, 0, 0, 0, 0, 0], np.float32)
    message = codec.encode(values, np.array([1, 3, 4, 6, 9, 11]), (4, 8))
    assert message.hex() == "3c00" + "0000" * 5 + "70af"


def test_a_tensor_of_one_entry_needs_no_index() -> None:
    assert TopK(fraction=0.01).bits((1,)) == 32
    assert TopK(fraction=0.01).encode(np.array([7.0], np.float32), np.array([0]), (1,)).hex() == "40e00000"


def test_the_cheaper_form_is_chosen_in_each_block() -> None:
    """k w against n: 2 of 1000 are 20 bits against 1000, 500 of 1000 are 5000 against 1000, equal at 2 of 4."""
    codec = TopK(fraction=0.5)
    assert not TopK(fraction=0.002).uses_bitmap(1000, 2)
    assert codec.uses_bitmap(1000, 500)
    assert not codec.uses_bitmap(4, 2)
    assert codec.bits((1000, 4)) == 32 * 502 + 1000 + 4


def test_global_scope_has_one_block() -> None:
    codec = TopK(fraction=0.1, scope="global", index="raw")
    assert codec.kept((30, 70)) == (10,)
    assert codec.bits((30, 70)) == 10 * (32 + 7)


@pytest.mark.parametrize(
    ("entries", "fraction", "kept"),
    [
        (100, 0.29, 29),  # 0.29 * 100 = 28.999999999999996 in doubles
        (30, 1 - 0.9, 3),  # 2.9999999999999996
        (30, 1 / 3, 10),
        (30, 0.1, 3),
        (10, 0.19, 1),
        (7, 0.01, 1),
        (1, 1.0, 1),
        (36864, 0.01, 368),
        (2359296, 0.001, 2359),
        (10**9, 1.0, 10**9),
    ],
)
def test_kept_entries_follow_the_decimal_product(entries: int, fraction: float, kept: int) -> None:
    assert kept_entries(entries, fraction) == kept


def test_kept_entries_agree_with_exact_arithmetic_in_thousandths() -> None:
    wrong = [
        (n, m) for n in range(1, 400) for m in range(1, 1001) if kept_entries(n, m / 1000) != max(1, n * m // 1000)
    ]
    assert wrong == []


# --- P23: the accounting of the authors --------------------------------------------------------------------------


def resnet20_sizes() -> tuple[int, ...]:
    """Tensors of ResNet-20 for CIFAR-10 with batch normalisation and option A: He et al. 2016, section 4.2."""
    sizes, channels = [27 * 16, 16, 16], 16
    for width in (16, 32, 64):
        for _ in range(3):
            sizes += [9 * channels * width, width, width, 9 * width * width, width, width]
            channels = width
    return (*sizes, 640, 10)


def test_author_accounting_of_vgg11_at_one_percent() -> None:
    """32 bits against 48 for each of one in a hundred: 66.67, and 466.7 with the factor 7 (hypothesis H1)."""
    ratio = author_dense_bytes(9_231_114) / author_bytes(92_311)
    assert ratio == pytest.approx(66.67, abs=0.005)
    assert 7 * ratio == pytest.approx(466.7, abs=0.05)


def test_author_accounting_of_resnet20_at_one_percent() -> None:
    """463.3 for 269,722 parameters, at least one entry of each tensor, 48 bits an entry."""
    sizes = resnet20_sizes()
    kept = sum(TopK(fraction=0.01).kept(sizes))
    assert sum(sizes) == 269_722
    assert 7 * 32 * sum(sizes) / (48 * kept) == pytest.approx(463.3, abs=0.05)
    assert author_bytes(kept) == 6 * kept + 3
    assert max(index_width(size) for size in sizes) == 16


def test_a_real_index_of_vgg11_is_wider_than_the_authors_count() -> None:
    """The largest tensor, 512 x 512 x 3 x 3, needs 22 bits: 32 / (54 x 0.01) = 59.3."""
    entries = 512 * 512 * 9
    codec = TopK(fraction=0.01, index="raw")
    assert 32 * entries / codec.bits((entries,)) == pytest.approx(59.3, abs=0.05)


# --- for all messages --------------------------------------------------------------------------------------------


@SETTINGS
@given(CODECS, SIZES, st.integers(0, 2**32))
def test_messages_come_back_and_have_the_stated_length(codec: TopK, sizes: tuple[int, ...], seed: int) -> None:
    vector = words(sum(sizes), seed)
    indices = codec.select(vector, sizes)
    values = codec.dequantised(vector[indices])
    message = codec.encode(values, indices, sizes)
    assert len(message) == codec.encoded_bytes(sizes) == bytes_needed(codec.bits(sizes))
    back, places = codec.decode(message, sizes)
    np.testing.assert_array_equal(places, indices)
    if codec.value_bits == 32:
        np.testing.assert_array_equal(back.view(np.uint32), values.view(np.uint32))
    elif codec.value_bits == 64:
        np.testing.assert_array_equal(back.view(np.uint64), values.astype(np.float64).view(np.uint64))
    assert codec.encode(back, places, sizes) == message


@SETTINGS
@given(SIZES, FRACTIONS, st.sampled_from(["raw", "bitmap", "cheapest"]))
def test_bits_are_values_plus_places(sizes: tuple[int, ...], fraction: float, index: str) -> None:
    codec = TopK(fraction=fraction, index=index)
    raw = [k * (n - 1).bit_length() for n, k in zip(sizes, codec.kept(sizes), strict=True)]
    places = {"raw": raw, "bitmap": list(sizes), "cheapest": list(map(min, raw, sizes))}[index]
    assert codec.bits(sizes) == 32 * sum(codec.kept(sizes)) + sum(places)


def test_no_bit_of_the_stream_is_idle() -> None:
    """Turning any bit changes what is decoded, or makes it no message at all."""
    codec = TopK(fraction=0.3, index="raw")
    sizes = (10, 1, 17)
    vector = np.linspace(-1, 1, 28, dtype=np.float32)
    indices = codec.select(vector, sizes)
    message = bytearray(codec.encode(vector[indices], indices, sizes))
    decoded = codec.decode(bytes(message), sizes)
    for bit in range(codec.bits(sizes)):
        turned = bytearray(message)
        turned[bit // 8] ^= 0x80 >> bit % 8
        try:
            values, places = codec.decode(bytes(turned), sizes)
        except ValueError:
            continue
        assert values.tobytes() != decoded[0].tobytes() or places.tolist() != decoded[1].tolist()


def test_half_precision_survives_with_every_bit() -> None:
    """All 65,536 patterns, NaN payloads included, given as float16."""
    values = np.arange(2**16, dtype=np.uint16).view(np.float16)
    codec = TopK(fraction=1.0, value_bits=16)
    message = codec.encode(values, np.arange(2**16), (2**16,))
    assert message[: 2**17] == values.astype(">f2").tobytes()
    back, _ = codec.decode(message, (2**16,))
    assert back.dtype == np.float32
    np.testing.assert_array_equal(back, values.astype(np.float32))


@SETTINGS
@given(st.lists(st.floats(width=32), min_size=1, max_size=50))
def test_both_ends_keep_the_dequantised_values(numbers: list[float]) -> None:
    codec = TopK(fraction=1.0, value_bits=16)
    vector = np.array(numbers, np.float32)
    kept = codec.dequantised(vector)
    back, _ = codec.decode(codec.encode(vector, np.arange(len(vector)), (len(vector),)), (len(vector),))
    np.testing.assert_array_equal(back, kept)
    np.testing.assert_array_equal(np.signbit(back), np.signbit(kept))
    np.testing.assert_array_equal(codec.dequantised(kept), kept)


# --- selection: P5, P6, P17 --------------------------------------------------------------------------------------


@SETTINGS
@given(SIZES, FRACTIONS, st.sampled_from(["layer", "global"]), st.integers(0, 1000))
def test_error_identity(sizes: tuple[int, ...], fraction: float, scope: str, seed: int) -> None:
    """P5: the message copies the selected entries, the memory is zero there and copies all others."""
    codec = TopK(fraction=fraction, scope=scope)
    vector = np.random.Generator(np.random.Philox(seed)).standard_normal(sum(sizes)).astype(np.float32)
    indices = codec.select(vector, sizes)
    message = np.zeros_like(vector)
    message[indices] = codec.dequantised(vector[indices])
    memory = vector - message
    assert (memory[indices] == 0).all()
    assert np.count_nonzero(memory) == sum(sizes) - sum(codec.kept(sizes))
    np.testing.assert_array_equal(memory + message, vector)


@SETTINGS
@given(SIZES, FRACTIONS, st.sampled_from(["layer", "global"]), st.integers(0, 1000))
def test_contraction(sizes: tuple[int, ...], fraction: float, scope: str, seed: int) -> None:
    """P6: what is left has at most 1 - min k/n of the squared norm; exactly that for a constant vector."""
    codec = TopK(fraction=fraction, scope=scope, value_bits=64)
    vector = np.random.Generator(np.random.Philox(seed)).standard_normal(sum(sizes))
    share = min(k / n for k, n in zip(codec.kept(sizes), codec.blocks(sizes), strict=True))
    left = vector.copy()
    left[codec.select(vector, sizes)] = 0
    assert left @ left <= (1 - share) * (vector @ vector) * (1 + 1e-12)
    constant = np.full(sizes[0], -3.0)
    constant[largest(constant, codec.kept(sizes[:1])[0])] = 0
    assert np.count_nonzero(constant) == sizes[0] - codec.kept(sizes[:1])[0]


@SETTINGS
@given(st.lists(st.integers(-3, 3), min_size=1, max_size=40), st.data())
def test_ties_go_to_the_lower_index(numbers: list[int], data: st.DataObject) -> None:
    """P17, against a stable sort by decreasing magnitude."""
    vector = np.array(numbers, np.float64)
    kept = data.draw(st.integers(1, len(numbers)))
    expected = np.sort(np.argsort(-np.abs(vector), kind="stable")[:kept])
    np.testing.assert_array_equal(largest(vector, kept), expected)


def test_a_nan_is_never_hidden() -> None:
    np.testing.assert_array_equal(largest(np.array([1.0, 5.0, np.nan, 4.0]), 2), [1, 2])


# --- refusals ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("indices", [[3, 1], [1, 1], [1, 4], [-1, 2]])
@pytest.mark.parametrize("index", ["raw", "bitmap"])
def test_places_that_do_not_ascend_within_the_block_are_refused(indices: list[int], index: str) -> None:
    with pytest.raises(ValueError, match="ascend within a block of 4"):
        TopK(fraction=0.5, index=index).encode(np.zeros(2, np.float32), np.array(indices), (4,))


def test_a_wrong_number_of_entries_is_refused() -> None:
    with pytest.raises(ValueError, match="holds 2 entries, not 3 at 3"):
        TopK(fraction=0.5).encode(np.zeros(3, np.float32), np.array([0, 1, 2]), (4,))


@pytest.mark.parametrize(
    ("index", "tail", "sentence"), [("bitmap", "70", "names 3"), ("raw", "50", "ascend"), ("raw", "7000", "2 bytes")]
)
def test_a_damaged_message_is_refused(index: str, tail: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        TopK(fraction=0.5, index=index).decode(bytes(8) + bytes.fromhex(tail), (4,))


@pytest.mark.parametrize(
    "wrong", [{"fraction": 0.0}, {"fraction": 1.5}, {"value_bits": 8}, {"scope": "tensor"}, {"index": "golomb"}]
)
def test_parameters_outside_their_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TopK(**{"fraction": 0.1, **wrong})
