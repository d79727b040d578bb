import numpy as np
import pytest
from scipy.stats import binom

from cosim.sim.end_to_end import ErasureCode, SelectiveRepeat, Unrepaired
from cosim.sim.erasure import Erasure
from cosim.sim.medium import Content

MESSAGES = 400
"""A share of 0.5 among so many differs from its expectation by 4.5 standard deviations, 0.11, once in 150,000 tests."""
FAR = 4.5 * (0.25 / MESSAGES) ** 0.5


def heard(simulate, repair, loss, fragments=20, messages=MESSAGES):
    """Messages that a hearer got whole, of those sent, under independent losses."""
    radio = {
        "kind": "erasure",
        "rate_bit_per_s": 1e9,
        "loss": loss,
        "ack_loss": 0.0,
        "fragment_bytes": 400 // fragments,
    }
    got = []

    def program(peer):
        if peer.id == 0:
            for tag in range(messages):
                yield peer.broadcast(peer.initial_model, tag=tag)
        else:
            while (message := (yield peer.recv(timeout_s=1.0))) is not None:
                got.append((peer.id, message.tag))

    run = simulate(program, 3, radio=radio, repair=repair, rounds={"stop_s": 1e4})
    return np.array([sum(peer == one for peer, _ in got) for one in (1, 2)]) / messages, run


@pytest.mark.statistical
@pytest.mark.parametrize(("loss", "expected"), [(0.01, 0.99**20), (0.05, 0.95**20), (0.2, 0.8**20)])
def test_without_repair_a_message_arrives_if_all_fragments_do(simulate, loss, expected):
    shares, _ = heard(simulate, "none", loss)
    assert shares == pytest.approx([expected, expected], abs=FAR)


@pytest.mark.statistical
def test_any_of_the_coded_fragments_do(simulate):
    repair = {"kind": "erasure_code", "redundancy": 0.25}
    shares, run = heard(simulate, repair, 0.2)
    expected = binom.sf(19, 25, 0.8)
    assert shares == pytest.approx([expected, expected], abs=FAR)
    assert {sent.payload_bits for sent in run.transmissions} == {3200}
    assert {sent.bits_on_air for sent in run.transmissions} == {3200 * 5 // 4}
    whole = round(float(shares.sum()) * MESSAGES)
    assert run.world.traffic.delivered_messages == whole
    assert run.world.traffic.bits_delivered == whole * 3200


@pytest.mark.statistical
def test_what_hearers_report_is_repeated(simulate):
    repair = {"kind": "selective_repeat", "turns": 2}
    shares, run = heard(simulate, repair, 0.2)
    expected = (1 - 0.2**3) ** 20
    # What one of the two has reported is heard by whoever else reported; nobody has fewer than three turns of his own.
    assert shares == pytest.approx([expected, expected], abs=FAR)
    repeated = [sent for sent in run.transmissions if sent.destination == -1 and sent.payload_bits == 0]
    reports = [sent for sent in run.transmissions if sent.destination == 0]
    assert repeated
    assert reports
    assert run.world.traffic.payload_bits == MESSAGES * 3200
    assert run.world.traffic.bits_delivered == round(float(shares.sum()) * MESSAGES) * 3200


def test_a_code_adds_whole_fragments_and_none_where_there_is_no_redundancy():
    radio, content = Erasure(rate_bit_per_s=1.0, fragment_bytes=100), Content(None, 1.0, (), 0, 8 * 950)
    coded = ErasureCode(redundancy=0.1).protected(content, radio)
    assert (coded.air_bits, coded.needed) == (8 * 1100, 10)
    assert ErasureCode(redundancy=0.0).protected(content, radio) is content
    assert Unrepaired().protected(content, radio) is content
    assert SelectiveRepeat().protected(content, radio) is content
