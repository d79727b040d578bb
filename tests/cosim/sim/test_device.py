from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from cosim.sim.device import (
    Device,
    ideal,
    jetson_nano,
    nrf52840,
    overlapping_domains,
    raspberry_pi_4b,
    without_overlap,
    xiaomi_12_pro,
)

PRESETS = {
    "raspberry_pi_4b": raspberry_pi_4b,
    "jetson_nano": jetson_nano,
    "xiaomi_12_pro": xiaomi_12_pro,
    "nrf52840": nrf52840,
    "ideal": ideal,
}
SIMPLE = Device(
    idle_w=1.0,
    active_w=4.0,
    peak_flops_per_s=1e9,
    efficiency=0.25,
    memory_bytes_per_s=1e8,
    overhead_s=0.5,
    domain="chip",
)

LENET_MULTIPLY_ADDS = 32 * 32 * 32 * (3 * 25) + 16 * 16 * 32 * (32 * 25) + 8 * 8 * 64 * (32 * 25) + 1024 * 10
LENET_TRAINING_FLOPS = 3 * 2 * LENET_MULTIPLY_ADDS


def test_time_is_overhead_plus_the_slower_of_arithmetic_and_memory():
    assert SIMPLE.duration_s(0.0, 0.0) == 0.5
    assert SIMPLE.duration_s(5e8, 0.0) == 0.5 + 2.0
    assert SIMPLE.duration_s(5e8, 3e8) == 0.5 + 3.0


def test_no_limit_takes_no_time():
    assert replace(SIMPLE, peak_flops_per_s=None).duration_s(1e30, 1e8) == 1.5
    assert replace(SIMPLE, memory_bytes_per_s=None).duration_s(2.5e8, 1e30) == 1.5
    assert ideal.duration_s(1e30, 1e30) == 0.0
    assert (ideal.idle_w, ideal.active_w) == (0.0, 0.0)


@settings(deadline=None, derandomize=True)
@given(
    preset=st.sampled_from(sorted(PRESETS)),
    flops=st.floats(0.0, 1e15),
    moved=st.floats(0.0, 1e12),
    more=st.floats(1.0, 10.0),
)
def test_more_work_never_takes_less_time(preset, flops, moved, more):
    device = PRESETS[preset]
    assert device.duration_s(more * flops, moved) >= device.duration_s(flops, moved) >= device.overhead_s
    assert device.duration_s(flops, more * moved) >= device.duration_s(flops, moved)


def test_a_negative_computation_is_refused():
    with pytest.raises(ValueError, match="cannot take"):
        SIMPLE.duration_s(-1.0, 0.0)
    with pytest.raises(ValueError, match="cannot take"):
        SIMPLE.duration_s(0.0, float("nan"))


def test_computing_with_less_than_idle_power_is_refused():
    with pytest.raises(ValidationError, match=r"active_w \(4.0 W\) cannot be less than idle_w \(5.0 W\)"):
        replace(SIMPLE, idle_w=5.0)


@pytest.mark.parametrize(
    "wrong",
    [{"efficiency": 0.0}, {"efficiency": 1.1}, {"domain": "room"}, {"peak_flops_per_s": 0.0}, {"overhead_s": -1.0}],
)
def test_parameters_outside_their_range_are_refused(wrong):
    with pytest.raises(ValidationError):
        replace(SIMPLE, **wrong)


def test_raspberry_pi_reproduces_its_linpack_run():
    """11.8 GFLOP/s at 7.2 W: 1.64 GFLOP per joule (sbc-reviews issue 4)."""
    flops = 11.8e9 * 600
    seconds = raspberry_pi_4b.duration_s(flops, 0.0)
    assert flops / seconds == pytest.approx(11.8e9, rel=1e-5)
    assert flops / (seconds * raspberry_pi_4b.active_w) == pytest.approx(1.64e9, rel=0.002)


