import numpy as np
import pytest
from pydantic import ValidationError

from cosim.sim.account import TrafficAccount
from cosim.sim.budget import Budget
from cosim.sim.clock import Clock
from cosim.sim.energy import Ledger
from cosim.sim.erasure import Erasure
from cosim.sim.medium import Content, Medium, Scheduled
from cosim.sim.mobility import Uniform


def test_the_scheduled_medium_says_what_it_is_and_offers_what_peers_ask():
    radio = Erasure(rate_bit_per_s=1e6)
    trajectories = Uniform(area_m=(1.0, 1.0)).trajectories(2, 1, 0)
    medium = Scheduled().medium(
        clock=Clock(),
        stations=[],
        budget=Budget(trajectories, (), radio, np.zeros(2), 1),
        account=TrafficAccount(),
        ledger=Ledger(0),
        seed=1,
    )
    assert medium.label == "medium: scheduled (no contention; optimistic)"
    asked = [name for name in vars(Medium) if not name.startswith("_")]
    assert "unicast" in asked
    assert [name for name in asked if not hasattr(medium, name)] == []


def test_there_is_one_fidelity():
    with pytest.raises(ValidationError, match="fidelity"):
        Scheduled(fidelity="packet")


def test_content_is_what_was_put_in():
    content = Content(None, 0.5, (1.0, 2.0), 3, 64)
    assert (content.payload, content.scale, content.scalars, content.tag, content.bits) == (
        None,
        0.5,
        (1.0, 2.0),
        3,
        64,
    )


def test_any_needed_fragments_of_a_coded_message_are_all_of_it():
    coded = Content(None, 1.0, (), 0, 64).coded(96, 2)
    assert (coded.bits, coded.sent_bits, coded.air_bits, coded.plain) == (64, 64, 96, False)
    assert coded.received(1, (True, False, True)) == (True, True)
    assert coded.received(1, (True, False, False)) == (True, False)
    plain = Content(None, 1.0, (), 0, 64)
    assert plain.plain
    assert plain.received(1, (True, False, True)) == (True, False, True)
    assert (plain.decoded((True, False, True)), coded.decoded((True, False, True))) == (False, True)


def test_somebody_may_keep_account_of_what_arrives():
    seen = []

    def take(hearer, fragments):
        seen.append((hearer, fragments))
        return ()

    carried = Content(None, 1.0, (), 7, 64).carried(0, 8, take)
    assert (carried.bits, carried.sent_bits, carried.air_bits, carried.tag) == (64, 0, 8, 7)
    assert carried.received(3, (True,)) == ()
    assert seen == [(3, (True,))]
