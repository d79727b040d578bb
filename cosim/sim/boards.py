"""Single-board computers and modules: presets of the section `device`.

Marks of confidence: A = computed, or seen in the named source; B = from memory of the named document; C = engineering
estimate, to be kept a parameter. Peak rates overstate small batches 3 to 30 times, whatever the efficiency here.
"""

from dataclasses import replace

from cosim.sim.device import Device, raspberry_pi_4b

raspberry_pi_4b_magpi = replace(
    raspberry_pi_4b,
    idle_w=2.1,
    active_w=6.41,
    efficiency=8.0 / 96,
    source="raspberrypi.org thermal test 2019: watts (A); feiereisen.net 2022: HPL 8 GFLOP/s (A; C for fp32 training); "
    "memory B; overhead C",
)
"""Raspberry Pi 4B by other sources than `raspberry_pi_4b`.

* idle 2.1 W, active 6.41 W: The MagPi, thermal test of 2019 (A).
* efficiency: HPL of feiereisen.net sustains 8 of 96 GFLOP/s (A as HPL; C as the rate of fp32 training).
* memory and overhead as in `raspberry_pi_4b` (B, C).
"""

jetson_xavier_nx_15w = Device(
    idle_w=4.0,
    active_w=15.0,
    peak_flops_per_s=845e9,
    efficiency=500.0 / 845.0,
    memory_bytes_per_s=36e9,
    overhead_s=1e-3,
    domain="soc",
    source="NVIDIA Jetson Xavier NX: power budget (A), peak 845 GFLOP/s fp32 (A); idle, efficiency, memory, overhead C",
)
"""NVIDIA Jetson Xavier NX module, 384 Volta cores at 1.1 GHz, mode of 15 W. The module carries no radio.

* idle 4 W (C). active 15 W: the budget of the mode, not a measurement (A).
* peak 845 GFLOP/s fp32, half of the 1.69 TFLOP/s in fp16 (A). efficiency: 500 GFLOP/s, middle of 400 to 600 (C).
* memory 36 GB/s: 70 % (C) of the 51.2 GB/s of LPDDR4x (B). overhead 1 ms (C).
"""

jetson_xavier_nx_10w = replace(jetson_xavier_nx_15w, active_w=10.0, peak_flops_per_s=614e9)
"""The same in its mode of 10 W, at 0.8 GHz: peak 614 GFLOP/s (B), active 10 W (A as a budget)."""

jetson_xavier_nx_20w = replace(jetson_xavier_nx_15w, active_w=20.0)
"""The same in its mode of 20 W (A as a budget), whose additional power goes to the processor's cores."""

jetson_orin_nano_15w = Device(
    idle_w=2.6,
    active_w=15.0,
    peak_flops_per_s=1280e9,
    efficiency=850.0 / 1280.0,
    memory_bytes_per_s=48e9,
    overhead_s=1e-3,
    domain="board",
    source="NVIDIA forum 348662: 2.6 W tuned minimum of the board (A); NVIDIA data sheet: budget and peak (B); "
    "efficiency, memory, overhead C",
)
"""NVIDIA Jetson Orin Nano 8 GB, 1,024 Ampere cores at 0.625 GHz, mode of 15 W, with its carrier board.

* idle 2.6 W: the least a user reached for the whole board, Joulescope, forum thread 348662 (A; ordinary idle is more).
* active 15 W: the budget of the mode (B). peak 1,280 GFLOP/s fp32 (B). efficiency: 850 of 700 to 1,000 (C).
* memory 48 GB/s: 70 % (C) of 68 GB/s of LPDDR5 (B). overhead 1 ms (C).
"""

jetson_orin_nano_7w = replace(jetson_orin_nano_15w, active_w=7.0, peak_flops_per_s=836e9)
"""The same in its mode of 7 W, at 0.408 GHz: peak 836 GFLOP/s (B), active 7 W (B)."""

jetson_orin_nano_super_25w = replace(
    jetson_orin_nano_15w,
    active_w=25.0,
    peak_flops_per_s=2090e9,
    efficiency=1175.0 / 2090.0,
    memory_bytes_per_s=71e9,
    source="zzc0721/torch-performance-test-data issue 110: fp32 GEMM 1.04 to 1.31 TFLOP/s measured (A); NVIDIA forum "
    "348662: idle (A); peak A; memory and overhead C",
)
"""The same as Orin Nano Super, at 1.02 GHz, mode of 25 W.

* peak 2,090 GFLOP/s fp32 (A, computed). efficiency: 1.175 TFLOP/s, middle of the 1.04 to 1.31 measured with products of
  matrices of 1,024 to 10,240 (A; C for small batches). TF32 gave 3.4 to 4.9, fp16 7 to 10 TFLOP/s.
* memory 71 GB/s: 70 % (C) of 102 GB/s (B).
"""
