import numpy as np
import pytest
from pydantic import ValidationError
from scipy import stats

from cosim.sim.propagation import FreeSpace, LogDistance, LogNormalShadowing, total_loss_db

NS3 = LogDistance(exponent=3.0, reference_loss_db=46.6777)
SHADOWING = LogNormalShadowing(sigma_db=3.0)
ONE_WAY = LogNormalShadowing(sigma_db=3.0, reciprocal=False)


def _links(peers):
    return tuple(side.ravel() for side in np.triu_indices(peers, k=1))


def test_free_space_at_the_carrier():
    assert float(FreeSpace(frequency_hz=2.4e9).loss_db(100.0, 0, 1, 1)) == pytest.approx(80.05200806, abs=1e-8)


def test_log_distance_at_the_range_of_ns3():
    # ns-3.37: 5.98 m, 16.0206 dBm sent, -53.9581355 dBm received.
    assert 16.0206 - float(NS3.loss_db(5.98, 0, 1, 1)) == pytest.approx(-53.9581355, abs=1e-6)
    assert NS3.loss_db(0.0, 0, 1, 1) == 46.6777


@pytest.mark.parametrize("loss", [FreeSpace(frequency_hz=5.2e9), NS3])
def test_path_loss_knows_neither_peers_nor_seed(loss):
    distance_m = np.array([1.0, 10.0, 100.0])
    first = loss.loss_db(distance_m, 0, np.array([1, 2, 3]), 1)
    assert np.array_equal(first, loss.loss_db(distance_m, 9, np.array([7, 7, 7]), 2))
    assert (np.diff(first) > 0).all()


def test_shadowing_is_the_same_both_ways():
    senders, receivers = _links(20)
    there = SHADOWING.loss_db(1.0, senders, receivers, 5)
    assert np.array_equal(there, SHADOWING.loss_db(1.0, receivers, senders, 5))
    assert len(np.unique(there)) == len(senders)


def test_one_way_shadowing_is_not():
    senders, receivers = _links(20)
    there, back = ONE_WAY.loss_db(1.0, senders, receivers, 5), ONE_WAY.loss_db(1.0, receivers, senders, 5)
    both_ways = SHADOWING.loss_db(1.0, senders, receivers, 5)
    assert len(np.unique(np.concatenate((there, back, both_ways)))) == 3 * len(senders)


def test_a_link_keeps_its_draw_whoever_else_is_asked_about():
    senders, receivers = _links(30)
    together = SHADOWING.loss_db(np.ones(len(senders)), senders, receivers, 5)
    alone = [float(SHADOWING.loss_db(7.0, int(a), int(b), 5)) for a, b in zip(senders, receivers, strict=True)]
    assert together.tolist() == alone


def test_sigma_scales_a_draw_and_0_removes_it():
    senders, receivers = _links(5)
    double = LogNormalShadowing(sigma_db=6.0).loss_db(1.0, senders, receivers, 5)
    assert np.allclose(double, 2 * SHADOWING.loss_db(1.0, senders, receivers, 5), rtol=1e-15)
    assert not LogNormalShadowing(sigma_db=0.0).loss_db(1.0, senders, receivers, 5).any()


@pytest.mark.statistical
@pytest.mark.parametrize("shadowing", [SHADOWING, ONE_WAY])
def test_shadowing_is_normal(shadowing):
    """Kolmogorov-Smirnov over 19,900 links: a right implementation fails for one seed in 10,000."""
    senders, receivers = _links(200)
    draws = shadowing.loss_db(1.0, senders, receivers, 11)
    assert stats.kstest(draws, stats.norm(scale=3.0).cdf).pvalue > 1e-4


@pytest.mark.statistical
def test_directions_and_seeds_are_independent():
    """Two sample correlations over 19,900 links, each beyond 4.5 standard errors for 7 seeds in a million."""
    senders, receivers = _links(200)
    there, back = ONE_WAY.loss_db(1.0, senders, receivers, 11), ONE_WAY.loss_db(1.0, receivers, senders, 11)
    elsewhere = ONE_WAY.loss_db(1.0, senders, receivers, 12)
    for other in (back, elsewhere):
        assert abs(np.corrcoef(there, other)[0, 1]) < 4.5 / np.sqrt(len(senders))


def test_arguments_broadcast():
    loss_db = SHADOWING.loss_db(np.ones((4, 1)), np.arange(4)[:, None], np.arange(5)[None, :], 3)
    assert loss_db.shape == (4, 5)
    assert loss_db[1, 2] == loss_db[2, 1]
    assert loss_db[1, 2] == SHADOWING.loss_db(1.0, 2, 1, 3)


def test_losses_of_a_chain_add():
    senders, receivers = _links(4)
    distance_m = np.linspace(1.0, 50.0, len(senders))
    parts = (NS3, SHADOWING)
    apart = [part.loss_db(distance_m, senders, receivers, 3) for part in parts]
    assert np.array_equal(total_loss_db(parts, distance_m, senders, receivers, 3), apart[0] + apart[1])


def test_an_empty_chain_loses_nothing():
    assert total_loss_db((), np.ones(3), 0, 1, 3).tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    "make",
    [
        lambda: FreeSpace(frequency_hz=0.0),
        lambda: LogDistance(exponent=0.0, reference_loss_db=40.0),
        lambda: LogDistance(exponent=3.0, reference_loss_db=-1.0),
        lambda: LogDistance(exponent=3.0, reference_loss_db=40.0, reference_m=0.0),
        lambda: LogNormalShadowing(sigma_db=-1.0),
    ],
)
def test_parameters_outside_their_range_are_refused(make):
    with pytest.raises(ValidationError, match="greater than"):
        make()
