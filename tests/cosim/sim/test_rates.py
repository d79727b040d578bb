import numpy as np
import pytest

from cosim.sim.budget import Budget
from cosim.sim.medium import Content
from cosim.sim.outgoing import BROADCAST, Outgoing
from cosim.sim.propagation import LogDistance
from cosim.sim.rate_control import Arf, IdealRate
from cosim.sim.rates import Rates
from cosim.sim.wifi import Wifi80211a


class Still:
    moving, max_speed_m_per_s = False, 0.0

    def positions_m(self, time_s):
        return np.array([[0.0, 0.0], [5.0, 0.0], [45.0, 0.0]])


def setting(control, rate_bit_per_s=6e6):
    radio = Wifi80211a(rate_bit_per_s=rate_bit_per_s, rate_control=control)
    chain = [LogDistance(exponent=3.0, reference_loss_db=46.6777)]
    return radio, Rates(Budget(Still(), chain, radio, np.full(3, 16.0206), 1))


def message(radio, destination, recipients):
    return Outgoing(0, destination, recipients, Content(None, 1.0, (), 0, 8000), radio)


@pytest.mark.parametrize(("recipients", "slowest", "fastest"), [((1,), 54e6, 54e6), ((2,), 12e6, 24e6),
                                                                ((1, 2), 12e6, 24e6)])  # fmt: skip
def test_the_ideal_rate_is_that_of_the_worst_hearer(recipients, slowest, fastest):
    radio, rates = setting(IdealRate())
    outgoing = message(radio, BROADCAST, recipients)
    rates.choose(outgoing, 0.0)
    assert slowest <= outgoing.radio.rate_bit_per_s <= fastest


def test_fallback_goes_by_what_is_acknowledged():
    radio, rates = setting(Arf())
    outgoing = message(radio, 1, (1,))
    for _ in range(10):
        rates.choose(outgoing, 0.0)
        assert outgoing.radio.rate_bit_per_s == 6e6
        rates.learn(outgoing, True)
    rates.choose(outgoing, 0.0)
    assert outgoing.radio.rate_bit_per_s == 9e6
    rates.learn(outgoing, False)
    rates.choose(outgoing, 0.0)
    assert outgoing.radio.rate_bit_per_s == 6e6
    other = message(radio, 2, (2,))
    rates.choose(other, 0.0)
    assert other.radio.rate_bit_per_s == 6e6


def test_a_link_begins_at_the_rate_of_the_radio():
    radio, rates = setting(Arf(), 24e6)
    outgoing = message(radio, 1, (1,))
    rates.choose(outgoing, 0.0)
    assert outgoing.radio.rate_bit_per_s == 24e6


def test_broadcasts_teach_nothing():
    radio, rates = setting(Arf())
    outgoing = message(radio, BROADCAST, (1,))
    for _ in range(30):
        rates.learn(outgoing, True)
    rates.choose(outgoing, 0.0)
    assert outgoing.radio is radio
