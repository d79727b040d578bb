import pytest

from cosim.scenario import load
from cosim.sim.cell_limits import current_warnings, peak_w

CHIP = {"kind": "custom", "idle_w": 0.5, "receive_w": 0.75, "transmit_w": 2.0, "sleep_w": 0.1,
        "levels": [[0.0, 1.0], [20.0, 2.0]]}  # fmt: skip
BOARD = {
    "kind": "custom", "idle_w": 0.1, "active_w": 1.0, "peak_flops_per_s": 1e7, "efficiency": 1.0,
    "memory_bytes_per_s": None, "overhead_s": 0.0, "domain": "chip",
}  # fmt: skip


def scenario(transceiver=CHIP, **group):
    groups = {"nodes": {"count": 2, "device": BOARD, "tx_power_dbm": 10.0, **group}}
    radio = {"kind": "wifi_80211a", "transceiver": transceiver}
    return load({"rounds": {"count": 1}, "peers": groups, "radio": radio, "algorithm": "local_sgd"})


def test_the_peak_is_that_of_radio_and_processor_together():
    chosen = scenario()
    assert peak_w(chosen, chosen.peers["nodes"]) == 1.5 + 1.0


def test_a_host_adds_the_frames_it_handles():
    host = {"kind": "cross_factor", "transmit_j_per_frame": 1e-3, "receive_j_per_frame": 0.0}
    chosen = scenario(host=host)
    frame_s = chosen.radio.frames(8 * chosen.radio.fragment_bytes).full_airtime_s
    assert peak_w(chosen, chosen.peers["nodes"]) == pytest.approx(2.5 + 1e-3 / frame_s, rel=1e-12)


@pytest.mark.parametrize(
    ("limits", "label"),
    [
        ({"continuous_a": 1.0, "peak_a": 2.0}, None),
        ({"continuous_a": 0.5, "peak_a": 2.0}, "battery of nodes: up to 0.833 A are drawn, it gives 0.5 A for long"),
        ({"continuous_a": 0.5, "peak_a": 0.6}, "battery of nodes: up to 0.833 A are drawn, it gives 0.6 A at most"),
        ({"nominal_v": None, "peak_a": 0.1}, None),
        ({}, None),
    ],
)
def test_a_label_tells_who_draws_too_much(limits, label):
    power = {"kind": "battery", "capacity_j": 1e3, "nominal_v": 3.0, **limits}
    assert list(current_warnings(scenario(power=power))) == ([] if label is None else [label])


def test_mains_have_no_limit():
    assert list(current_warnings(scenario())) == []
