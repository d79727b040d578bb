import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.rng import Family, hashed_uniforms, philox_key, philox_words, stream, streams, uniforms

REPEATABLE = settings(deadline=None, derandomize=True)
ONES = 0xFFFFFFFF

# Known answers of Philox 4x32-10, file kat_vectors of Random123 1.14: counter, key, result.
KNOWN_ANSWERS = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((ONES, ONES, ONES, ONES), (ONES, ONES), (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


def words(*values):
    return np.asarray(values, dtype=np.uint64)


@pytest.mark.parametrize(("counter", "key", "result"), KNOWN_ANSWERS)
def test_known_answers(counter, key, result):
    assert philox_words(words(*key), words(*counter)).tolist() == list(result)


def test_known_answers_together():
    counters = words(*[counter for counter, _, _ in KNOWN_ANSWERS])
    for row, (_, key, result) in enumerate(KNOWN_ANSWERS):
        assert philox_words(words(*key), counters)[row].tolist() == list(result)


def test_only_the_low_half_of_key_words_is_used():
    high = np.uint64(1) << np.uint64(32)
    counter = words(1, 2, 3, 4)
    assert philox_words(words(5, 6) + high, counter).tolist() == philox_words(words(5, 6), counter).tolist()


@REPEATABLE
@given(seed=st.integers(0, 2**63 - 1), first=st.integers(0, 10_000), count=st.integers(0, 200))
def test_random_access_is_sequential_access(seed, first, count):
    sequential = stream(seed, "fading", 3, 7).random(first + count)
    assert uniforms(philox_key(seed, "fading", 3, 7), first, count).tolist() == sequential[first:].tolist()


@REPEATABLE
@given(first=st.integers(0, 2**60))
def test_far_draws_overlap_consistently(first):
    key = philox_key(1, "far")
    assert uniforms(key, first, 9)[4:].tolist() == uniforms(key, first + 4, 5).tolist()


@REPEATABLE
@given(seed=st.integers(0, 2**63 - 1), numbers=st.lists(st.integers(-5, 2**40), max_size=4))
def test_a_family_has_the_keys_of_its_members(seed, numbers):
    family = Family(seed, "delivery", "repair", 3)
    for _ in range(2):
        assert family.key(*numbers).tolist() == philox_key(seed, "delivery", "repair", 3, *numbers).tolist()


def test_names_are_independent():
    names = [("a",), ("b",), ("a", 1), ("a", "1"), ("a", 11), ("a", 1, 1), ("1a",), ("a1",), (1, "a")]
    draws = np.asarray([stream(1, *name).random(2000) for name in names])
    assert len({tuple(row[:4]) for row in draws}) == len(names)
    # Correlation of independent uniforms: standard deviation 1 / sqrt(2000); 36 pairs, false alarm 36 * 6e-5.
    correlation = np.corrcoef(draws)[np.triu_indices(len(names), 1)]
    assert np.abs(correlation).max() < 4 / np.sqrt(2000)


def test_seed_and_name_do_not_run_together():
    assert philox_key(1, 2).tolist() != philox_key(12).tolist()
    assert philox_key(1, "2").tolist() != philox_key(1, 2).tolist()


def test_stream_does_not_depend_on_other_streams():
    alone = stream(4, "x").random(5).tolist()
    other = stream(4, "y")
    other.random(1000)
    assert stream(4, "x").random(5).tolist() == alone


def test_numbered_streams_are_the_streams_of_their_names():
    one_by_one = [stream(3, "a", "b", number).integers(10, size=3).tolist() for number in (4, 0, 4, 9)]
    # Three draws of half a word each leave a half behind, which must not reach the next stream.
    assert [each.integers(10, size=3).tolist() for each in streams(3, "a", "b", numbers=(4, 0, 4, 9))] == one_by_one


def test_draws_are_on_the_unit_interval():
    drawn = uniforms(philox_key(9, "u"), 0, 10_000)
    assert drawn.min() >= 0.0
    assert drawn.max() < 1.0
    # Mean of 10,000 uniforms: standard deviation 0.00289; five of them, false alarm 6e-7.
    assert abs(drawn.mean() - 0.5) < 5 * 0.00289


class Extreme:
    """Stands for philox_words: the greatest or the least of words."""

    def __init__(self, word):
        self.word = word

    def __call__(self, key, counters):
        return np.full(counters.shape, self.word, dtype=np.uint64)


@pytest.mark.parametrize("word", [0, ONES])
def test_hashed_uniforms_never_reach_the_ends(word, monkeypatch):
    monkeypatch.setattr("cosim.rng.philox_words", Extreme(word))
    assert 0.0 < hashed_uniforms(words(0, 0), words(0, 0, 0, 0)) < 1.0


def test_hashed_uniforms_are_indexed_by_their_counters():
    key = philox_key(1, "shadowing")
    counters = np.arange(24, dtype=np.uint64).reshape(3, 2, 4)
    table = hashed_uniforms(key, counters)
    assert table.shape == (3, 2)
    assert hashed_uniforms(key, counters[2, 1]) == table[2, 1]
    assert len(set(table.ravel().tolist())) == 6
