import numpy as np
import pytest
from pydantic import ValidationError
from scipy import stats

from cosim.scenario import load
from cosim.scenario.loading import ScenarioError
from cosim.sim.antenna import MOST_SIGMAS, AntennaGain, DeviceVariation
from cosim.sim.propagation import bound

GROUPS = {"masts": (0, 1), "phones": (2, 3, 4)}
PEERS = np.arange(5)


def loss_db(part, senders, receivers, seed=1):
    (known,) = bound((part,), GROUPS)
    return known.loss_db(np.ones(len(senders)), senders, receivers, seed)


def test_gains_of_both_ends_add():
    part = AntennaGain(transmit_dbi=8.0, receive_dbi=6.0, groups=["masts"])
    assert loss_db(part, np.array([0, 0, 2, 2]), np.array([1, 2, 0, 3])).tolist() == [-14.0, -8.0, -6.0, 0.0]


def test_without_groups_everybody_has_it():
    assert loss_db(AntennaGain(receive_dbi=-3.0), PEERS, PEERS[::-1]).tolist() == [3.0] * 5


def test_no_gain_is_above_the_bound():
    for part in (AntennaGain(transmit_dbi=8.0, receive_dbi=-6.0, groups=["masts"]), AntennaGain(transmit_dbi=-1.0)):
        (known,) = bound((part,), GROUPS)
        senders, receivers = (side.ravel() for side in np.meshgrid(PEERS, PEERS))
        least = known.least_loss_db(np.ones(25))
        assert (known.loss_db(np.ones(25), senders, receivers, 1) >= least).all()


def test_devices_keep_their_draw_and_make_links_directed():
    part = DeviceVariation(power_sd_db=2.0, sensitivity_sd_db=1.0)
    there, back = (float(loss_db(part, np.array([a]), np.array([b]))[0]) for a, b in ((0, 3), (3, 0)))
    assert there != back
    everybody = part.loss_db(np.ones((5, 5)), PEERS[:, np.newaxis], PEERS, 1)
    assert everybody[0, 3] == there
    # A sender's surplus is the same for all who hear it.
    assert np.allclose(np.diff(everybody, axis=0), np.diff(everybody, axis=0)[:, :1])
    assert not np.array_equal(everybody, part.loss_db(np.ones((5, 5)), PEERS[:, np.newaxis], PEERS, 2))


@pytest.mark.statistical
def test_devices_differ_normally():
    """Kolmogorov-Smirnov over 20,000 peers for each role: a right implementation fails for one seed in 10,000."""
    peers = np.arange(20_000)
    power = -DeviceVariation(power_sd_db=3.0).loss_db(1.0, peers, 0, 5)
    noise = DeviceVariation(sensitivity_sd_db=2.0).loss_db(1.0, 0, peers, 5)
    assert stats.kstest(power, stats.norm(scale=3.0).cdf).pvalue > 1e-4
    assert stats.kstest(noise, stats.norm(scale=2.0).cdf).pvalue > 1e-4
    assert abs(np.corrcoef(power, noise)[0, 1]) < 4.5 / np.sqrt(len(peers))


def test_devices_have_a_bound():
    part = DeviceVariation(power_sd_db=2.0, sensitivity_sd_db=1.0)
    assert part.least_loss_db(np.ones(3)).tolist() == [-3.0 * MOST_SIGMAS] * 3


def test_a_group_that_is_not_there_is_refused():
    sections = {
        "name": "x", "rounds": {"count": 1}, "peers": {"phones": {"count": 2}}, "algorithm": {"kind": "local_sgd"},
        "propagation": [{"kind": "free_space", "frequency_hz": 5e9}, {"kind": "antenna_gain", "groups": ["phone"]}],
    }  # fmt: skip
    with pytest.raises(ScenarioError, match="no group 'phone'"):
        load(sections)


def test_parameters_outside_their_range_are_refused():
    for make in (lambda: AntennaGain(transmit_dbi=99.0), lambda: DeviceVariation(power_sd_db=-1.0)):
        with pytest.raises(ValidationError):
            make()
