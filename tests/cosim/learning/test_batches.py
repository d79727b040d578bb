import numpy as np
import pytest
from scipy.stats import chi2

from cosim.learning.batches import Batches

SHARES = [np.arange(10, 20), np.array([3]), np.array([], dtype=np.int64), np.arange(40, 140, 2)]


def batches(size: int = 6, seed: int = 1) -> Batches:
    return Batches(SHARES, size, seed)


def test_a_batch_holds_samples_of_its_peer() -> None:
    chosen = batches().indices(np.array([0, 3, 1, 0]), np.array([5, 5, 0, 6]))
    assert chosen.shape == (4, 6)
    assert chosen.dtype == np.int64
    for row, peer in zip(chosen, (0, 3, 1, 0), strict=True):
        assert np.isin(row, SHARES[peer]).all()
    assert (chosen[2] == 3).all()
    assert (chosen[0] != chosen[3]).any()


def test_a_batch_is_a_function_of_seed_peer_and_step_alone() -> None:
    """Neither other peers, nor other steps, nor the order in which they are asked for matter."""
    steps = np.arange(50)
    whole = batches().indices(np.full(50, 3), steps)
    backwards = batches().indices(np.full(50, 3), steps[::-1])[::-1]
    one_by_one = np.concatenate([batches().indices(np.array([3]), steps[i : i + 1]) for i in range(50)])
    among_others = batches().indices(np.array([0, 3, 0] * 50), np.repeat(steps, 3))[1::3]
    np.testing.assert_array_equal(whole, backwards)
    np.testing.assert_array_equal(whole, one_by_one)
    np.testing.assert_array_equal(whole, among_others)
    assert (batches(seed=2).indices(np.full(50, 3), steps) != whole).any()


def test_the_shares_of_others_do_not_matter() -> None:
    other = Batches([np.arange(7), SHARES[1], SHARES[3], SHARES[3]], 6, 1)
    np.testing.assert_array_equal(
        other.indices(np.array([3]), np.array([9])), batches().indices(np.array([3]), np.array([9]))
    )


def test_a_longer_batch_begins_like_a_shorter_one() -> None:
    peers, steps = np.array([0, 3]), np.array([4, 4])
    np.testing.assert_array_equal(batches(9).indices(peers, steps)[:, :6], batches(6).indices(peers, steps))


@pytest.mark.statistical
def test_samples_are_drawn_uniformly() -> None:
    """Chi-squared test of 60,000 draws from 50 samples; the seed is fixed, so the alarm rate is that of choosing it."""
    steps = np.arange(10_000)
    chosen = batches().indices(np.full(len(steps), 3), steps).reshape(-1)
    counts = np.bincount((chosen - 40) // 2, minlength=50)
    statistic = ((counts - len(chosen) / 50) ** 2 / (len(chosen) / 50)).sum()
    assert chi2.ppf(1e-4, 49) < statistic < chi2.ppf(1 - 1e-4, 49)


def test_a_peer_without_samples_is_refused_with_a_sentence() -> None:
    with pytest.raises(ValueError, match=r"peers \[2\] have no training samples: give samples_per_peer"):
        batches().indices(np.array([0, 2, 2]), np.array([0, 0, 1]))
