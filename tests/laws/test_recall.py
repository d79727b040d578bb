"""What was computed before is not computed again, and nothing shows whether it was."""

import pyarrow as pa
import pytest

from cosim import run
from cosim.scenario import load, shipped

QUICK = {
    "name": "recall",
    "rounds": {"count": 24, "period_s": 0.5},
    "peers": {"phones": {"count": 8, "device": "raspberry_pi_4b"}},
    "radio": {"kind": "erasure", "rate_bit_per_s": 6e6, "loss": 0.2, "transceiver": "ns3_wifi"},
    "graph": {"kind": "random_k_out", "k": 2},
    "data": {"kind": "blobs", "samples": 400},
    "partition": {"kind": "dirichlet", "alpha": 0.5, "samples_per_peer": 30},
    "model": {"kind": "mlp", "hidden": [8]},
    "optimizer": {"kind": "sgd", "learning_rate": 0.1, "momentum": 0.9},
    "algorithm": "sparse_push",
    "evaluation": {"every_rounds": 4},
    "execution": {"device": "cpu", "lane_width": 8, "pin_every_rounds": 5},
}
FIRST_ORDER = {"radio": {"kind": "first_order", "rate_bit_per_s": 1e6, "range_m": 80.0},
               "mobility": {"kind": "uniform", "area_m": [60.0, 60.0]}}  # fmt: skip
SMALL = {"rounds.count": 6, "rounds.target_accuracy": None, "evaluation.every_rounds": 2, "evaluation.samples": 50,
         "execution.pin_every_rounds": 2}  # fmt: skip
SMALLER = {"lora_field": {"rounds.count": 2, "peers.sensors.count": 4, "model.hidden": [8]}}
"""A message of 100 kB is 902 frames, and every one an event."""


def ran(store, *changes, **sections):
    """A finished run through this store, `none` for without."""
    overrides: dict = {"execution.store": str(store)}
    for change in changes:
        overrides |= change
    return run(load({**QUICK, **sections}, overrides))


def same(one, other) -> bool:
    """Whether two runs tell the same, but for how it was computed."""
    untold = ("wall_s", "tasks")
    assert {k: v for k, v in one.summary.items() if k not in untold} == {
        k: v for k, v in other.summary.items() if k not in untold
    }
    return all(content(one.tables[name]) == content(other.tables[name]) for name in one.tables)


def content(table) -> bytes:
    """A table as bytes: what is not a number equals itself."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    return sink.getvalue().to_pybytes()


def counts(result) -> tuple[int, int]:
    """Tasks executed and recalled."""
    return result.summary["tasks"]["executed"], result.summary["tasks"]["recalled"]


@pytest.mark.parametrize("scenario", sorted(set(shipped()) - {"fashion_mnist_dirichlet"}))
def test_a_run_is_the_same_without_a_store_through_an_empty_one_and_recalled(tmp_path, scenario) -> None:
    small = {**SMALL, **SMALLER.get(scenario, {})}
    results = [run(load(scenario, {**small, "execution.store": str(store)})) for store in ("none", tmp_path, tmp_path)]
    assert same(results[0], results[1])
    assert same(results[0], results[2])
    assert counts(results[1])[0] == counts(results[0])[0]
    assert counts(results[2])[0] == 0
    tasks = results[2].summary["tasks"]
    assert tasks["recalled"] + tasks["unneeded"] == results[0].summary["tasks"]["recorded"]
    assert tasks["unneeded"] <= 0.1 * tasks["recorded"]


NO_NEW_TRAINING = {
    "transceiver watts": {"radio.transceiver": {"kind": "custom", "transmit_w": 1.5, "receive_w": 0.7, "idle_w": 0.2,
                                                "sleep_w": 0.0, "domain": "radio"}},
    "device power": {"peers.phones.device": {"kind": "raspberry_pi_4b", "idle_w": 1.0, "active_w": 9.0}},
    "device speed": {"peers.phones.device": {"kind": "raspberry_pi_4b", "peak_flops_per_s": 3e9}},
    "a battery that does not die": {"peers.phones.power": {"kind": "battery", "capacity_j": 1e6}},
    "bit rate": {"radio.rate_bit_per_s": 12e6},
    "header": {"radio.header_bytes": 60},
    "plan of recording": {"recording.level": "summary"},
}  # fmt: skip


@pytest.mark.parametrize("change", NO_NEW_TRAINING.values(), ids=NO_NEW_TRAINING.keys())
def test_what_changes_no_reception_costs_no_training(tmp_path, change) -> None:
    before = ran(tmp_path)
    after = ran(tmp_path, change)
    assert counts(after)[0] == 0
    assert after.summary["accuracy_mean"] == before.summary["accuracy_mean"]
    assert same(after, ran("none", change))


def test_first_order_constants_cost_no_training(tmp_path) -> None:
    before = ran(tmp_path, **FIRST_ORDER)
    after = ran(tmp_path, {"radio.e_elec_j_per_bit": 80e-9}, **FIRST_ORDER)
    assert counts(after)[0] == 0
    assert after.summary["energy_j"]["transmit"] > before.summary["energy_j"]["transmit"]


def test_a_battery_that_dies_changes_who_is_heard_and_hence_what_is_learnt(tmp_path) -> None:
    before = ran(tmp_path)
    joules = before.summary["energy_j"]["total"] / 8
    after = ran(tmp_path, {"peers.phones.power": {"kind": "battery", "capacity_j": 0.5 * joules}})
    assert after.summary["deaths"]
    assert counts(after)[0] > 0
    assert counts(after)[1] > 0  # the rounds before


def test_more_rounds_go_on_where_the_others_ended(tmp_path) -> None:
    ran(tmp_path)
    longer = ran(tmp_path, {"rounds.count": 32})
    executed, recalled = counts(longer)
    assert recalled > executed > 0
    assert same(longer, ran("none", {"rounds.count": 32}))


def test_other_metrics_are_computed_from_what_is_kept(tmp_path) -> None:
    ran(tmp_path)
    finer = ran(tmp_path, {"evaluation.every_rounds": 3})
    assert same(finer, ran("none", {"evaluation.every_rounds": 3}))


@pytest.mark.parametrize("other", [{"seeds.learning": 2}, {"optimizer.learning_rate": 0.2}, {"precision": "float64"}])
def test_other_learning_recalls_nothing_of_it(tmp_path, other) -> None:
    ran(tmp_path)
    changed = ran(tmp_path, other)
    assert changed.summary["tasks"]["recalled"] <= 1  # zeros are zeros
    assert same(changed, ran("none", other))


def test_a_store_without_tensors_still_gives_the_metrics(tmp_path) -> None:
    before = ran(tmp_path, {"execution.store_budget_bytes": 0})
    assert list(tmp_path.glob("*/*.safetensors")) == []
    after = ran(tmp_path, {"execution.store_budget_bytes": 0})
    assert same(before, after)
