import pytest

from cosim.plugins import build
from cosim.sim.phones import LENET_TRAINING_FLOPS, oneplus_nord_2, poco_x3, s22_ultra

LAYERS = 32 * 32 * 32 * (3 * 25) + 16 * 16 * 32 * (32 * 25) + 8 * 8 * 64 * (32 * 25) + 1024 * 10


def test_training_a_sample_is_three_inferences():
    assert LENET_TRAINING_FLOPS == 3 * 2 * LAYERS


@pytest.mark.parametrize(
    ("kind", "phone", "watts", "ms", "round_wh"),
    [
        ("s22_ultra", s22_ultra, 15.1, 2.23, 0.00599),
        ("oneplus_nord_2", oneplus_nord_2, 11.0, 1.31, 0.00256),
        ("poco_x3", poco_x3, 8.2, 5.84, 0.00852),
    ],
)
def test_a_round_of_640_samples_takes_the_time_and_joules_of_the_trace(kind, phone, watts, ms, round_wh):
    assert build("device", kind) == phone
    round_s = phone.duration_s(640 * LENET_TRAINING_FLOPS, 0.0)
    assert round_s == pytest.approx(640 * ms * 1e-3, rel=1e-9)
    assert phone.active_w == watts
    assert round_s * phone.active_w / 3600.0 == pytest.approx(round_wh, rel=3e-3)
