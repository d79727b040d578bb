import numpy as np
import pytest

from cosim.sim.capture import SINR, capture_of
from radio_models.lora_capture import capture_model


@pytest.mark.parametrize(("name", "margin_db", "averaged"), [("lorasim", 6, False), ("flora", 1, False),
                                                             ("goursaud", 6, True)])  # fmt: skip
def test_models_of_frames_of_one_spreading_factor(name, margin_db, averaged):
    for factor in (7, 12):
        assert capture_of(capture_model(name), factor) == (margin_db, averaged)


def test_energies_are_compared_over_the_frame():
    rule = capture_of(capture_model("goursaud"), 9)
    signal, energy = np.full(3, 100.0), 100.0 / 10 ** np.array([0.59, 0.61, 9.0])
    assert rule.outlast(np.zeros(3), signal, energy).tolist() == [-np.inf, 0.0, 0.0]


def test_ratios_alone_leave_everything_as_it_is():
    values = np.array([-1.0, -2.0])
    assert SINR.outlast(values, values, values) is values
