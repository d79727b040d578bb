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


def test_any_needed_fragments_of_a_protected_message_are_all_of_it():
    protected = Content(None, 1.0, (), 0, 64, needed=2)
    assert protected.received((True, False, True)) == (True, True, True)
    assert protected.received((True, False, False)) == (True, False, False)
    assert Content(None, 1.0, (), 0, 64).received((True, False, True)) == (True, False, True)
