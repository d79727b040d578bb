import numpy as np
import pytest

from cosim.sim.company import Met, circles, left_by_hidden, rivalry, shares_beside
from radio_models.air_share import air_shares


class Sender:
    def __init__(self, sender, noticed):
        self.sender = sender
        self.noticed = frozenset(noticed)


def on_a_line(count, reach):
    return [Sender(i, [j for j in range(count) if 0 < abs(i - j) <= reach]) for i in range(count)]


def met(stations, busy, sender, frame_s=1.0, pause_s=0.0):
    """All stations but the sender, active all the time."""
    rivals = rivalry(stations)
    others = [i for i in range(len(stations)) if i != sender]
    count = len(others)
    same = np.ones(count)
    return Met(
        0.0 * same, 10.0 * same, np.array(busy)[others], np.array(busy)[others], frame_s * same, pause_s * same,
        np.where(rivals[sender, others] > 0.0, 0.1, -1.0), rivals[np.ix_(others, others)],
    )  # fmt: skip


def test_whoever_notices_the_other_is_its_rival():
    assert rivalry([Sender(0, []), Sender(1, [0]), Sender(2, [])]).tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize("reach", [1, 2])
@pytest.mark.parametrize("weight", [0.5, 5.0])
def test_on_a_line_the_nearest_hidden_station_sends_as_the_hard_core_process_says(reach, weight):
    """P(k on | s on) from the sums over independent sets: the share of k where s and all its rivals are absent."""
    stations, sender, hidden = on_a_line(9, reach), 0, reach + 1
    masks = [sum(1 << j for j in station.noticed) for station in stations]
    shares = air_shares(masks, [weight] * 9)
    given = air_shares(masks, [0.0 if i == 0 or i <= reach else weight for i in range(9)])
    company = met(stations, shares, sender)
    (places,) = np.nonzero(company.meets < 0.0)
    assert shares_beside(company, places)[0] == pytest.approx(given[hidden], rel=0.02)
    assert given[hidden] > 1.1 * shares[hidden]


def test_hidden_stations_that_exclude_each_other_are_never_on_the_air_for_more_than_all_time():
    stations = on_a_line(9, 2)
    company = met(stations, air_shares([sum(1 << j for j in each.noticed) for each in stations], [20.0] * 9), 0)
    (places,) = np.nonzero(company.meets < 0.0)
    for circle in circles(company.rivals[np.ix_(places, places)]):
        assert shares_beside(company, places)[circle].sum() < 1.01


def test_a_station_that_sends_all_the_time_spoils_everything_and_one_that_never_does_nothing():
    stations = [Sender(0, []), Sender(1, [])]
    theta, deafens = np.full((1, 2), 700.0), np.zeros((1, 2))
    for on, left in ((1.0 / 1.1, 0.0), (0.0, 1.0)):
        company = met(stations, [0.5, on], 0, pause_s=0.1)
        logarithm = left_by_hidden(1.0, company, np.array([0]), np.ones((3, 1)), theta, deafens)
        assert np.exp(logarithm) == pytest.approx(np.full((3, 2), left), abs=1e-3)


def test_a_frame_between_pauses_meets_one_or_two_others():
    """Half of the cycles of 1.25 hold a frame of 1: of frames of 1 that meet one cycle or two, 0.4 and 0.6, remain."""
    company = met([Sender(0, []), Sender(1, [])], [0.5, 0.4], 0, pause_s=0.25)
    theta = np.full((1, 1), 1e5)
    logarithm = left_by_hidden(1.0, company, np.array([0]), np.ones((1, 1)), theta, np.ones((1, 1)))
    assert np.exp(logarithm[0, 0]) == pytest.approx(0.4 * 0.5 + 0.6 * 0.25, abs=1e-3)


def test_who_follows_the_other_frame_loses_its_own():
    company = met([Sender(0, []), Sender(1, [])], [0.5, 0.4], 0, pause_s=0.25)
    ones = np.ones((1, 1))
    deaf, free = (
        left_by_hidden(1.0, company, np.array([0]), ones, 0.0 * ones, each)[0, 0] for each in (ones, 0.0 * ones)
    )
    assert free == pytest.approx(0.0, abs=1e-9)
    assert np.exp(deaf) == pytest.approx(1.0 - 0.5 * 0.8 / 1.6, abs=0.05)
