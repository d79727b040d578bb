import pytest

from cosim.plugins import build, kinds
from cosim.sim import boards
from cosim.sim.device import Device

PRESETS = [
    value for value in vars(boards).values() if isinstance(value, Device) and value is not boards.raspberry_pi_4b
]


def test_all_are_kinds_of_the_section():
    assert len(PRESETS) == 7
    assert all(any(build("device", kind) == preset for kind in kinds("device")) for preset in PRESETS)


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_are_marked_and_draw_more_when_they_compute(preset):
    assert " C" in preset.source or "(C" in preset.source
    assert 0.0 < preset.idle_w < preset.active_w
    assert 0.0 < preset.efficiency < 1.0


def test_what_they_sustain_is_within_what_the_sources_say():
    sustained = {
        boards.raspberry_pi_4b_magpi: (8e9, 8e9),
        boards.jetson_xavier_nx_15w: (400e9, 600e9),
        boards.jetson_orin_nano_15w: (700e9, 1000e9),
        boards.jetson_orin_nano_super_25w: (1040e9, 1310e9),
    }
    for preset, (least, most) in sustained.items():
        assert least * (1 - 1e-9) <= preset.efficiency * preset.peak_flops_per_s <= most * (1 + 1e-9)


def test_more_watts_never_compute_slower():
    for modes in (
        (boards.jetson_xavier_nx_10w, boards.jetson_xavier_nx_15w, boards.jetson_xavier_nx_20w),
        (boards.jetson_orin_nano_7w, boards.jetson_orin_nano_15w, boards.jetson_orin_nano_super_25w),
    ):
        assert [mode.active_w for mode in modes] == sorted(mode.active_w for mode in modes)
        times = [mode.duration_s(1e12, 1e9) for mode in modes]
        assert times == sorted(times, reverse=True)
