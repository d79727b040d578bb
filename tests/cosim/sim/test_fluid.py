"""Transfers that share the air: closed forms of one sender, the tables of ns-3, two fidelities side by side."""

import numpy as np
import pytest

TRANSCEIVER = {"kind": "custom", "idle_w": 0.5, "receive_w": 0.75, "transmit_w": 2.0, "sleep_w": 0.125}
WIFI = {"kind": "wifi_80211a", "rate_bit_per_s": 6e6, "transceiver": TRANSCEIVER, "header_bytes": 28}
FLUID = {"kind": "csma_ca"}

# IEEE 802.11a at 6 Mb/s: DIFS 34 us and 7.5 slots of 9 us; SIFS 16 us; an acknowledgement 44 us. A full fragment of
# 1472 bytes has a PSDU of 1536: 20 us and 4 us for each of 513 symbols.
GAP_S, SIFS_S, FULL_S, ACK_S = 101.5e-6, 16e-6, 2072e-6, 44e-6


def together(peers):
    """All within a few millimetres."""
    return {"kind": "static", "positions_m": [[0.001 * i, 0.0] for i in range(peers)]}


def line(*places_m):
    return {"kind": "static", "positions_m": [[place, 0.0] for place in places_m]}


def model(size_bytes):
    entries = size_bytes // 4
    return {"entries": entries, "layer_sizes": (entries - 10, 10)}


def to_peer_0(peer):
    if peer.id:
        peer.sent = yield peer.send(0, peer.initial_model)


def broadcasts(peer):
    if peer.id:
        yield peer.broadcast(peer.initial_model)


def fluid(simulate, program, peers, **sections):
    sections.setdefault("mobility", together(peers))
    return simulate(program, peers, **{"radio": WIFI, "medium": FLUID, **sections})


# One sender


@pytest.mark.parametrize("fragments", [1, 68])
def test_a_lone_broadcast_takes_the_time_of_the_closed_form(simulate, fragments):
    run = fluid(simulate, broadcasts, 2, task=model(1472 * fragments))
    (sent,) = run.transmissions
    assert sent.end_s == pytest.approx(fragments * (GAP_S + FULL_S), rel=1e-12)
    assert (sent.air_s, sent.attempts) == (pytest.approx(fragments * FULL_S), fragments)
    assert run.receptions[0].receive_s == pytest.approx(sent.air_s)


def test_a_lone_unicast_takes_the_time_of_the_closed_form(simulate):
    run = fluid(simulate, to_peer_0, 2, task=model(1472 * 68))
    (sent,), (heard,) = run.transmissions, run.receptions
    assert sent.end_s == pytest.approx(68 * (GAP_S + FULL_S + SIFS_S + ACK_S), rel=1e-12)
    assert (sent.acknowledgement_s, heard.transmit_s) == pytest.approx((68 * ACK_S, 68 * ACK_S))
    assert (heard.outcome, sent.acknowledged) == ("heard", 1.0)


def test_a_lone_sender_spends_what_the_scheduled_medium_says(simulate):
    runs = [
        fluid(simulate, broadcasts, 2, medium={"kind": kind}, mobility=line(0, 40), task=model(100_000))
        for kind in ("csma_ca", "scheduled")
    ]
    assert runs[0].joules == pytest.approx(runs[1].joules)
    assert [row.fragments_heard for row in runs[0].receptions] == [row.fragments_heard for row in runs[1].receptions]


def test_messages_of_one_station_wait_for_each_other(simulate):
    def both(peer):
        if peer.id:
            yield peer.wait_all([peer.broadcast(peer.initial_model, tag=tag) for tag in (1, 2)])

    first, second = fluid(simulate, both, 2).transmissions
    assert second.start_s == first.end_s
    assert second.end_s == pytest.approx(2.0 * first.end_s)


# Many senders, against ns-3.37


@pytest.mark.parametrize(
    ("size_bytes", "mean_s", "last_s", "last_sd_s"),
    [(10_000, 0.0573974, 0.0702222, 0.00391), (100_000, 0.6087604, 0.6705952, 0.01113),
     (1_000_000, 6.5515508, 6.752018, 0.01765)],
)  # fmt: skip
def test_four_messages_at_once_end_when_those_of_ns3_do(simulate, size_bytes, mean_s, last_s, last_sd_s):
    """wifi_message.csv, 6 Mb/s: 2 %, or three of ns-3's standard deviations (false alarms 0.3 %, fixed seeds)."""
    ends_s = np.array([
        [sent.end_s for sent in fluid(
            simulate, to_peer_0, 5, task=model(size_bytes), seeds={"world": seed}
        ).transmissions]
        for seed in range(1, 7)
    ])  # fmt: skip
    assert ends_s.mean() == pytest.approx(mean_s, rel=0.02, abs=3.0 * last_sd_s)
    assert ends_s.max(axis=1).mean() == pytest.approx(last_s, rel=0.02, abs=3.0 * last_sd_s)


