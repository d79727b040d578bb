import pytest

from cosim.plugins import build
from cosim.sim.microcontrollers import stm32f746, stm32h743


@pytest.mark.parametrize(
    ("kind", "chip", "active", "sustained"),
    [("stm32f746", stm32f746, (0.33, 0.66), (50e6, 100e6)), ("stm32h743", stm32h743, (0.45, 0.9), (100e6, 250e6))],
)
def test_chips_lie_within_what_is_known_of_them(kind, chip, active, sustained):
    assert build("device", kind) == chip
    assert active[0] <= chip.active_w <= active[1]
    assert sustained[0] <= chip.efficiency * chip.peak_flops_per_s <= sustained[1]
    assert chip.idle_w < 0.01
    assert "(B)" in chip.source
