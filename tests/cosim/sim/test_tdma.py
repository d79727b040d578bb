import pytest

from cosim.scenario import ScenarioError, load

TRANSCEIVER = {"kind": "custom", "idle_w": 0.5, "receive_w": 0.75, "transmit_w": 2.0, "sleep_w": 0.125}
WIFI = {"kind": "wifi_80211a", "rate_bit_per_s": 6e6, "transceiver": TRANSCEIVER, "fragment_bytes": 400}
FRAME_S = 608e-6


def line(*places_m):
    return {"kind": "static", "positions_m": [[place, 0.0] for place in places_m]}


def everybody_sends(peer):
    yield peer.broadcast(peer.initial_model)


def test_nobody_collides_and_everybody_has_its_turn(simulate):
    medium = {"kind": "tdma", "slot_s": 0.002}
    run = simulate(everybody_sends, 4, radio=WIFI, mobility=line(0, 10, 20, 30), medium=medium)
    assert [row.end_s for row in run.transmissions] == pytest.approx([0.002 * i + FRAME_S for i in range(4)])
    assert {outcome for *_, outcome in run.outcomes()} == {"heard"}


def test_slots_that_fit_exactly_are_enough(simulate):
    """Without guard time a frame begins as the one before it ends."""
    medium = {"kind": "tdma"}

    def program(peer):
        for _ in range(3):
            yield peer.send((peer.id + 1) % 3, peer.initial_model)

    run = simulate(program, 3, radio=WIFI, mobility=line(0, 10, 20), medium=medium)
    assert {row.attempts for row in run.transmissions} == {1.0}


def test_stations_far_apart_share_slots(simulate):
    """On a line of 45 m steps, with a reach of 51 m, three slots are enough."""
    medium = {"kind": "tdma", "slot_s": 0.002, "reuse": True}
    places = line(*range(0, 270, 45))
    run = simulate(everybody_sends, 6, radio=WIFI, mobility=places, medium=medium, graph={"kind": "radio"})
    assert run.end_s == pytest.approx(2 * 0.002 + FRAME_S)
    assert sum(outcome == "heard" for *_, outcome in run.outcomes()) == 10


@pytest.mark.parametrize(
    ("radio", "medium", "sentence"),
    [
        (WIFI, {"kind": "tdma", "slot_s": 1e-4}, "a frame, its acknowledgement and the guard time take"),
        ({"kind": "erasure", "rate_bit_per_s": 1e6}, {"kind": "tdma"}, "this radio has neither"),
        ({"kind": "erasure", "rate_bit_per_s": 1e6}, {"kind": "aloha"}, "this radio has neither"),
        (WIFI, {"kind": "aloha", "slot_s": 1.0}, "only slotted ALOHA has slots"),
        (WIFI, {"kind": "aloha", "slotted": True, "slot_s": 1e-6}, "a slot must be at least as long"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence(radio, medium, sentence):
    with pytest.raises(ScenarioError, match=sentence):
        load({
            "name": "x", "rounds": {"count": 1}, "peers": {"a": {"count": 2, "device": "ideal"}},
            "radio": radio, "medium": medium, "algorithm": {"kind": "local_sgd"},
        })  # fmt: skip
