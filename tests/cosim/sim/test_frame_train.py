"""Trains on the scheduled medium: a dense model of 3200 bits, LoRa at SF 7."""

from itertools import pairwise
from types import SimpleNamespace

import pytest

from cosim.sim.erasure import Erasure
from cosim.sim.frame_train import within_duty_cycle

AIR_S = 0.189696
"""113 bytes at SF 7."""
LORA = {"kind": "lora", "payload_bytes": 100, "header_bytes": 13}
"""Four frames of 113 bytes: 400 bytes of model."""
NEAR = {"mobility": {"kind": "circle", "radius_m": 50.0}, "graph": {"kind": "complete"}}


def _broadcasts(count, timeout_s=1000.0):
    def program(peer):
        if peer.id == 0:
            for tag in range(count):
                yield peer.broadcast(peer.initial_model, tag=tag)
        else:
            while (message := (yield peer.recv(timeout_s=timeout_s))) is not None:
                heard.setdefault(peer.id, []).append((peer.now_s, message.tag, message.fragments))

    heard = {}
    return program, heard


def test_a_message_is_a_train_of_frames(simulate):
    program, heard = _broadcasts(2)
    run = simulate(program, 3, radio=LORA, **NEAR)
    air_s = run.world.budget.radio.frames(3200).full_airtime_s
    starts = [row.start_s for row in run.transmissions]
    assert starts == pytest.approx([i * 100 * air_s for i in range(8)], rel=1e-9)
    assert [row.air_s for row in run.transmissions] == pytest.approx([air_s] * 8, rel=1e-9)
    # The message is there when its last frame is.
    assert heard[1] == heard[2]
    assert [(tag, fragments) for _, tag, fragments in heard[1]] == [(0, (True,) * 4), (1, (True,) * 4)]
    assert [time_s for time_s, _, _ in heard[1]] == pytest.approx([301 * air_s, 701 * air_s], rel=1e-9)


def test_counters_count_messages(simulate):
    program, _ = _broadcasts(2)
    run = simulate(program, 3, radio=LORA, **NEAR)
    traffic = run.world.traffic
    assert (traffic.sent_messages, traffic.delivered_messages) == (2, 4)
    assert (traffic.payload_bits, traffic.bits_delivered) == (6400, 12800)
    assert traffic.bits_on_air == 8 * 113 * 8


def test_between_frames_a_sender_listens(simulate):
    """Two peers send at once: neither is in the other's way, and each gets the other's message in the meantime."""

    def program(peer):
        yield peer.broadcast(peer.initial_model)
        heard[peer.id] = (yield peer.recv(timeout_s=1000.0)) is not None

    heard = {}
    run = simulate(program, 2, radio=LORA, **NEAR)
    air_s = run.world.budget.radio.frames(3200).full_airtime_s
    assert heard == {0: True, 1: True}
    assert run.end_s < 320 * air_s
    for peer in (0, 1):
        seconds = {state: run.spent(peer, "radio", state)[0] for state in ("transmit", "receive", "idle")}
        assert seconds["transmit"] == pytest.approx(4 * air_s, rel=1e-9)
        assert seconds["receive"] == pytest.approx(4 * air_s, rel=1e-9)
        assert seconds["idle"] == pytest.approx(run.end_s - 8 * air_s, rel=1e-9)


def test_a_unicast_never_learns_what_arrived(noted):
    def sender(peer):
        sent = yield peer.send(1, peer.initial_model)
        peer.note((sent.ok, sent.attempts, sent.time_s, sent.energy_j))

    def receiver(peer):
        message = yield peer.recv(timeout_s=1000.0)
        peer.note(message.fragments)

    run, notes = noted(sender, receiver, radio=LORA, **NEAR)
    air_s = run.world.budget.radio.frames(3200).full_airtime_s
    ((_, (ok, attempts, time_s, energy_j)),) = notes[0]
    assert (ok, attempts) == (False, 4)
    assert time_s == pytest.approx(301 * air_s, rel=1e-9)
    assert energy_j == pytest.approx(run.spent(0, "radio", "transmit")[1], rel=1e-9)
    assert notes[1][0][1] == (True,) * 4


def test_a_reliable_send_is_refused(simulate):
    def program(peer):
        if peer.id == 0:
            yield peer.send(1, peer.initial_model, reliable=True, timeout_s=100.0)

    with pytest.raises(Exception, match="a reliable send needs acknowledgements"):
        simulate(program, 2, radio=LORA, **NEAR)


def test_a_train_ends_with_its_sender(noted):
    """It leaves between its second frame and the third: the hearer has half of the message, and is never handed it."""

    def sender(peer):
        yield peer.broadcast(peer.initial_model)

    def receiver(peer):
        peer.note((yield peer.recv(timeout_s=1000 * AIR_S)))

    peers = {"leaver": {"count": 1, "leave_s": 150 * AIR_S}, "hearer": {"count": 1}}
    run, notes = noted(sender, receiver, peers=peers, radio=LORA, **NEAR)
    assert [row.start_s for row in run.transmissions] == pytest.approx([0.0, 100 * AIR_S], rel=1e-6)
    assert notes == {1: [(pytest.approx(1000 * AIR_S), None)]}


def test_a_train_whose_sender_sleeps_before_it_starts_never_goes(noted):
    def sender(peer):
        first = peer.broadcast(peer.initial_model)
        second = peer.broadcast(peer.initial_model)
        yield first
        peer.spawn(nap(peer))
        peer.note((yield second))

    def nap(peer):
        yield peer.sleep(1.0)

    run, notes = noted(sender, radio={**LORA, "payload_bytes": 222}, **NEAR)
    assert len(run.transmissions) == 2
    assert notes == {0: [(pytest.approx(100.35 * 0.352, rel=0.1), ())]}


