import numpy as np
import pytest

from cosim.sim.budget import Budget, Reach
from cosim.sim.course import Course
from cosim.sim.delivery import Delivery
from cosim.sim.erasure import Erasure
from cosim.sim.luck import AHEAD, CHUNK, LinkLuck
from cosim.sim.medium import Content
from cosim.sim.propagation import LogDistance
from cosim.sim.repair import Repair
from cosim.sim.station import ASLEEP
from cosim.sim.transfer import BROADCAST, Cut, Transfer, broadcast_timeline, unicast_timeline
from cosim.sim.wifi import Wifi80211a

SEED = 3


class Line:
    def __init__(self, starts_m, speeds_m_per_s):
        self.starts_m, self.speeds_m_per_s = np.asarray(starts_m), np.asarray(speeds_m_per_s)
        self.moving = bool(self.speeds_m_per_s.any())
        self.max_speed_m_per_s = float(np.abs(self.speeds_m_per_s).max())

    def positions_m(self, time_s):
        x = self.starts_m + time_s * self.speeds_m_per_s
        return np.stack([x, np.zeros_like(x)], axis=1)


def budget_of(radio, starts_m=(0.0, 10.0, 20.0, 30.0), speeds_m_per_s=(0.0, 0.0, 0.0, 0.0)):
    chain = (LogDistance(exponent=3.0, reference_loss_db=46.6777),)
    return Budget(Line(starts_m, speeds_m_per_s), chain, radio, np.full(len(starts_m), 16.0), SEED)


def transfer_of(budget, payload_bytes, recipients=(1, 2), sequence=0, destination=BROADCAST, start_s=0.0):
    radio = budget.radio
    content = Content(None, 1.0, (), 0, 8 * payload_bytes)
    frames = radio.frames(content.bits)
    made = Transfer(0, destination, recipients, content, frames, budget.reach(0, recipients, start_s), radio)
    made.sequence = sequence
    made.occupy(start_s, broadcast_timeline(frames, radio))
    return made


def arrivals(delivery, made):
    """What arrives at each of those it is meant for."""
    course = Course(made.sender, [None] * len(made.recipients), made.content.bits, made.reach, made.radio)
    return arrivals_along(course, delivery, made)


def arrivals_along(course, delivery, made):
    fates = delivery.fates(made, course)
    damage = fates.damage(made.sequence, course.intended)
    assert all(False in arrived for arrived in damage.values())
    arrived = [damage.get(i, course.whole) for i in range(course.intended)]
    assert fates.counts(made.sequence).tolist()[: course.intended] == [sum(one) for one in arrived]
    return arrived


LOSSY = Erasure(rate_bit_per_s=1e6, loss=0.4, fragment_bytes=100)


@pytest.mark.parametrize("fragments", [1, 3, CHUNK, CHUNK + 1, 100])
def test_a_fragment_arrives_unless_its_draw_is_below_its_loss(fragments):
    budget = budget_of(LOSSY)
    delivery, luck = Delivery(budget, SEED), LinkLuck(SEED, "delivery")
    for sequence in range(20):
        made = transfer_of(budget, 100 * fragments, sequence=sequence)
        for peer, arrived in zip((1, 2), arrivals(delivery, made), strict=True):
            draws = luck.draws(0, peer, sequence, fragments)
            assert arrived == tuple((draws >= 0.4).tolist())


@pytest.mark.parametrize("fragments", [1, CHUNK, CHUNK + 1, 100])
def test_what_was_foreseen_is_what_comes(fragments):
    """Fates are drawn for many messages at once; each is what it would be alone, also out of turn."""
    budget = budget_of(LOSSY)
    delivery, luck = Delivery(budget, SEED), LinkLuck(SEED, "delivery")
    made = transfer_of(budget, 100 * fragments)
    course = Course(0, [None, None], made.content.bits, made.reach, budget.radio)
    for sequence in [*range(2 * AHEAD), 5, 1000, 3 * AHEAD]:
        made.sequence = sequence
        expected = [tuple((luck.draws(0, peer, sequence, fragments) >= 0.4).tolist()) for peer in (1, 2)]
        assert arrivals_along(course, delivery, made) == expected


