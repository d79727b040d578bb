from types import SimpleNamespace

import pytest

from cosim.sim.sharing import DcfSharing
from radio_models.dcf import Dcf, period_s, saturation

DCF = Dcf(9e-6, 16e-6, 34e-6, 15, 1023, 7, 44e-6, 45e-6)
FRAME_S = 1444e-6


def station(acknowledged=True, frame_s=FRAME_S):
    return SimpleNamespace(
        frame_s=frame_s, acknowledged=acknowledged, error=0.0, circles=[], weight=1.0, claim=0.0, busy=0.0, on=0.0,
        attempts_per_s=0.0, meets=0.0, spread=0.0,
    )  # fmt: skip


def share(stations):
    for _ in range(20):
        DcfSharing(DCF).share(stations)
    return [each.busy for each in stations]


def test_attempts_on_an_empty_air_double_their_windows():
    sums_s = DcfSharing(DCF).attempts_s(FRAME_S, True, False)
    assert sums_s[1] == pytest.approx(1605.5e-6)
    assert sums_s[2] - sums_s[1] == pytest.approx(34e-6 + 15.5 * 9e-6 + FRAME_S + 45e-6)
    assert len(sums_s) == 8
    assert DcfSharing(DCF).attempts_s(FRAME_S, False, False) == pytest.approx([0.0, 1545.5e-6])


@pytest.mark.parametrize("loss", [0.0, 0.3, 1.0])
def test_a_mean_cycle_has_the_windows_that_losses_lead_to(loss):
    sharing = DcfSharing(DCF)
    mean_s = sharing.cycle_s(FRAME_S, True, loss)
    idle_s = 34e-6 + saturation(1, DCF, acknowledged=True, error=loss).idle_slots * 9e-6
    assert mean_s == pytest.approx(idle_s + FRAME_S + (1.0 - loss) * 60e-6 + loss * 45e-6)


@pytest.mark.parametrize("acknowledged", [True, False])
def test_a_clique_is_the_slot_model(acknowledged):
    stations = [station(acknowledged) for _ in range(5)]
    for each in stations:
        each.circles = [[other for other in stations if other is not each]]
    share(stations)
    means = saturation(5, DCF, acknowledged=acknowledged)
    rate = means.attempts / 5 / period_s(means, DCF, FRAME_S, acknowledged=acknowledged)
    assert [each.attempts_per_s for each in stations] == pytest.approx([rate] * 5, rel=0.01)
    assert 1.0 - (1.0 - stations[0].meets) ** 4 == pytest.approx(means.collision)


def test_a_station_between_two_that_do_not_notice_each_other_starves():
    """Hard-core process on a path of three with equal weights w: w (1 + w) and w over 1 + 3 w + w^2."""
    outer, middle, other = station(False), station(False), station(False)
    outer.circles = other.circles = [[middle]]
    middle.circles = [[outer], [other]]
    shares = share([outer, middle, other])
    assert shares[0] == pytest.approx(shares[2], rel=1e-3)
    assert shares[0] > 0.75
    assert shares[1] < 0.15


def test_what_hidden_stations_that_repeat_do_to_each_other_is_not_what_deaf_ones_do():
    sharing, one, two = DcfSharing(DCF), station(), station()
    sharing.share([one, two])
    for each in (one, two):
        each.on = each.attempts_per_s * each.frame_s
    assert sharing.unheard(one, two).chance < 0.95
    two.acknowledged = False
    assert sharing.unheard(one, two).chance > 0.99