def test_who_is_cut_on_the_air_may_send_again(noted):
    """It falls asleep within the first frame; what it sends when it is awake waits for the off time of that frame."""

    def sender(peer):
        peer.spawn(talk(peer))
        yield peer.sleep(AIR_S / 2)
        yield peer.sleep(AIR_S / 2)
        peer.note((yield peer.broadcast(peer.initial_model)))

    def talk(peer):
        yield peer.broadcast(peer.initial_model)

    run, notes = noted(sender, radio=LORA, **NEAR)
    starts = [row.start_s for row in run.transmissions]
    assert len(starts) in (4, 5)
    assert all(later - earlier >= 99 * AIR_S for earlier, later in pairwise(starts))
    assert notes[0][0][1] == (1,)


def test_an_erasure_code_is_decoded_as_soon_as_enough_is_there(simulate):
    program, heard = _broadcasts(1)
    run = simulate(program, 2, radio=LORA, repair={"kind": "erasure_code", "redundancy": 0.5}, **NEAR)
    assert len(run.transmissions) == 6
    ((time_s, _, fragments),) = heard[1]
    assert time_s == pytest.approx(301 * AIR_S, rel=1e-6)
    assert fragments == (True,) * 4
    assert run.world.traffic.delivered_messages == 1


def test_the_label_names_the_duty_cycle(simulate):
    run = simulate(_broadcasts(1)[0], 2, radio=LORA, **NEAR)
    assert run.world.medium.label == "medium: scheduled (no contention; optimistic); duty cycle 1 %"
    free = simulate(_broadcasts(1)[0], 2, radio={**LORA, "region": "us915"}, **NEAR)
    assert "duty" not in free.world.medium.label


def test_a_medium_may_keep_the_duty_cycle_itself():
    radio = SimpleNamespace(duty_cycle=0.1, frames=None)
    budget, careful = SimpleNamespace(radio=radio), SimpleNamespace(label="careful", keeps_duty_cycle=True)
    assert within_duty_cycle(careful, None, budget) is careful
    careless = SimpleNamespace(label="careless")
    assert within_duty_cycle(careless, None, budget).label == "careless; duty cycle 10 %"
    radio.duty_cycle = 1.0
    assert within_duty_cycle(careless, None, budget) is careless


def test_100_kilobytes_take_hours(simulate):
    """450 frames of 222 bytes and one of 100; at 1 % of the time 100 times as long as on the air, but for the end."""
    for header_bytes, on_air_s, hours in (
        (13, 450 * 0.368896 + 0.189696, 4.6112),
        (0, 450 * 0.348416 + 0.174336, 4.3552),
    ):
        program, heard = _broadcasts(1, timeout_s=2e4)
        radio = {"kind": "lora", "header_bytes": header_bytes}
        run = simulate(program, 2, radio=radio, task={"entries": 25_000, "layer_sizes": (25_000,),
                       "layer_names": ("weight",)}, **NEAR)  # fmt: skip
        assert len(run.transmissions) == 451
        assert run.spent(0, "radio", "transmit")[0] == pytest.approx(on_air_s, rel=1e-6)
        ((time_s, _, fragments),) = heard[1]
        assert all(fragments)
        assert time_s / 3600 == pytest.approx(hours, abs=0.001)


class Slow:
    """An erasure channel of which a peer may use half of the time."""

    duty_cycle = 0.5

    def __init__(self, **parameters):
        self._radio = Erasure(rate_bit_per_s=1e4, fragment_bytes=100, ack_loss=1.0, max_attempts=1, **parameters)

    def __getattr__(self, name):
        return getattr(self._radio, name)


@pytest.mark.statistical
@pytest.mark.parametrize(("repair", "share"), [("none", 0.7**4), ("selective_repeat", 0.6761)])
def test_losses_are_those_of_the_frames_and_repair_works(simulate, repair, share):
    """Each of four frames is lost with 0.3. With three repetitions: the Markov chain of what is missing and reported.

    A share of 200 is off by 3.6 standard deviations of a fair coin, 0.127, in less than 1 of 3,000 seeds.
    """
    program, heard = _broadcasts(200)
    run = simulate(program, 2, radio=Slow(loss=0.3), repair=repair, rounds={"stop_s": 1e5})
    whole = sum(all(fragments) for _, _, fragments in heard[1])
    assert whole / 200 == pytest.approx(share, abs=0.127)
    assert run.world.traffic.delivered_messages == whole
    air_s = sum(row.air_s for row in run.transmissions if row.source == 0)
    assert air_s <= 0.5 * run.end_s + 0.1


@pytest.mark.statistical
@pytest.mark.parametrize(("jitter_s", "least", "most"), [(0.0, 0, 0), (100 * AIR_S, 16, 40)])
def test_under_aloha_peers_that_start_together_stay_in_step(simulate, jitter_s, least, most):
    """Five peers, two messages each. With jitter two of them meet with 2 %, which costs 8 of 40 deliveries or fewer.

    Four meetings of 20, which leave fewer than 16, are in less than 1 of 1,000 seeds.
    """

    def program(peer):
        for tag in range(2):
            yield peer.broadcast(peer.initial_model, tag=tag)

    medium = {"kind": "aloha", "jitter_s": jitter_s}
    run = simulate(program, 5, radio=LORA, medium=medium, **NEAR)
    assert least <= run.world.traffic.delivered_messages <= most
    assert run.world.traffic.sent_messages == len(run.transmissions) == 10
