"""What a change makes necessary, and nothing else, is computed: held against a store that knows the run."""

import pytest

from cosim import load, run
from cosim.whatif import what_if

TALK = {
    "name": "talk",
    "rounds": {"count": 12, "period_s": 0.5},
    "peers": {"phones": {"count": 5}},
    "radio": {"kind": "erasure", "rate_bit_per_s": 1e6, "loss": 0.2, "transceiver": "ns3_wifi"},
    "graph": {"kind": "random_k_out", "k": 2},
    "data": {"kind": "blobs", "samples": 200, "features": 6, "classes": 3},
    "model": "logistic_regression",
    "algorithm": "sgp",
    "evaluation": {"every_rounds": 2},
}
MOTES = {**TALK, "radio": {"kind": "first_order", "rate_bit_per_s": 1e6, "range_m": 500.0}}
CONTENDING = {**TALK, "radio": {"kind": "wifi_80211a", "rate_bit_per_s": 6e6, "transceiver": "ns3_wifi"},
              "medium": {"kind": "csma_ca", "jitter_s": 0.01}}  # fmt: skip
PRICES = {
    "watts of the radio": (TALK, {"radio.transceiver.idle_w": 0.1, "radio.transceiver.transmit_w": 3.0}),
    "watts under contention": (CONTENDING, {"radio.transceiver.idle_w": 0.1, "radio.transceiver.transmit_w": 3.0}),
    "watts of a device": (TALK, {"peers.phones.device.active_w": 12.0}),
    "a battery that lasts": (TALK, {"peers.phones.power": {"kind": "battery", "capacity_j": 1e4}}),
    "constants of the first order": (MOTES, {"radio.e_elec_j_per_bit": 1e-8, "radio.e_mp_j_per_bit_m4": 1e-14}),
}


@pytest.fixture
def asked(tmp_path):
    """Runs a scenario with a store of its own, then asks: gives the answer."""

    def asked(scenario, changes, **how):
        kept = run(
            load({**scenario, "execution": {"device": "cpu", "lane_width": 8, "store": str(tmp_path / "store")}})
        )
        assert kept.summary["tasks"]["executed"] > 0
        return what_if(kept, kept.scenario.with_(changes), run, **how)

    return asked


@pytest.mark.parametrize("name", PRICES)
def test_prices_execute_nothing_even_when_they_are_replayed(asked, name):
    answer = asked(*PRICES[name], replay=True)
    assert not answer.repriced
    assert answer.tasks["executed"] == 0
    assert answer.tasks["recalled"] > 0
    assert answer.reasons == ["every computation is one that the run had made already"]


@pytest.mark.parametrize(
    "changes",
    [{"radio.rate_bit_per_s": 4e6}, {"peers.phones.device.overhead_s": 2e-3}, {"radio.header_bytes": 50}],
    ids=lambda changes: next(iter(changes)),
)
def test_other_times_under_a_common_clock_execute_nothing(asked, changes):
    answer = asked(TALK, changes)
    assert answer.not_priced is not None
    assert answer.tasks["executed"] == 0
    assert answer.receptions.differing == answer.computations.new == 0


def test_what_other_receptions_made_different_is_executed_and_the_prefix_is_not(asked):
    answer = asked(TALK, {"radio.loss": 0.21})
    assert answer.receptions.causes == {"heard -> lost": answer.receptions.differing}
    assert 0 < answer.computations.new < answer.computations.total
    assert 0 < answer.tasks["executed"] < answer.tasks["recorded"]
    assert answer.reasons[0].startswith("first reception that differs: the message of peer")


def test_another_learning_rate_executes_everything(asked):
    answer = asked(TALK, {"optimizer.learning_rate": 0.2})
    assert answer.computations.new == answer.computations.total
    assert answer.tasks["executed"] >= answer.computations.total
    assert answer.reasons[0] == "optimizer.learning_rate decides what is learnt"
