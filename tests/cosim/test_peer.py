import pytest

from cosim.handle import Handle
from cosim.peer import Message, Peer
from cosim.sim.peer import SimulatedPeer

VECTOR = Handle(b"v" * 16, (3,), 96, None)


def test_a_message_is_a_term_of_a_linear_combination():
    assert Message(1, 0, 0.25, VECTOR, (), 2.0).term == (0.25, VECTOR)


def test_a_message_of_numbers_only_is_no_term():
    with pytest.raises(ValueError, match="the message of peer 1 carries no vector"):
        _ = Message(1, 0, 1.0, None, (0.5,), 2.0).term


def test_a_message_is_whole_unless_said_otherwise():
    assert Message(1, 0, 1.0, None, (), 2.0).fragments == (True,)


def test_the_simulated_peer_offers_everything_a_program_may_ask():
    asked = [name for name in vars(Peer) if not name.startswith("_")]
    assert {"train", "mix", "send", "broadcast", "recv", "collect", "value", "changed"} <= set(asked)
    assert [name for name in asked if not hasattr(SimulatedPeer, name)] == []
