"""ResNet-20 for 16 peers on a GPU: cosim against a plain torch loop over the peers on the same GPU.

Times are those on the wall: a GPU works while the CPU goes on. Both wait for it before the clock stops.

    python tests/benchmarks/accelerator.py --json
"""

import time

import torch
from convolutions import plain_s, scenario_of
from images import NoiseImages
from promises import promise
from row import Row, Sheet, absent, interleaved, measured, paired, run_as_command
from workloads import carry_out, ready

from cosim.scenario import Scenario, ScenarioError

PEERS = 16
NAME = "resnet20_gpu_over_loop"


def cosim_wall_s(scenario: Scenario) -> float:
    """Seconds of a run."""
    experiment = ready(scenario)
    torch.cuda.synchronize()
    started = time.perf_counter()
    carry_out(experiment)
    torch.cuda.synchronize()
    return time.perf_counter() - started


def row(model: str, rounds: int, repeats: int) -> Row:
    """One model."""
    if not torch.cuda.is_available():
        return absent(promise(NAME), "no GPU")
    images = NoiseImages(channels=3, side_pixels=32)
    try:
        scenario = scenario_of(model, images, PEERS, rounds, "cuda")
    except ScenarioError as error:
        return absent(promise(NAME), str(error))
    seconds = interleaved(
        repeats, loop=lambda: plain_s(scenario, "cuda", time.perf_counter), cosim=lambda: cosim_wall_s(scenario)
    )
    # The first of each compiles and warms up.
    ratios = paired(seconds, "loop", "cosim")[1:]
    step_ms = {name: 1e3 * min(values) / (PEERS * rounds) for name, values in seconds.items()}
    return measured(NAME, ratios, gpu=torch.cuda.get_device_name(), rounds=rounds, step_ms=step_ms)


def measure(quick: bool) -> Sheet:
    """ResNet-20."""
    rounds, repeats = (5, 3) if quick else (20, 6)
    return Sheet([row("resnet20", rounds, repeats)])


if __name__ == "__main__":
    run_as_command(measure, __doc__)
