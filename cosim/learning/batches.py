"""Mini-batches without state: a pure function of (learning seed, peer, step).

Samples are drawn uniformly with replacement from the peer's share, the sampling that the analysis of
SGD assumes; there are no epochs. A peer's batches depend neither on other peers nor on how often or in
what order steps are executed.
"""

import numpy as np
from numpy.typing import NDArray

from cosim.rng import philox_key, philox_words


class Batches:
    """Sample numbers of mini-batches, for many peers at once."""

    def __init__(self, shares: list[NDArray[np.int64]], batch_size: int, seed: int) -> None:
        """Prepare.

        Args:
            shares: indices into the training set, per peer; peers with none cannot train.
            batch_size: samples of a batch.
            seed: the learning seed.
        """
        self._counts = np.asarray([len(share) for share in shares], dtype=np.uint64)
        self._first = np.concatenate([[0], np.cumsum(self._counts)[:-1]]).astype(np.int64)
        self._samples = np.concatenate(shares)
        self._batch_size = batch_size
        self._blocks = np.arange(-(-batch_size // 4), dtype=np.uint64)
        self._key = philox_key(seed, "batch")

    def indices(self, peers: NDArray[np.int64], steps: NDArray[np.int64]) -> NDArray[np.int64]:
        """Sample numbers, shape (len(peers), batch size).

        Each 32-bit word w picks entry floor(w n / 2^32) of a share of n samples; no entry's probability
        is off by more than n / 2^32 relative.

        Raises:
            ValueError: a peer has no samples.
        """
        if not self._counts[peers].all():
            empty = sorted(set(peers[self._counts[peers] == 0].tolist()))
            raise ValueError(f"peers {empty} have no training samples: give samples_per_peer, or fewer peers")
        counters = np.zeros((len(peers), len(self._blocks), 4), dtype=np.uint64)
        counters[..., 0] = peers[:, None]
        counters[..., 1] = steps[:, None]
        counters[..., 2] = self._blocks
        words = philox_words(self._key, counters).reshape(len(peers), -1)[:, : self._batch_size]
        chosen = (words * self._counts[peers][:, None]) >> np.uint64(32)
        return self._samples[self._first[peers][:, None] + chosen.astype(np.int64)]