def of_many(simulate, senders, unicast, size_bytes):
    """Goodput of all [b/s], as ns-3 counts it, and share of attempts that collide, while all of them send."""
    radio = {**WIFI, "fragment_bytes": 1000}

    def send(peer):
        if peer.id:
            first = peer.initial_model
            yield peer.send(0, first) if unicast else peer.broadcast(first)

    run = fluid(simulate, send, senders + 1, radio=radio, task=model(size_bytes))
    sent, heard = run.transmissions, [row.fragments_heard for row in run.receptions if row.peer == 0]
    return 1028 * 8 * sum(heard) / max(row.end_s for row in sent), 1.0 - sum(heard) / sum(row.attempts for row in sent)


@pytest.mark.parametrize(
    ("senders", "unicast", "goodput_bit_per_s", "collision"),
    [(2, True, 4.888e6, 0.1164), (5, True, 4.531e6, 0.2569), (20, True, 3.790e6, 0.4780),
     (2, False, 5.086e6, 0.1197), (5, False, 4.220e6, 0.3953), (20, False, 1.745e6, 0.8717)],
)  # fmt: skip
def test_saturated_senders_get_what_those_of_ns3_get(simulate, senders, unicast, goodput_bit_per_s, collision):
    """wifi_contention.csv, 6 Mb/s. Of 2000 fragments each the sampling error is 1 % of goodput (fixed seed)."""
    goodput, lost = of_many(simulate, senders, unicast, 2_000_000)
    assert goodput == pytest.approx(goodput_bit_per_s, rel=0.03)
    assert lost == pytest.approx(collision, abs=0.015)


# Against packets


def hidden(peer):
    if peer.id in (0, 2):
        yield peer.broadcast(peer.initial_model)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_hidden_station_leaves_next_to_nothing_at_both_fidelities(simulate, seed):
    heard = {}
    for fidelity in ("transfer", "packet"):
        run = fluid(
            simulate, hidden, 3, medium={"kind": "csma_ca", "fidelity": fidelity}, mobility=line(0, 45, 90),
            task=model(100_000), seeds={"world": seed},
        )  # fmt: skip
        heard[fidelity] = [row.fragments_heard for row in run.receptions if row.peer == 1]
    assert max(heard["transfer"]) <= 3
    assert max(heard["packet"]) <= 3


def test_a_message_is_spoilt_only_while_the_hidden_station_sends(simulate):
    def late(peer):
        if peer.id == 0:
            yield peer.broadcast(peer.initial_model)
        if peer.id == 2:
            yield peer.pause(0.075)
            yield peer.broadcast(peer.initial_model)

    run = fluid(simulate, late, 3, mobility=line(0, 45, 90), task=model(100_000))
    first, second = (row for row in run.receptions if row.peer == 1)
    assert 30 <= first.fragments_heard <= 36
    assert 30 <= second.fragments_heard <= 36
    assert first.outcome == second.outcome == "collided"


def test_first_frames_that_find_the_air_idle_together_collide_for_certain(simulate):
    run = fluid(simulate, broadcasts, 3, task=model(400))
    assert [row.fragments_heard for row in run.receptions if row.peer == 0] == [0, 0]


def test_a_jitter_spares_first_frames_that_collision(simulate):
    run = fluid(simulate, broadcasts, 3, task=model(400), medium={**FLUID, "jitter_s": 1.0})
    assert [row.fragments_heard for row in run.receptions if row.peer == 0] == [1, 1]
    assert all(0.0 < sent.start_s < 1.0 for sent in run.transmissions)


@pytest.mark.parametrize("senders", [2, 5, 12])
def test_broadcasts_of_one_frame_that_begin_together_are_over_together(simulate, senders):
    """All send after DIFS at once: nobody notices anything, and nobody pays for receiving."""

    def program(peer):
        if peer.id < senders:
            yield peer.broadcast(peer.initial_model)

    run = fluid(simulate, program, senders + 1, task=model(1472))
    assert [sent.end_s for sent in run.transmissions] == pytest.approx([34e-6 + FULL_S] * senders)
    assert {(row.outcome, row.fragments_heard) for row in run.receptions} == {("collided", 0)}
    assert max(row.receive_s for row in run.receptions) == pytest.approx(0.0, abs=1e-15)
    assert run.spent(0, "radio", "transmit")[0] == pytest.approx(FULL_S)


def test_what_follows_a_first_frame_that_collided_takes_its_time(simulate):
    """Two messages of five frames, all heard by both: four frames each follow, a first one is lost by both at once."""

    def program(peer):
        if peer.id < 2:
            yield peer.broadcast(peer.initial_model)

    times = {}
    for fidelity in ("transfer", "packet"):
        medium = {"kind": "csma_ca", "fidelity": fidelity}
        run = fluid(simulate, program, 2, task=model(5 * 1472), medium=medium)
        times[fidelity] = max(sent.end_s for sent in run.transmissions)
        assert all(row.receive_s <= 4 * FULL_S + 1e-9 for row in run.receptions)
    assert times["transfer"] == pytest.approx(times["packet"], rel=0.08)
