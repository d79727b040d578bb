"""Stations of the fluid that sleep, die, or are there for a part of it; and books that agree in three ways."""

import numpy as np
import pytest

TRANSCEIVER = {"kind": "custom", "idle_w": 0.5, "receive_w": 0.75, "transmit_w": 2.0, "sleep_w": 0.125}
WIFI = {"kind": "wifi_80211a", "rate_bit_per_s": 6e6, "transceiver": TRANSCEIVER}
FRAME_S = 101.5e-6 + 20e-6 + 4e-6 * 504
SIZE = {"entries": 36_800, "layer_sizes": (36_790, 10)}
"""A hundred fragments of 1472 bytes."""


def line(*places_m):
    return {"kind": "static", "positions_m": [[place, 0.0] for place in places_m]}


def fluid(simulate, program, peers, **sections):
    return simulate(program, peers, **{"radio": WIFI, "medium": {"kind": "csma_ca"}, "task": SIZE, **sections})


def test_a_hearer_that_falls_asleep_keeps_what_it_has(simulate):
    def program(peer):
        if peer.id == 0:
            yield peer.broadcast(peer.initial_model)
        elif peer.id == 1:
            yield peer.pause(40.5 * FRAME_S)
            yield peer.sleep(1.0)

    run = fluid(simulate, program, 3, mobility=line(0, 1, 2))
    assert [(row.fragments_heard, row.outcome) for row in run.receptions] == [(40, "asleep"), (100, "heard")]
    assert run.receptions[0].receive_s == pytest.approx(40.5 * FRAME_S * (FRAME_S - 101.5e-6) / FRAME_S, rel=1e-3)


def test_a_sender_that_falls_asleep_has_sent_a_part(simulate):
    def program(peer):
        if peer.id == 0:
            peer.broadcast(peer.initial_model)
            yield peer.pause(10.5 * FRAME_S)
            yield peer.sleep(0.1)

    run = fluid(simulate, program, 2, mobility=line(0, 1))
    (sent,), (heard,) = run.transmissions, run.receptions
    assert sent.end_s == pytest.approx(10.5 * FRAME_S)
    assert (sent.attempts, heard.fragments_heard, heard.outcome) == (10, 10, "lost")


def test_a_unicast_to_a_peer_that_goes_is_tried_in_vain(simulate):
    answers = []

    def program(peer):
        if peer.id == 0:
            answers.append((yield peer.send(1, peer.initial_model)))
        else:
            yield peer.pause(0.0225)
            yield peer.sleep(10.0)

    run = fluid(simulate, program, 2, mobility=line(0, 1))
    assert not answers[0].ok
    assert run.receptions[0].fragments_heard == 10
    assert run.transmissions[0].attempts == pytest.approx(10 + 90 * 7, abs=7)


def restless(peer):
    """Everything that takes air, by its own dice."""
    draw, others = peer.rng("restless"), [other for other in range(8) if other != peer.id]
    for tag in peer.rounds():
        for choice in draw.integers(6, size=3).tolist():
            to = int(draw.choice(others))
            if choice == 0:
                yield peer.broadcast(peer.initial_model, tag=tag)
            elif choice == 1:
                yield peer.send(to, peer.initial_model, tag=tag)
            elif choice == 2:
                yield peer.send(to, peer.initial_model, tag=tag, reliable=True, timeout_s=0.1)
            elif choice == 3:
                yield peer.sleep(float(draw.uniform(0.0, 0.02)))
            elif choice == 4:
                yield peer.wait_any([peer.broadcast(peer.initial_model, tag=tag), peer.sleep(0.004)])
            else:
                yield peer.pause(float(draw.uniform(0.0, 0.02)))


def stressed(simulate, seed, peers, **sections):
    task = {"entries": 2000, "layer_sizes": (1990, 10)}
    return fluid(
        simulate, restless, peers, task=task, seeds={"world": seed}, rounds={"count": 3, "stop_s": 1.0}, **sections
    )


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    ("mobility", "power"),
    [("uniform", {"kind": "mains"}), ("random_waypoint", {"kind": "mains"}),
     ("uniform", {"kind": "battery", "capacity_j": 0.4})],
)  # fmt: skip
def test_the_books_balance_whatever_happens(simulate, seed, mobility, power):
    """Ledger, batteries and the second account agree to 1e-9: checked by the fixture."""
    run = stressed(
        simulate,
        seed,
        peers={"nodes": {"count": 8, "power": power}},
        mobility={"kind": mobility, "area_m": (90.0, 90.0)},
    )
    assert len(run.transmissions) > 8
    heard = sum(row.outcome == "heard" and row.intended for row in run.receptions)
    assert 0 < run.world.traffic.delivered_messages <= heard + run.world.traffic.sent_messages


def test_equal_worlds_are_equal_to_the_last_bit(simulate):
    runs = [stressed(simulate, 5, peers=8, mobility={"kind": "uniform", "area_m": (90.0, 90.0)}) for _ in range(2)]
    assert np.array_equal(runs[0].joules, runs[1].joules)
    assert runs[0].transmissions == runs[1].transmissions
