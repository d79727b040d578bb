"""Links that fade, in the fluid: each fragment meets the gain of its block, as at packet fidelity."""

import numpy as np
import pytest

PATH = {"kind": "log_distance", "exponent": 3.0, "reference_loss_db": 46.6777}
WIFI = {"kind": "wifi_80211a", "rate_bit_per_s": 24e6}
CARRIER_HZ = 5.2e9
FRAGMENTS = 20
SIZE = {"entries": FRAGMENTS * 368, "layer_sizes": (FRAGMENTS * 368 - 10, 10)}


def circle(peers, radius_m):
    angles = 2.0 * np.pi * np.arange(peers) / peers
    return [[radius_m * float(np.cos(angle)), radius_m * float(np.sin(angle))] for angle in angles]


@pytest.fixture
def run(simulate):
    def of(program, places_m, fidelity, speed_m_per_s):
        rayleigh = {"kind": "rayleigh", "frequency_hz": CARRIER_HZ, "speed_m_per_s": speed_m_per_s}
        return simulate(
            program, len(places_m), radio=WIFI, propagation=[PATH, rayleigh], task=SIZE,
            mobility={"kind": "static", "positions_m": places_m}, medium={"kind": "csma_ca", "fidelity": fidelity},
        )  # fmt: skip

    return of


def test_a_fade_that_stands_still_decides_for_a_whole_broadcast(run):
    """Forty hearers at one mean ratio: a gain each, the same at both fidelities, so nearly all or nothing arrives."""

    def program(peer):
        if peer.id == 0:
            yield peer.broadcast(peer.initial_model)

    places_m = [[0.0, 0.0], *circle(40, 30.0)]
    transfer, packet = (
        np.array([row.fragments_heard for row in sorted(run(program, places_m, fidelity, 0.0).receptions,
                                                        key=lambda row: row.peer)])
        for fidelity in ("transfer", "packet")
    )  # fmt: skip
    assert 3 <= (transfer == 0).sum() <= 20
    assert (transfer == FRAGMENTS).sum() >= 15
    assert (np.abs(transfer - packet) <= FRAGMENTS // 4).sum() >= 38


def test_attempts_follow_the_blocks_of_a_fade(run):
    """Without the fade every frame is sent once; attempts of 60 messages agree within 8 %, over some 600 blocks."""

    def program(peer):
        if peer.id == 0:
            for _ in range(60):
                yield peer.send(1, peer.initial_model)

    attempts = {}
    for fidelity in ("transfer", "packet"):
        attempts[fidelity] = sum(row.attempts for row in run(program, [[0, 0], [30, 0]], fidelity, 3.0).transmissions)
    assert attempts["transfer"] > 1.1 * 60 * FRAGMENTS
    assert attempts["transfer"] == pytest.approx(attempts["packet"], rel=0.08)
