import pytest

from cosim.scenario import ScenarioError, load

TRANSCEIVER = {"kind": "custom", "idle_w": 0.5, "receive_w": 0.75, "transmit_w": 2.0, "sleep_w": 0.125}
RADIO = {"kind": "ieee802154", "transceiver": TRANSCEIVER}
MEDIUM = {"kind": "unslotted_csma", "fidelity": "packet"}
TURNAROUND_S, CCA_S, UNIT_S, ACK_S = 192e-6, 128e-6, 320e-6, 352e-6


def line(*places_m):
    return {"kind": "static", "positions_m": [[place, 0.0] for place in places_m]}


def test_a_lone_frame_waits_looks_turns_round_and_is_answered(simulate):
    """An empty message: PSDU 11 bytes, 17 with preamble and length, 32 us each."""
    answers = []

    def program(peer):
        if peer.id == 0:
            answers.append((yield peer.send(1, None)))

    run = simulate(program, 2, radio=RADIO, mobility=line(0, 10), medium=MEDIUM)
    (sent,) = run.transmissions
    units = (sent.end_s - CCA_S - TURNAROUND_S - 17 * 32e-6 - TURNAROUND_S - ACK_S) / UNIT_S
    assert units == pytest.approx(round(units), abs=1e-6)
    assert 0 <= round(units) <= 7
    assert (answers[0].ok, answers[0].attempts) == (True, 1)


def test_a_frame_without_a_clear_channel_is_given_up_and_booked(simulate):
    """One sends all the time, the other finds no gap in which to send."""
    answers = []

    def program(peer):
        if peer.id < 8:
            yield peer.send(8, peer.initial_model)
        elif peer.id == 9:
            for _ in range(12):
                answers.append((yield peer.send(8, None)))

    run = simulate(program, 10, radio=RADIO, mobility=line(*range(0, 20, 2)), medium=MEDIUM)
    assert len(run.transmissions) == 20
    refused = [answer for answer in answers if answer.attempts == 0]
    assert refused
    assert not any(answer.ok for answer in refused)
    assert [row.attempts for row in run.transmissions if row.source == 9].count(0) == len(refused)


def test_two_that_send_to_each_other_answer_before_they_go_on(simulate):
    """A clear channel is found in the gap before one's own answer: with a frame on top of it both would be lost."""

    def program(peer):
        for _ in range(30):
            yield peer.send(1 - peer.id, peer.initial_model)

    run = simulate(program, 2, radio=RADIO, mobility=line(0, 5), medium=MEDIUM, task={"entries": 400})
    arrived = [row.fragments_heard / row.fragments for row in run.receptions]
    assert sum(arrived) / len(arrived) > 0.8
    assert len(run.transmissions) == 60


def test_another_radio_is_refused_with_a_sentence():
    with pytest.raises(ScenarioError, match="the radio must be ieee802154"):
        load({
            "name": "x", "rounds": {"count": 1}, "peers": {"a": {"count": 2, "device": "ideal"}},
            "radio": {"kind": "wifi_80211a"}, "medium": MEDIUM, "algorithm": {"kind": "local_sgd"},
        })  # fmt: skip
