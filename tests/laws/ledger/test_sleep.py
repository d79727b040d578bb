"""Joules of peers that sleep, in closed form: by a schedule, by their program, and when they send all the same."""

import math
from typing import Any

import pytest

REL = 1e-9
IDLE_W, RECEIVE_W, TRANSMIT_W, SLEEP_W, WAKE_W, WAKE_S = 0.53, 0.97, 2.3, 0.11, 0.4, 0.02
CHIP = {"kind": "custom", "idle_w": IDLE_W, "receive_w": RECEIVE_W, "transmit_w": TRANSMIT_W, "sleep_w": SLEEP_W,
        "wake_w": WAKE_W, "wake_s": WAKE_S}  # fmt: skip
SLOW = {"kind": "erasure", "rate_bit_per_s": 1e4, "fragment_bytes": 20, "transceiver": CHIP}
CELL = {"kind": "battery", "capacity_j": 30.0}
AIR_S = 8 * 43 * 4 / 1e4
"""A model of 43 parameters in single precision."""


def slept_s(run: Any) -> Any:
    slept = run.energy[run.energy.state.isin(["sleep", "wake"])]
    return lambda peer: float((slept[slept.peer == peer].end_s - slept[slept.peer == peer].start_s).sum())


def test_an_idle_peer_with_a_duty_cycle(books) -> None:
    """Of each second it listens 0.3 s, wakes for 0.02 s and sleeps for the rest; the first window opens at 0.1 s."""
    schedule = {"kind": "periodic", "period_s": 1.0, "on_s": 0.3, "offset_s": 0.1}
    groups = {"nodes": {"count": 2, "power": {"kind": "battery", "capacity_j": 90.0}, "sleep": schedule}}
    run = books("wait", peers=groups, radio=SLOW)
    for peer in range(2):
        assert run.spent(peer, "radio", "idle") == pytest.approx((3.0, 3.0 * IDLE_W), rel=REL)
        assert run.spent(peer, "radio", "wake") == pytest.approx((10 * WAKE_S, 10 * WAKE_S * WAKE_W), rel=REL)
        asleep_s = 7.0 - 10 * WAKE_S
        assert run.spent(peer, "radio", "sleep") == pytest.approx((asleep_s, asleep_s * SLEEP_W), rel=REL)
    assert run.summary["energy_j"]["wake"] == pytest.approx(2 * 10 * WAKE_S * WAKE_W, rel=REL)
    baseline_j = run.summary["energy_j_idle_baseline"]
    assert run.summary["energy_j_marginal"] == pytest.approx(run.summary["energy_j"]["total"] - baseline_j, rel=REL)
    run.check_balance()
    run.check_contiguous()


def test_a_sleeping_peer_wakes_to_send_and_what_is_sent_to_it_is_lost(books) -> None:
    """Peer 0 never listens after the first microsecond; it sends twice in a row, then peer 1 sends to deaf ears."""
    schedule = {"kind": "periodic", "period_s": 1000.0, "on_s": 1e-6, "offset_s": 0.0}
    groups = {"deaf": {"count": 1, "power": CELL, "sleep": schedule}, "open": {"count": 1, "power": CELL}}
    run = books("two_late_broadcasts", peers=groups, radio=SLOW)
    first, second, third = run.transmissions.itertuples()
    assert first.start_s == pytest.approx(1.0 + WAKE_S, rel=REL)
    assert second.start_s == first.end_s
    assert (first.source, second.source, third.source) == (0, 0, 1)
    assert list(run.receptions.outcome) == ["heard", "heard", "asleep"]
    assert run.spent(0, "radio", "wake") == pytest.approx((WAKE_S, WAKE_S * WAKE_W), rel=REL)
    assert run.spent(0, "radio", "transmit") == pytest.approx((2 * AIR_S, 2 * AIR_S * TRANSMIT_W), rel=REL)
    assert run.spent(0, "radio", "idle")[0] == pytest.approx(1e-6, rel=REL)
    assert run.spent(0, "radio", "receive") == (0.0, 0.0)
    run.check_balance()
    run.check_contiguous()
    run.check_second_account(slept_s(run))


def test_who_sleeps_by_its_program_wakes_before_its_time(books) -> None:
    groups = {"nodes": {"count": 4, "power": CELL}}
    run = books("sleepers", peers=groups, radio=SLOW, rounds={"count": 3, "period_s": 1.0})
    for peer in range(4):
        assert run.spent(peer, "radio", "wake") == pytest.approx((3 * WAKE_S, 3 * WAKE_S * WAKE_W), rel=REL)
        asleep_s = 3 * (0.2 - WAKE_S)
        assert run.spent(peer, "radio", "sleep") == pytest.approx((asleep_s, asleep_s * SLEEP_W), rel=REL)
    assert run.summary["messages_sent"] == 12
    run.check_balance()
    run.check_contiguous()
    run.check_second_account(slept_s(run))


