import numpy as np

from cosim.sim.budget import Reach
from cosim.sim.coverage import Coverage
from cosim.sim.luck import LinkLuck
from cosim.sim.wifi import Wifi80211a

REACH = Reach((3, 1, 4), [20.0, 3.0, 30.0], [10.0, 90.0, 5.0], [True, False, True])


def coverage():
    return Coverage(2, 2, 8 * 4000, REACH, Wifi80211a(), LinkLuck(1, "delivery"))


def test_whom_messages_cover():
    covered = coverage()
    assert covered.everybody.tolist() == [2, 3, 1, 4]
    assert covered.noticed == {3, 4}
    assert (covered.frames.count, covered.frame_bytes) == (3, 1472)
    assert covered.lost[:, 1].tolist() == [1.0, 1.0]


def test_draws_are_those_of_the_links_however_many_are_made_at_once():
    ahead, luck = coverage(), LinkLuck(1, "delivery")
    for message in (0, 1, 2, 7, 3):
        expected = np.stack([luck.draws(2, hearer, message, 3) for hearer in (3, 1, 4)])
        assert np.array_equal(ahead.draws(message, 3), expected)
    assert np.array_equal(ahead.draws(3, 2), expected[:2])
