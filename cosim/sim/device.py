"""What computes: the parts of the section `device`, with their time per computation and their watts.

Marks of confidence in the presets: A = computed, or seen in the named source; B = from memory of the named
document, or seen in a secondary source; C = engineering estimate: keep it a parameter.

The domain of a device, from the inside out, says what its watts include:

    chip   the processor alone
    soc    the package with its memory, or a compute module, without a radio
    board  everything on the board, a radio on it included
    wall   the board and its power supply
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar, Literal, final

from cosim.part import NonNegative, Positive, PositiveFraction, part

Domain = Literal["chip", "soc", "board", "wall"]


@final
@part
class Device:
    """A processor: time = overhead + max(FLOPs / (efficiency peak), bytes / bandwidth), power = idle or active.

    The roof-line model (Williams, Waterman, Patterson, "Roofline: an insightful visual performance model for
    multicore architectures", CACM 52(4), 2009) plus a constant start-up time.

    Attributes:
        idle_w: power when nothing is computed.
        active_w: power during a computation, at least idle_w.
        peak_flops_per_s: peak rate; null for no limit.
        efficiency: share of the peak that training sustains. Peak rates overstate small batches 3 to 30 times.
        memory_bytes_per_s: sustained memory bandwidth; null for no limit.
        overhead_s: time each computation takes however small it is.
        domain: what the watts include.
        source: where the numbers come from, with marks of confidence.
    """

    prices: ClassVar[frozenset[str]] = frozenset({"idle_w", "active_w", "domain", "source"})
    """Parameters that set watts and joules and nothing else."""

    idle_w: NonNegative
    active_w: NonNegative
    peak_flops_per_s: Positive | None
    efficiency: PositiveFraction
    memory_bytes_per_s: Positive | None
    overhead_s: NonNegative
    domain: Domain
    source: str = "given by the user"

    def __post_init__(self) -> None:
        """Refuse a device that computes with less than its idle power."""
        if self.active_w < self.idle_w:
            raise ValueError(f"active_w ({self.active_w} W) cannot be less than idle_w ({self.idle_w} W)")

    def duration_s(self, flops: float, bytes_moved: float) -> float:
        """Time of one computation [s].

        Raises:
            ValueError: a negative number of operations or bytes.
        """
        if not (flops >= 0 and bytes_moved >= 0):
            raise ValueError(f"a computation cannot take {flops} FLOPs and {bytes_moved} bytes")
        arithmetic_s = flops / (self.efficiency * self.peak_flops_per_s) if self.peak_flops_per_s is not None else 0.0
        memory_s = bytes_moved / self.memory_bytes_per_s if self.memory_bytes_per_s is not None else 0.0
        return self.overhead_s + max(arithmetic_s, memory_s)


def overlapping_domains(device_domain: Domain, transceiver_domain: str) -> bool:
    """Whether the watts of a device and of a transceiver count some of the same joules.

    A board or wall figure of a device already contains the radio on the board, powered and listening. A transceiver
    figure that includes more than the radio alone already contains a processor at rest.
    """
    return transceiver_domain != "radio" or device_domain in ("board", "wall")


def without_overlap(device: Device, transceiver_domain: str, radio_idle_w: float) -> Device:
    """The device with what the transceiver's watts already count taken out, so that the two may be added.

    * Radio alone, beside a chip or package: nothing is counted twice, the device stays as it is.
    * Radio alone, on a board measured as a whole: the idle radio is subtracted from the device, so that idle device and
      idle radio add up to the measured figure again, and the radio adds what it draws above idle.
    * Transceiver with processor, and a device that is that chip or package: the device counts only above its idle.
    * Transceiver with processor, and a board: whether they are one machine cannot be told, so the pair is refused.

    Args:
        device: the processor.
        transceiver_domain: what the transceiver's watts include; "radio" is the radio alone.
        radio_idle_w: the transceiver's power when listening [W].

    Raises:
        ValueError: the pair is refused, or the radio draws more than the whole board.
    """
    if not overlapping_domains(device.domain, transceiver_domain):
        return device
    if device.domain in ("chip", "soc"):
        return replace(device, idle_w=0.0, active_w=device.active_w - device.idle_w)
    if transceiver_domain != "radio":
        raise ValueError(
            f"the watts of the device are those of a {device.domain}, the watts of the transceiver those of a "
            f"{transceiver_domain}: give those of the device without a radio (domain soc), or those of the radio alone "
            f"(domain radio)"
        )
    if not 0 <= radio_idle_w <= device.idle_w:
        raise ValueError(
            f"a radio that idles at {radio_idle_w} W does not fit into a {device.domain} that idles at "
            f"{device.idle_w} W: give the watts of the device without its radio (domain soc), or another transceiver"
        )
    return replace(device, idle_w=device.idle_w - radio_idle_w, active_w=device.active_w - radio_idle_w, domain="soc")


def domain_faults(scenario: Any, transceiver_domain: str, radio_idle_w: float) -> Iterator[tuple[tuple[str, ...], str]]:
    """For the check of a radio: groups whose device cannot be added up with its transceiver."""
    for name, group in scenario.peers.items():
        try:
            without_overlap(group.device, transceiver_domain, radio_idle_w)
        except ValueError as error:
            yield ("peers", name, "device"), str(error)


raspberry_pi_4b = Device(
    idle_w=1.6,
    active_w=7.2,
    peak_flops_per_s=96e9,
    efficiency=11.8 / 96,
    memory_bytes_per_s=4.84e9,
    overhead_s=1e-3,
    domain="wall",
    source="geerlingguy/sbc-reviews issue 4: watts (A), HPL 11.8 GFLOP/s (A; C for training); memory B; overhead C",
)
"""Raspberry Pi 4B, 8 GB, 4 Cortex-A72 at 1.5 GHz, at the wall, its Wi-Fi chip included.

* idle 1.6 W, active 7.2 W during HPL (5.0 W under stress-ng): github.com/geerlingguy/sbc-reviews issue 4 (A).
  A second source, The MagPi thermal test of 2019, has 2.1 and 6.41 W.
* peak 96 GFLOP/s fp32: 4 cores x 1.5 GHz x 16 (A, computed). efficiency: HPL sustains 11.8 GFLOP/s in fp64, with
  the 7.2 W above 1.64 GFLOP/J (A as HPL; C as the rate of fp32 training: small batches reach 2 to 8 GFLOP/s, that is
  an efficiency of 0.02 to 0.08; the HPL run of feiereisen.net gives 8).
* memory 4.84 GB/s: STREAM triad in C; the copy is 5.5 GB/s (sci-pi.org.uk/bench/stream.html, B: the page does not
  print the model beside the numbers).
* overhead 1 ms per computation (C).
"""

jetson_nano = Device(
    idle_w=1.75,
    active_w=10.0,
    peak_flops_per_s=236e9,
    efficiency=0.5,
    memory_bytes_per_s=17.9e9,
    overhead_s=1e-3,
    domain="soc",
    source="NVIDIA Jetson Nano data sheet: power budget and peak (A); idle, efficiency and memory C",
)
"""NVIDIA Jetson Nano 4 GB module, 128 Maxwell cores at 921.6 MHz. The module carries no radio.

* idle 1.75 W: middle of 1.5 to 2 (C). active 10 W: power budget of the MAXN mode (A, data sheet; a budget and not a
  measurement; the other mode is 5 W).
* peak 236 GFLOP/s fp32: 128 x 2 x 921.6 MHz; NVIDIA prints 472 in fp16 (A). efficiency 0.5: of 100 to 150 GFLOP/s
  sustained (C).
* memory 17.9 GB/s: 70 % (C) of the 25.6 GB/s of 64-bit LPDDR4 at 1600 MHz (B, NVIDIA data sheet).
* overhead 1 ms per computation, launches of kernels included (C).
"""

xiaomi_12_pro = Device(
    idle_w=0.5,
    active_w=17.7,
    peak_flops_per_s=2.2e12,
    efficiency=0.0161,
    memory_bytes_per_s=30e9,
    overhead_s=0.0,
    domain="board",
    source="github.com/sacs-epfl/SkipTrain, energy traces (A: derived, not metered); idle, peak and memory C",
)
"""Xiaomi 12 Pro, Snapdragon 8 Gen 1: the phone of the SkipTrain energy traces.

* active 17.7 W: maximum power of the whole phone, and the power SkipTrain charges for training
  (github.com/sacs-epfl/SkipTrain 1339be69, tutorial/Energy_traces_CIFAR-10.csv; A as the trace: derived, not metered).
* idle 0.5 W, awake with the screen off (C); the trace has none.
* efficiency 0.0161 of 2.2 TFLOP/s (C); only the product counts, 35.4 GFLOP/s. It is a reconstruction from the trace's
  2.076 ms per training sample of LeNet: 12.3 M multiply-adds forward (the CIFAR-10 LeNet of decentralizepy, 89,834
  parameters), training = 3 inferences as in the trace, 73.8 MFLOP a sample.
* memory 30 GB/s: about 60 % of the 51.2 GB/s of LPDDR5 (C). overhead 0: part of the time per sample already.
* its battery holds 17.8 Wh (A, the trace).
"""

nrf52840 = Device(
    idle_w=4.5e-6,
    active_w=9.9e-3,
    peak_flops_per_s=64e6,
    efficiency=0.3,
    memory_bytes_per_s=128e6,
    overhead_s=1e-5,
    domain="chip",
    source="Nordic nRF52840 product specification (B); efficiency and overhead C",
)
"""Nordic nRF52840, one Cortex-M4F at 64 MHz, 3 V, DC/DC converter on; the radio is not included.

* idle 4.5 uW: 1.5 uA x 3 V, system on. active 9.9 mW: 3.3 mA x 3 V, CoreMark from flash (B, product specification).
* peak 64 MFLOP/s: one operation a cycle; 128 if a fused multiply-add a cycle were counted (B). efficiency 0.3: of 10 to
  30 MFLOP/s sustained (C).
* memory 128 MB/s: one 32-bit load or store in two cycles (B, Cortex-M4 technical reference manual). overhead 10 us (C).
"""

ideal = Device(
    idle_w=0.0,
    active_w=0.0,
    peak_flops_per_s=None,
    efficiency=1.0,
    memory_bytes_per_s=None,
    overhead_s=0.0,
    domain="chip",
    source="costs nothing, by definition (A)",
)
"""Computes in no time with no energy: to study communication alone."""