WIFI = {"kind": "wifi_80211a", "rate_bit_per_s": 6e6, "transceiver": CHIP}
CONTENTION = pytest.mark.parametrize("fidelity", ["transfer", "packet"])
BEFORE_S, FRAME_S = 34e-6 + 7.5 * 9e-6, 20e-6 + 4e-6 * math.ceil((16 + 6 + 8 * (43 * 4 + 36)) / 24)
"""DIFS and mean backoff; a frame of the model with 36 bytes of headers at 6 Mb/s."""


@CONTENTION
def test_a_sleeping_peer_wakes_to_send_among_others_too(books, fidelity) -> None:
    """The same under CSMA/CA: peer 0 is never up but for its two frames, and the waits before them."""
    schedule = {"kind": "periodic", "period_s": 1000.0, "on_s": 1e-6, "offset_s": 0.0}
    groups = {"deaf": {"count": 1, "power": CELL, "sleep": schedule}, "open": {"count": 1, "power": CELL}}
    run = books("two_late_broadcasts", peers=groups, radio=WIFI, mobility={"kind": "circle", "radius_m": 5.0},
                medium={"kind": "csma_ca", "fidelity": fidelity})  # fmt: skip
    assert [row.source for row in run.transmissions.itertuples()] == [0, 0, 1]
    assert run.transmissions.start_s[0] >= 1.0 + WAKE_S
    assert list(run.receptions.outcome) == ["heard", "heard", "asleep"]
    assert run.spent(0, "radio", "wake") == pytest.approx((WAKE_S, WAKE_S * WAKE_W), rel=REL)
    assert run.spent(0, "radio", "transmit") == pytest.approx((2 * FRAME_S, 2 * FRAME_S * TRANSMIT_W), rel=REL)
    assert run.spent(0, "radio", "receive") == (0.0, 0.0)
    idle_s = run.spent(0, "radio", "idle")[0]
    assert idle_s == pytest.approx(1e-6 + 2 * BEFORE_S, rel=REL if fidelity == "transfer" else 1.0)
    assert run.spent(0, "radio", "sleep")[1] == pytest.approx((10 - idle_s - 2 * FRAME_S - WAKE_S) * SLEEP_W, rel=REL)
    run.check_balance()
    run.check_contiguous()
    run.check_second_account(slept_s(run))


HEADERS = {**WIFI, "fragment_bytes": 100, "transceiver": {**CHIP, "overhearing": "header"}}


@pytest.mark.parametrize("on_s", [0.05, 0.35, 0.9, 1.0])
@pytest.mark.parametrize(("radio", "medium"), [
    (SLOW, "scheduled"), (HEADERS, "scheduled"), (HEADERS, "csma_ca"),
    (HEADERS, {"kind": "csma_ca", "fidelity": "packet"}),
])  # fmt: skip
def test_books_balance_whatever_duty_cycled_peers_do(books, on_s, radio, medium) -> None:
    """Programs that do everything, on radios with and without places; windows of their own, batteries that end."""
    schedule = {"kind": "periodic", "period_s": 0.37, "on_s": 0.37 * on_s}
    cross = {"kind": "cross_factor", "transmit_j_per_frame": 2e-3, "receive_j_per_frame": 1e-3,
             "receive_j_per_byte": 1e-5}  # fmt: skip
    groups = {"a": {"count": 3, "power": CELL, "sleep": schedule, "host": cross},
              "b": {"count": 1, "power": {"kind": "battery", "capacity_j": 2.0 + on_s}, "sleep": schedule},
              "c": {"count": 1, "leave_s": 1.9, "sleep": schedule}}  # fmt: skip
    places, seeds = {"kind": "circle", "radius_m": 30.0}, {"world": 3 + (radio is HEADERS), "learning": 5}
    rounds = {"count": 4, "period_s": 0.7}
    run = books("restless", peers=groups, radio=radio, rounds=rounds, mobility=places, seeds=seeds, medium=medium)
    run.check_balance()
    run.check_contiguous()
    run.check_second_account(slept_s(run))
    assert len(run.transmissions) > 0
    assert "asleep" in set(run.receptions.outcome)