def test_the_last_fragment_has_a_loss_of_its_own():
    budget = budget_of(Wifi80211a(fragment_bytes=1400), starts_m=(0.0, 47.5, 20.0, 30.0))
    made = transfer_of(budget, 3 * 1400 + 10, recipients=(1,))
    made.reach = Reach((1,), [3.2], [47.5], [True])
    full, last = made.reach.losses(budget.radio, made.frames)
    assert last[0] < 0.5 < full[0]
    delivery, luck = Delivery(budget, SEED), LinkLuck(SEED, "delivery")
    seen = set()
    for sequence in range(50):
        made.sequence = sequence
        (arrived,) = arrivals(delivery, made)
        draws = luck.draws(0, 1, sequence, 4)
        expected = (*(draws[:3] >= full[0]).tolist(), bool(draws[3] >= last[0]))
        assert arrived == expected
        seen.add(expected[3])
    assert len(seen) == 2


def test_broadcasts_and_unicasts_share_their_bad_luck():
    """Where the first frame of a broadcast is lost, the first attempt of a unicast would be, too."""
    radio = Erasure(rate_bit_per_s=1e6, loss=0.4, ack_loss=0.0)
    budget = budget_of(radio)
    delivery = Delivery(budget, SEED)
    for sequence in range(50):
        (broadcast,) = arrivals(delivery, transfer_of(budget, 100, (1,), sequence))
        fate = delivery.fate(transfer_of(budget, 100, (1,), sequence, destination=1), True)
        assert broadcast[0] == (int(fate.attempts[0]) == 1)


def test_an_erasure_channel_repeats_until_it_is_answered():
    """ARQ takes no time there, but it is there: with 40 % loss and 7 attempts 0.16 % of the frames are lost."""
    budget = budget_of(Erasure(rate_bit_per_s=1e6, loss=0.4, ack_loss=0.0, fragment_bytes=100))
    delivery = Delivery(budget, SEED)
    fate = delivery.fate(transfer_of(budget, 100 * 500, (1,), destination=1), True)
    assert fate.attempts.max() > 1
    assert np.mean(fate.acknowledged) > 0.98
    assert fate.delivered == fate.acknowledged


def test_an_answer_may_get_lost_on_the_way_back():
    budget = budget_of(Erasure(rate_bit_per_s=1e6, loss=0.0, ack_loss=0.5, max_attempts=1, fragment_bytes=100))
    fate = Delivery(budget, SEED).fate(transfer_of(budget, 100 * 200, (1,), destination=1), True)
    assert all(fate.delivered)
    assert 60 < sum(fate.acknowledged) < 140


def test_a_link_without_a_way_back_sends_once():
    budget = budget_of(Wifi80211a(fragment_bytes=100))
    budget.tune(1, -60.0, None)
    fate = Delivery(budget, SEED).fate(transfer_of(budget, 250, (1,), destination=1), True)
    assert fate.attempts.tolist() == [1, 1, 1]
    assert all(fate.delivered)
    assert not any(fate.acknowledged)
    assert fate.answers == 0


def test_who_does_not_listen_does_not_answer():
    budget = budget_of(Wifi80211a(fragment_bytes=100, max_attempts=4))
    fate = Delivery(budget, SEED).fate(transfer_of(budget, 250, (1,), destination=1), False)
    assert fate.attempts.tolist() == [4, 4, 4]
    assert not any(fate.delivered)
    assert fate.answers == 0


@pytest.mark.parametrize("fragments", [1, CHUNK + 3])
def test_what_was_foreseen_of_unicasts_is_what_comes(fragments):
    """Fates are drawn for many messages at once; each is what it would be alone, also out of turn."""
    budget = budget_of(LOSSY)
    delivery = Delivery(budget, SEED)
    made = transfer_of(budget, 100 * fragments, (1,), destination=1)
    course = Course(0, [None], made.content.bits, made.reach, budget.radio)
    for sequence in [*range(2 * AHEAD), 5, 1000, 3 * AHEAD]:
        made.sequence = sequence
        alone, foreseen = delivery.fate(made, True), delivery.fate(made, True, course)
        assert foreseen.attempts.tolist() == alone.attempts.tolist()
        assert foreseen[1:] == alone[1:]
        assert delivery.fate(made, False, course).delivered == (False,) * fragments


def test_repetitions_of_a_message_have_draws_of_their_own_under_one_number():
    budget = budget_of(LOSSY)
    delivery = Delivery(budget, SEED)
    made = transfer_of(budget, 100 * 200, (1,), sequence=5, destination=1)
    first = delivery.fate(made, True).attempts.tolist()
    made.repair = Repair(made.content, made.frames, 5)
    assert delivery.fate(made, True).attempts.tolist() == first
    turns = [first]
    for turn in (1, 2):
        made.repair.turn = turn
        turns.append(delivery.fate(made, True).attempts.tolist())
    assert len({tuple(turn) for turn in turns}) == 3


