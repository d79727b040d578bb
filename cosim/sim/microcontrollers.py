"""Microcontrollers without a radio: presets of the section `device`, beside `nrf52840`.

Marks of confidence: B = from memory of the named document; C = engineering estimate. Idle is the *stop* mode, from
which an interrupt wakes the core in microseconds. Measured training on such chips: Deutel et al., arXiv 2407.10734.
"""

from cosim.sim.device import Device

stm32f746 = Device(
    idle_w=0.003,
    active_w=0.495,
    peak_flops_per_s=216e6,
    efficiency=0.35,
    memory_bytes_per_s=432e6,
    overhead_s=1e-5,
    domain="chip",
    source="ST data sheet DS10916 (B); efficiency, memory and overhead C",
)
"""STM32F746, Cortex-M7 at 216 MHz and 3.3 V.

* idle 3 mW, stop mode (B). active 0.495 W: middle of 100 to 200 mA (B).
* peak 216 MFLOP/s: one operation a cycle, 432 if a fused multiply-add counted twice (B). efficiency 0.35: of 50 to 100
  MFLOP/s sustained (C).
* memory 432 MB/s: one 32-bit load or store in two cycles (C). overhead 10 us (C).
"""

stm32h743 = Device(
    idle_w=0.0001,
    active_w=0.675,
    peak_flops_per_s=480e6,
    efficiency=0.365,
    memory_bytes_per_s=960e6,
    overhead_s=1e-5,
    domain="chip",
    source="ST data sheet DS12110 (B); efficiency, memory and overhead C",
)
"""STM32H743, Cortex-M7 at 480 MHz and 3.3 V.

* idle 0.1 mW, stop mode (B). active 0.675 W: middle of 0.45 to 0.9 W (B).
* peak 480 MFLOP/s: one operation a cycle (B). efficiency 0.365: of 100 to 250 MFLOP/s sustained (C).
* memory 960 MB/s: one 32-bit load or store in two cycles (C). overhead 10 us (C).
"""
