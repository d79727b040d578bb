import math

import numpy as np
import pytest

from cosim.rng import stream
from cosim.sim.station import COLLIDED, HEARD

TRANSCEIVER = {"kind": "custom", "idle_w": 0.5, "receive_w": 0.75, "transmit_w": 2.0, "sleep_w": 0.125}
WIFI = {"kind": "wifi_80211a", "rate_bit_per_s": 6e6, "transceiver": TRANSCEIVER, "fragment_bytes": 400}
FRAME_S = 608e-6
LORA = {"kind": "lora", "transceiver": TRANSCEIVER, "region": "us915", "spreading_factor": 7}


def line(*places_m):
    return {"kind": "static", "positions_m": [[place, 0.0] for place in places_m]}


def shares(simulate, load, slotted):
    """Share of frames that a station amidst 20 others gets, at a mean number of frames per frame time."""
    count, rounds = 20, 60

    def program(peer):
        if peer.id == 0:
            return
        waits = stream(5, "traffic", peer.id).exponential(count * FRAME_S / load, rounds)
        for wait_s in waits.tolist():
            yield peer.pause(wait_s)
            peer.spawn(one(peer))

    def one(peer):
        yield peer.broadcast(peer.initial_model)

    angles = 2 * math.pi * np.arange(count) / count
    places = [[0.0, 0.0], *np.column_stack([20 * np.cos(angles), 20 * np.sin(angles)]).tolist()]
    run = simulate(
        program, count + 1, radio=WIFI, mobility={"kind": "static", "positions_m": places},
        medium={"kind": "aloha", "slotted": slotted},
    )  # fmt: skip
    assert len(run.transmissions) == count * rounds
    heard = [row.outcome == "heard" for row in run.receptions if row.peer == 0]
    return np.mean(heard), len(heard)


@pytest.mark.parametrize(("slotted", "vulnerable"), [(False, 2.0), (True, 1.0)])
def test_throughput_is_that_of_abramson_and_roberts(simulate, slotted, vulnerable):
    """A frame survives with probability exp(-2 G), in slots exp(-G); at 4 standard errors 1 seed in 16,000 fails."""
    load = 0.4
    share, frames = shares(simulate, load, slotted)
    expected = math.exp(-vulnerable * load)
    # Collisions of neighbours in time come in pairs, which doubles the variance.
    assert abs(share - expected) < 4.0 * math.sqrt(2.0 * expected * (1.0 - expected) / frames)


def two(simulate, capture, near_m, far_m, late_s):
    """Outcomes at station 0 of a near and a far station, the near one being later."""

    def program(peer):
        if peer.id:
            yield peer.pause(late_s if peer.id == 1 else 0.0)
            yield peer.broadcast(None)

    radio = {**LORA, "capture": capture}
    loss = [{"kind": "log_distance", "exponent": 4.0, "reference_loss_db": 46.6777}]
    run = simulate(
        program, 3, radio=radio, mobility=line(0, near_m, -far_m), medium={"kind": "aloha"}, propagation=loss
    )
    source = {row.transmission: row.source for row in run.transmissions}
    return {int(source[row.transmission]): row.outcome for row in run.receptions if row.peer == 0}


FRAME_OF_NOTHING_S = 46.336e-3
"""13 bytes at SF7."""


@pytest.mark.parametrize("capture", ["lorasim", "flora", "goursaud"])
def test_the_stronger_of_two_frames_that_begin_together_survives(simulate, capture):
    assert two(simulate, capture, 20.0, 60.0, 0.0) == {1: "heard", 2: "collided"}
    assert two(simulate, capture, 20.0, 20.0, 0.0)[2] != "heard"


def test_models_differ_in_how_much_stronger_a_frame_must_be(simulate):
    """20 m against 24 m are 3.2 dB."""
    heard = {name: two(simulate, name, 20.0, 24.0, 0.0)[1] == "heard" for name in ("lorasim", "flora", "goursaud")}
    assert heard == {"lorasim": False, "flora": True, "goursaud": False}


def test_who_follows_a_frame_does_not_turn_to_a_stronger_one(simulate):
    assert two(simulate, "lorasim", 20.0, 60.0, 0.02) == {1: "busy", 2: "collided"}


@pytest.mark.parametrize("capture", ["lorasim", "flora", "goursaud"])
@pytest.mark.parametrize("late_s", [0.0, 0.002, 0.004, 0.02, 0.045])
def test_capture_never_helps_the_weaker_signal(simulate, capture, late_s):
    """Whatever comes of the far frame, a stronger rival leaves it no better chance."""
    order = ["busy", "collided", "heard"]
    fates = [order.index(two(simulate, capture, near_m, 60.0, late_s)[2]) for near_m in (55.0, 40.0, 20.0)]
    assert fates == sorted(fates, reverse=True) or max(fates) < order.index("heard")


def test_duty_cycles_keep_frames_apart(simulate):
    """13 bytes of header and 7 more at SF7 take 56.6 ms, and 1 % of the time may be sent."""

    def program(peer):
        if peer.id == 0:
            for _ in range(3):
                yield peer.broadcast(None)

    run = simulate(
        program, 2, radio={**LORA, "region": "eu868"}, mobility=line(0, 10), medium={"kind": "aloha"}
    )  # fmt: skip
    ends_s = [row.end_s for row in run.transmissions]
    air_s = run.transmissions[0].air_s
    assert np.diff(ends_s) == pytest.approx([air_s * 100] * 2)


def test_codes_are_those_of_the_table():
    assert (HEARD, COLLIDED) == (0, 3)