def test_who_overhears_a_unicast_hears_each_attempt():
    """With four attempts each, a fragment is missed with probability 0.4^4."""
    budget = budget_of(Wifi80211a())
    made = transfer_of(budget, 8 * 1472, (1,), destination=1)
    delivery, luck = Delivery(budget, SEED), LinkLuck(SEED, "delivery")
    made.reach = Reach((1, 2), [20.0, 20.0], [10.0, 20.0], [True, True])
    made.losses = np.full((8, 2), 0.4)
    made.fate = delivery.fate(made, True)
    expected = luck.draws(0, 2, 0, 8) >= 0.4**made.fate.attempts
    assert delivery.overheard(made).tolist() == [expected.sum()]


@pytest.mark.parametrize("unicast", [False, True])
def test_what_came_before_a_peer_left_stays(unicast):
    budget = budget_of(Erasure(rate_bit_per_s=1e6, fragment_bytes=100))
    delivery = Delivery(budget, SEED)
    made = transfer_of(budget, 400, (1,) if unicast else (1, 2), destination=1 if unicast else BROADCAST)
    if unicast:
        made.fate = delivery.fate(made, True)
        made.occupy(0.0, unicast_timeline(made.frames, budget.radio, made.fate))
    made.leave(1, Cut(0.0017, ASLEEP, 0.0, 0.0))
    whole = (True,) * 4
    assert delivery.before_cuts(made, 1, whole) == (True, True, False, False)
    assert delivery.before_cuts(made, 2, whole) == (True, True, True, True)
    made.leave(0, Cut(0.0008, ASLEEP, 0.0, 0.0))
    assert delivery.before_cuts(made, 2, whole) == (True, False, False, False)
    if not unicast:
        assert arrivals(delivery, made) == [(True, False, False, False)] * 2


# Motion


def test_at_rest_nothing_has_to_be_foreseen():
    budget = budget_of(Wifi80211a())
    made = transfer_of(budget, 1000)
    Delivery(budget, SEED).foresee(made)
    assert made.losses is None


def test_motion_too_slow_to_matter_is_not_followed():
    budget = budget_of(Wifi80211a(), speeds_m_per_s=(0.0, 1.0, 0.0, 0.0))
    made = transfer_of(budget, 1000)
    Delivery(budget, SEED).foresee(made)
    assert made.losses is None


def test_a_hearer_that_drives_away_loses_the_last_fragments():
    """40 m at first, 140 m at the end; still noticed, as the preamble was, but ever worse."""
    radio = Wifi80211a(fragment_bytes=1000)
    budget = budget_of(radio, starts_m=(0.0, 40.0, 20.0, 30.0), speeds_m_per_s=(0.0, 500.0, 0.0, 0.0))
    made = transfer_of(budget, 1000 * 130, recipients=(1, 2))
    assert made.end_s == pytest.approx(0.2, rel=0.1)
    Delivery(budget, SEED).foresee(made)
    away, still = made.losses[:, 0], made.losses[:, 1]
    assert away[0] < 1e-6
    assert away[-1] > 0.99
    assert (np.diff(away) >= 0.0).all()
    assert still == pytest.approx(np.full(130, still[0]))


def test_what_is_not_noticed_at_the_start_is_lost_although_it_comes_near():
    radio = Wifi80211a(fragment_bytes=1000)
    budget = budget_of(radio, starts_m=(0.0, 90.0, 20.0, 30.0), speeds_m_per_s=(0.0, -400.0, 0.0, 0.0))
    made = transfer_of(budget, 1000 * 130, recipients=(1,))
    Delivery(budget, SEED).foresee(made)
    assert (made.losses[:, 0] == 1.0).all()
    assert arrivals(Delivery(budget, SEED), made)[0] == (False,) * 130


def test_a_listener_more_changes_nothing_for_the_others():
    radio = Wifi80211a(fragment_bytes=1000)
    speeds = (0.0, 100.0, -100.0, 0.0)
    budget = budget_of(radio, starts_m=(0.0, 40.0, 10.0, 30.0), speeds_m_per_s=speeds)
    alone, together = (transfer_of(budget, 30_000, recipients) for recipients in ((1,), (1, 2)))
    delivery = Delivery(budget, SEED)
    delivery.foresee(alone)
    delivery.foresee(together)
    assert alone.losses[:, 0].tolist() == together.losses[:, 0].tolist()
    assert arrivals(delivery, alone)[0] == arrivals(delivery, together)[0]
