"""Phones of the SkipTrain energy traces: presets of the section `device`, beside `xiaomi_12_pro`.

Active power is the maximum power of the whole phone, which SkipTrain charges for training; times per sample are those
of its traces (github.com/sacs-epfl/SkipTrain 1339be69, tutorial/Energy_traces_CIFAR-10.csv; A as the trace: derived
from AI-Benchmark timings, not metered). Idle 0.5 W, awake with the screen off, peaks and memory are estimates (C); of
peak and efficiency only the product counts.
"""

from cosim.sim.device import Device

LENET_TRAINING_FLOPS = 73_789_440.0
"""Training one sample with the CIFAR-10 LeNet of decentralizepy: 12,298,240 multiply-adds, two FLOPs each, three times
an inference as in the trace."""

_SOURCE = "github.com/sacs-epfl/SkipTrain, energy traces (A: derived, not metered); idle, peak and memory C"


def _phone(active_w: float, ms_per_sample: float, peak_flops_per_s: float, memory_bytes_per_s: float) -> Device:
    return Device(
        idle_w=0.5,
        active_w=active_w,
        peak_flops_per_s=peak_flops_per_s,
        efficiency=LENET_TRAINING_FLOPS / (ms_per_sample * 1e-3) / peak_flops_per_s,
        memory_bytes_per_s=memory_bytes_per_s,
        overhead_s=0.0,
        domain="board",
        source=_SOURCE,
    )


s22_ultra = _phone(15.1, 2.23, 2.2e12, 30e9)
"""Samsung Galaxy S22 Ultra: 15.1 W, LeNet 2.23 ms per training sample, 33 GFLOP/s; battery 19.4 Wh (A, the trace)."""

oneplus_nord_2 = _phone(11.0, 1.31, 0.9e12, 20e9)
"""OnePlus Nord 2 5G: 11 W, LeNet 1.31 ms per training sample, 56 GFLOP/s; battery 17.41 Wh (A, the trace)."""

poco_x3 = _phone(8.2, 5.84, 0.4e12, 9e9)
"""Xiaomi Poco X3: 8.2 W, LeNet 5.84 ms per training sample, 13 GFLOP/s; battery 23.2 Wh (A, the trace)."""
