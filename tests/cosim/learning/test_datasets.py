import os
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from cosim.learning import datasets
from cosim.learning.datasets import (
    FASHION_MNIST,
    MNIST,
    Blobs,
    Digits,
    FashionMnist,
    Mnist,
    Samples,
    digits_of_scikit_learn,
    divided,
    normalised,
)
from cosim.learning.idx import DIRECTORY, TEST_IMAGES


def check(samples: Samples, shape: tuple[int, ...], counts: tuple[int, int], classes: int) -> None:
    assert samples.features.dtype == samples.test_features.dtype == np.float32
    assert samples.labels.dtype == samples.test_labels.dtype == np.int64
    assert (samples.features.shape, samples.test_features.shape) == ((counts[0], *shape), (counts[1], *shape))
    assert (len(samples.labels), len(samples.test_labels)) == counts
    assert samples.shape == shape
    assert samples.classes == classes
    assert set(samples.labels) == set(range(classes))


def test_digits_are_the_known_images() -> None:
    """1,797 images of 8 x 8 whose classes have these sizes (the test part of the UCI set)."""
    samples = Digits().load()
    check(samples, (1, 8, 8), (1438, 359), 10)
    assert samples.features.min() == 0
    assert samples.features.max() == 1
    both = np.concatenate([samples.labels, samples.test_labels])
    assert np.bincount(both).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_the_file_of_scikit_learn_holds_what_it_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    read = digits_of_scikit_learn()
    monkeypatch.setattr(datasets, "DIGITS", ("elsewhere",))
    for ours, theirs in zip(read, digits_of_scikit_learn(), strict=True):
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)


def test_held_out_samples_are_fixed_disjoint_and_covering() -> None:
    features = np.arange(50, dtype=np.float32)[:, None]
    labels = np.arange(50, dtype=np.int64) % 3
    first, second = (divided(features, labels, 3, 0.3, "numbers") for _ in range(2))
    assert len(first.test_labels) == 15
    np.testing.assert_array_equal(first.test_features, second.test_features)
    together = np.concatenate([first.features, first.test_features])[:, 0]
    np.testing.assert_array_equal(np.sort(together), features[:, 0])
    np.testing.assert_array_equal(first.test_labels, first.test_features[:, 0].astype(int) % 3)
    other = divided(features, labels, 3, 0.3, "letters")
    assert not np.array_equal(first.test_features, other.test_features)


@pytest.mark.parametrize(("fraction", "tested"), [(0.001, 1), (0.999, 9)])
def test_both_sides_get_a_sample(fraction: float, tested: int) -> None:
    samples = divided(np.zeros((10, 1), np.float32), np.zeros(10, np.int64), 1, fraction, "zeros")
    assert (len(samples.labels), len(samples.test_labels)) == (10 - tested, tested)


def test_blobs_have_their_centres_and_their_spread() -> None:
    """Standard error of a mean: 0.5 / sqrt(4000 / 4) = 0.016; of a deviation: 0.5 / sqrt(2 x 40,000) = 0.0018."""
    part = Blobs(classes=4, features=10, samples=5000, spread=0.5, seed=3)
    samples, exact = part.load(), Blobs(classes=4, features=10, samples=5000, spread=0.0, seed=3).load()
    check(samples, (10,), (4000, 1000), 4)
    assert len(np.unique(exact.features, axis=0)) == 4
    noise = samples.features - exact.features
    assert noise.std() == pytest.approx(0.5, abs=0.01)
    for label in range(4):
        assert np.abs(noise[samples.labels == label].mean(0)).max() < 0.1
    assert np.abs(np.bincount(np.concatenate([samples.labels, samples.test_labels])) - 1250).max() == 0


def test_blobs_depend_on_their_seed_only() -> None:
    np.testing.assert_array_equal(Blobs().load().features, Blobs().load().features)
    assert not np.array_equal(Blobs().load().features, Blobs(seed=1).load().features)


@pytest.mark.parametrize("wrong", [{"test_fraction": 0.0}, {"test_fraction": 1.0}, {"samples": 1}, {"spread": -1.0}])
def test_parameters_outside_their_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        Blobs(**wrong)


def test_pixels_are_divided_and_normalised() -> None:
    values = normalised(np.array([[[0, 51], [255, 102]]], np.uint8), 0.2, 0.4)
    assert values.dtype == np.float32
    np.testing.assert_allclose(values, [[[[-0.5, 0.0], [2.0, 0.5]]]], atol=1e-6)


@pytest.mark.parametrize(("part", "archive"), [(Mnist(), MNIST), (FashionMnist(), FASHION_MNIST)])
def test_a_damaged_file_ends_in_one_sentence(
    part: Mnist | FashionMnist, archive: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in archive.digests:
        (tmp_path / file).write_bytes(b"damaged")
    monkeypatch.setenv(DIRECTORY, str(tmp_path))
    with pytest.raises(ValueError, match=f"is not the published file of {archive.folder}") as caught:
        part.load()
    assert "\n" not in str(caught.value)


def data_directory() -> Path | None:
    """The directory in COSIM_DATA, or `shared/data` beside one of the directories above."""
    named = [Path(os.environ[DIRECTORY])] if DIRECTORY in os.environ else []
    above = [folder / "shared" / "data" for folder in Path(__file__).resolve().parents]
    places = (Path(FASHION_MNIST.folder) / TEST_IMAGES, Path(TEST_IMAGES))
    return next((path for path in named + above if any((path / place).is_file() for place in places)), None)


def test_fashion_mnist_is_the_published_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sizes, class counts, mean and deviation of the training pixels as published: 0.2860 and 0.3530."""
    directory = data_directory()
    if directory is None:
        pytest.skip("no Fashion-MNIST files here; name their directory in COSIM_DATA")
    monkeypatch.setenv(DIRECTORY, str(directory))
    samples = FashionMnist().load()
    check(samples, (1, 28, 28), (60_000, 10_000), 10)
    assert set(np.bincount(samples.labels)) == {6000}
    assert set(np.bincount(samples.test_labels)) == {1000}
    assert samples.labels[:8].tolist() == [9, 0, 0, 3, 0, 2, 7, 2]
    assert samples.features.mean(dtype=np.float64) == pytest.approx(0, abs=2e-4)
    assert samples.features.std(dtype=np.float64) == pytest.approx(1, abs=2e-4)
