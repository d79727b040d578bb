from types import SimpleNamespace

import pytest

from cosim.sim.ieee802154 import Ieee802154
from cosim.sim.unslotted_sharing import UnslottedSharing
from radio_models.shared_access import shared_access

RADIO = Ieee802154()
FRAME_S = RADIO.frames(8 * 116).full_airtime_s
PAUSE_S, ACCESS_S = 640e-6, 3.5 * 320e-6 + 128e-6 + 192e-6


def station(acknowledged=False, rivals=0, error=0.0, survival=0.0):
    return SimpleNamespace(
        frame_s=FRAME_S, acknowledged=acknowledged, error=error, circles=[[None] * rivals] if rivals else [],
        weight=1.0, claim=0.0, busy=0.0, on=0.0, attempts_per_s=0.0, meets=0.0, spread=0.0, survival=survival,
    )  # fmt: skip


def test_attempts_begin_with_the_smallest_exponent_each():
    """Lost ones take until 864 us after the frame; the pause follows all but the last frame of a message."""
    sharing = UnslottedSharing(RADIO)
    assert sharing.attempts_s(FRAME_S, False, False) == pytest.approx([0.0, ACCESS_S + FRAME_S + PAUSE_S])
    costs_s = sharing.attempts_s(FRAME_S, True, True)
    assert len(costs_s) == 5
    assert costs_s[1] == pytest.approx(ACCESS_S + FRAME_S + 192e-6 + 352e-6)
    assert costs_s[2] - costs_s[1] == pytest.approx(ACCESS_S + FRAME_S + 864e-6)
    assert sharing.begins_s(0, 1.0, 1.0) == pytest.approx(1.0 + PAUSE_S)


@pytest.mark.parametrize(("acknowledged", "failure"), [(False, 0.0), (True, 0.0), (True, 0.4)])
def test_a_station_alone_goes_on_at_full_speed(acknowledged, failure):
    sharing, alone = UnslottedSharing(RADIO), station(acknowledged, error=failure)
    sharing.share([alone])
    assert sharing.speed(alone, failure) == pytest.approx(1.0)
    assert sharing.refusal(alone) == alone.meets == 0.0


def test_a_clique_is_that_of_the_model():
    sharing, one = UnslottedSharing(RADIO), station(rivals=4)
    sharing.share([one])
    mean = shared_access(5, RADIO.unslotted, FRAME_S, PAUSE_S, acknowledged=False)
    assert 5 * one.attempts_per_s == pytest.approx(mean.requests_per_s * mean.attempts, rel=1e-3)
    assert sharing.refusal(one) == pytest.approx(mean.access_failure, rel=1e-3)
    # Nothing survives, whoever began first.
    assert (1.0 - one.meets) ** 4 == pytest.approx(mean.reception, rel=1e-3)


def test_more_rivals_leave_less_and_refuse_more():
    sharing = UnslottedSharing(RADIO)
    crowds = [station(rivals=rivals) for rivals in (1, 4, 9)]
    sharing.share(crowds)
    rates = [each.attempts_per_s for each in crowds]
    refusals = [sharing.refusal(each) for each in crowds]
    assert rates == sorted(rates, reverse=True)
    assert refusals == sorted(refusals)


def test_a_long_frame_fits_into_no_gap_of_a_hidden_station():
    sharing, one, other = UnslottedSharing(RADIO), station(True), station(True)
    sharing.share([one, other])
    other.on = other.attempts_per_s * FRAME_S
    assert sharing.unheard(one, other).chance == pytest.approx(1.0)
    one.frame_s = 0.6e-3
    assert sharing.unheard(one, other).chance < 0.95
