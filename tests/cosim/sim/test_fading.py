import math

import numpy as np
import pytest
from pydantic import ValidationError
from scipy import stats

from cosim.sim import fading as module
from cosim.sim.fading import FadingLinks, NakagamiFading, RayleighFading, RicianFading
from radio_models.fading import autocorrelation
from radio_models.propagation import SPEED_OF_LIGHT_M_PER_S

CARRIER_HZ = SPEED_OF_LIGHT_M_PER_S  # one metre per second is one hertz
RAYLEIGH = RayleighFading(frequency_hz=CARRIER_HZ)


def links(part=RAYLEIGH, speeds=(10.0, 0.0, 7.0, 0.0), seed=1):
    return FadingLinks(part, np.asarray(speeds), seed)


def ids(*peers):
    return np.asarray(peers, dtype=np.int64)


def test_blocks_are_half_a_coherence_time_of_both_ends():
    assert links().block_s(0, ids(1, 2)).tolist() == pytest.approx([0.5 * 0.0423, 0.5 * 0.423 / math.hypot(10, 7)])
    assert links().block_s(1, ids(3)).tolist() == [math.inf]
    other = links(RayleighFading(frequency_hz=CARRIER_HZ, speed_m_per_s=2.0, block_share=0.1))
    assert other.block_s(1, ids(3)).tolist() == pytest.approx([0.1 * 0.423 / math.hypot(2, 2)])


def test_a_gain_lasts_as_long_as_its_block():
    block_s = float(links().block_s(0, ids(1))[0])
    times_s = block_s * np.array([5.0, 5.4, 5.99, 6.01, 6.5])
    fade_db = links().fade_db(0, ids(1), times_s)[:, 0]
    assert fade_db[0] == fade_db[1] == fade_db[2] != fade_db[3] == fade_db[4]


def test_who_stands_still_has_one_block_for_ever():
    fade_db = links().fade_db(1, ids(3), np.array([0.0, 1.0, 1e9]))[:, 0]
    assert len(set(fade_db.tolist())) == 1
    assert fade_db[0] != 0.0


def test_a_gain_is_a_pure_function_of_seed_link_and_time():
    everybody = links(speeds=[10.0, 0.0, 7.0, 10.0, 3.0])
    times_s = np.linspace(0.0, 2.0, 300)
    together = everybody.fade_db(3, ids(0, 1, 2, 4), times_s)
    alone = links(speeds=[10.0, 0.0, 7.0, 10.0, 3.0]).fade_db(3, ids(2), times_s[100:101])
    assert together[100, 2] == alone[0, 0]
    assert not np.array_equal(
        together, links(speeds=[10.0, 0.0, 7.0, 10.0, 3.0], seed=2).fade_db(3, ids(0, 1, 2, 4), times_s)
    )


def test_forgetting_waves_changes_nothing(monkeypatch):
    known = links(speeds=np.full(9, 2.0))
    first = known.fade_db(0, ids(1, 2, 3, 4), np.array([0.3]))
    monkeypatch.setattr(module, "MOST_LINKS", 4)
    known.fade_db(5, ids(6, 7, 8), np.array([0.3]))
    assert np.array_equal(known.fade_db(0, ids(1, 2, 3, 4), np.array([0.3])), first)


@pytest.mark.parametrize("reciprocal", [True, False])
def test_both_directions_fade_alike_or_apart(reciprocal):
    part = RicianFading(frequency_hz=CARRIER_HZ, k_db=3.0, reciprocal=reciprocal)
    times_s = np.linspace(0.0, 1.0, 50)
    there, back = links(part).fade_db(0, ids(2), times_s), links(part).fade_db(2, ids(0), times_s)
    assert np.array_equal(there, back) == reciprocal


LAWS = [
    (RAYLEIGH, stats.expon()),
    (RicianFading(frequency_hz=CARRIER_HZ, k_db=6.0), stats.ncx2(2, 2 * 10**0.6, scale=0.5 / (1 + 10**0.6))),
    (NakagamiFading(frequency_hz=CARRIER_HZ, m=0.5), stats.gamma(0.5, scale=2.0)),
    (NakagamiFading(frequency_hz=CARRIER_HZ, m=2.5), stats.gamma(2.5, scale=0.4)),
]


@pytest.mark.statistical
@pytest.mark.parametrize(("part", "law"), LAWS)
def test_gains_of_many_links_have_mean_1_and_their_law(part, law):
    """6,000 links: the mean to 5 standard errors (6 in 10 million), Kolmogorov-Smirnov at 1 in 10,000."""
    peers = 6001
    gain = 10 ** (links(part, np.full(peers, 3.0)).fade_db(0, np.arange(1, peers), np.array([7.7]))[0] / 10)
    assert abs(gain.mean() - 1.0) < 5 * law.std() / math.sqrt(len(gain))
    assert gain.var() == pytest.approx(law.var(), rel=0.25)
    assert stats.kstest(gain, law.cdf).pvalue > 1e-4


@pytest.mark.statistical
def test_successive_blocks_are_correlated_as_clarke_says():
    """Correlation of powers, J0^2, over 4,000 links from block to block: each lag to 5 standard errors (0.08)."""
    peers = 4001
    many = links(speeds=np.array([10.0, *[0.0] * (peers - 1)]))
    block_s = float(many.block_s(0, ids(1))[0])
    gain = 10 ** (many.fade_db(0, np.arange(1, peers), (np.arange(5) + 0.5) * block_s) / 10)
    for lag in range(1, 5):
        found = np.corrcoef(gain[0], gain[lag])[0, 1]
        assert found == pytest.approx(float(autocorrelation(10.0, 0.0, lag * block_s)) ** 2, abs=0.08)


def test_parameters_outside_their_range_are_refused():
    for make in (
        lambda: RayleighFading(frequency_hz=0.0),
        lambda: RayleighFading(frequency_hz=1e9, block_share=0.0),
        lambda: NakagamiFading(frequency_hz=1e9, m=0.4),
        lambda: RicianFading(frequency_hz=1e9, k_db=math.inf),
    ):
        with pytest.raises(ValidationError):
            make()