def test_raspberry_pi_copies_memory_at_its_measured_bandwidth():
    assert raspberry_pi_4b.duration_s(0.0, 4.84e9) == pytest.approx(1.001)


def test_xiaomi_12_pro_reproduces_its_skiptrain_row():
    """2.076 ms a training sample, 640 samples a round of 1.3287 s, 17.7 W: 0.006533 Wh (SkipTrain, CIFAR-10).

    The network's multiply-adds come from its layers (three 5 x 5 convolutions to 32, 32 and 64 channels, one dense
    layer), so this checks the FLOPs, the efficiency and the energy together.
    """
    per_sample_s = xiaomi_12_pro.duration_s(LENET_TRAINING_FLOPS, 0.0)
    assert per_sample_s == pytest.approx(2.076125462e-3, rel=0.01)
    round_s = xiaomi_12_pro.duration_s(640 * LENET_TRAINING_FLOPS, 0.0)
    assert round_s == pytest.approx(1.328720296, rel=0.01)
    assert round_s * xiaomi_12_pro.active_w / 3600 == pytest.approx(0.006532875, rel=0.01)


def test_the_skiptrain_row_is_power_times_time():
    assert 1.328720296 * xiaomi_12_pro.active_w / 3600 == pytest.approx(0.006532875, rel=1e-6)
    assert 640 * 2.076125462e-3 == pytest.approx(1.328720296, rel=1e-6)


@pytest.mark.parametrize(
    ("preset", "low_flops_per_s", "high_flops_per_s"),
    [("jetson_nano", 100e9, 150e9), ("nrf52840", 10e6, 30e6), ("raspberry_pi_4b", 8e9, 11.9e9)],
)
def test_sustained_rates_lie_in_the_ranges_of_the_reference_table(preset, low_flops_per_s, high_flops_per_s):
    device = PRESETS[preset]
    assert low_flops_per_s <= device.efficiency * device.peak_flops_per_s <= high_flops_per_s


@pytest.mark.parametrize("domain", ["chip", "soc"])
def test_a_radio_alone_adds_to_a_processor_alone(domain):
    device = replace(SIMPLE, domain=domain)
    assert not overlapping_domains(domain, "radio")
    assert without_overlap(device, "radio", 0.8) is device


@pytest.mark.parametrize("domain", ["board", "wall"])
def test_a_radio_on_the_board_is_subtracted_once(domain):
    device = replace(SIMPLE, domain=domain)
    assert overlapping_domains(domain, "radio")
    bare = without_overlap(device, "radio", 0.75)
    assert (bare.idle_w, bare.active_w, bare.domain) == (0.25, 3.25, "soc")
    assert without_overlap(bare, "radio", 0.75) == bare


def test_idle_radio_and_idle_device_add_up_to_the_measured_board():
    radio_idle_w = 3.0 * 0.273
    bare = without_overlap(raspberry_pi_4b, "radio", radio_idle_w)
    assert bare.idle_w + radio_idle_w == pytest.approx(1.6, rel=1e-12)
    assert bare.active_w + radio_idle_w == pytest.approx(7.2, rel=1e-12)


def test_beside_a_transceiver_with_processor_the_processor_counts_above_idle():
    assert overlapping_domains("chip", "chip")
    assert overlapping_domains("soc", "board")
    device = without_overlap(SIMPLE, "chip", 0.33)
    assert (device.idle_w, device.active_w) == (0.0, 3.0)
    assert without_overlap(device, "chip", 0.33) == device
    assert without_overlap(ideal, "wall", 2.0) == ideal


def test_two_figures_of_whole_boards_are_refused():
    with pytest.raises(ValueError, match="domain soc"):
        without_overlap(raspberry_pi_4b, "chip", 0.33)


def test_a_radio_that_draws_more_than_its_board_is_refused():
    with pytest.raises(ValueError, match=r"does not fit into a wall that idles at 1\.6 W"):
        without_overlap(raspberry_pi_4b, "radio", 1.7)
