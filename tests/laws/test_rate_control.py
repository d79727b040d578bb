"""Where all links are alike, a radio that chooses its rate is one that has this rate."""

import numpy as np
import pytest

from cosim import dry_run, load, run
from cosim.pricing import Pricing

SCENARIO = {
    "name": "pair",
    "rounds": {"count": 6, "period_s": 0.5},
    "peers": {"phones": {"count": 2}},
    "mobility": {"kind": "circle", "radius_m": 11.0},
    "propagation": [{"kind": "log_distance", "exponent": 3.0, "reference_loss_db": 46.6777}],
    "graph": {"kind": "ring"},
    "data": {"kind": "blobs", "samples": 200},
    "partition": {"kind": "dirichlet", "alpha": 0.5},
    "model": {"kind": "mlp", "hidden": [64]},
    "algorithm": "d_psgd",
    "execution": {"device": "cpu"},
}
IDEAL = {"kind": "wifi_80211a", "transceiver": "ns3_wifi", "rate_control": "ideal"}
TABLES = ("transmissions", "receptions", "energy", "graph", "tasks")
NOT_COMPARED = {"wall_s", "events", "tasks", "scenario"}


def scenario(**radio):
    return load({**SCENARIO, "radio": {**IDEAL, **radio}})


@pytest.fixture(scope="module")
def ideal():
    return run(scenario())


def test_it_is_the_fixed_rate_that_it_chooses(ideal):
    # 22 m at 16 dBm: 23.0 dB, enough for 54 Mb/s with NIST's errors (22.6 dB).
    fixed = run(scenario(rate_control="fixed", rate_bit_per_s=54e6))
    for name in TABLES:
        assert ideal.tables[name].equals(fixed.tables[name]), name
    assert np.isclose(ideal.tables["transmissions"]["air_s"].to_numpy().max(), _air_s(fixed), rtol=1e-12)


def _air_s(fixed):
    frames = fixed.scenario.radio.frames(int(fixed.tables["transmissions"]["payload_bits"].to_numpy().max()))
    return (frames.count - 1) * frames.full_airtime_s + frames.last_airtime_s


def test_a_faster_rate_is_shorter_on_the_air(ideal):
    slow = run(scenario(rate_control="fixed", rate_bit_per_s=6e6))
    ratio = slow.summary["energy_j"]["transmit"] / ideal.summary["energy_j"]["transmit"]
    assert 6.0 < ratio < 9.0


def test_a_stricter_target_takes_a_slower_rate(ideal):
    strict = run(scenario(rate_control={"kind": "ideal", "max_per": 1e-6}))
    fixed = run(scenario(rate_control="fixed", rate_bit_per_s=36e6))
    assert strict.tables["transmissions"].equals(fixed.tables["transmissions"])
    assert strict.summary["energy_j"]["transmit"] > ideal.summary["energy_j"]["transmit"]


def test_a_dry_run_has_the_same_transmissions(ideal):
    dry = dry_run.run(scenario())
    assert dry.tables["transmissions"].equals(ideal.tables["transmissions"])


def test_other_watts_are_priced_without_a_run(ideal):
    other = scenario(transceiver={"kind": "custom", "idle_w": 0.1, "receive_w": 0.2, "transmit_w": 0.9, "sleep_w": 0.0})
    priced, real = Pricing(ideal).reprice(other), run(other).summary
    assert priced["energy_j"]["total"] == pytest.approx(real["energy_j"]["total"], rel=1e-12)
    assert priced["energy_j"]["transmit"] == pytest.approx(real["energy_j"]["transmit"], rel=1e-12)
