import pytest

from cosim.scenario import ScenarioError, load
from cosim.sim.csma_ca import CsmaCa
from cosim.sim.wifi import Wifi80211a

RING = {"radio": {"kind": "first_order", "rate_bit_per_s": 1e6, "range_m": 10.0}, "graph": {"kind": "ring"}}
SCENARIO = {
    "name": "test",
    "rounds": {"count": 1},
    "peers": {"nodes": {"count": 2}},
    "algorithm": {"kind": "local_sgd"},
}


def test_the_dcf_of_802_11a():
    dcf = Wifi80211a().dcf
    assert (dcf.slot_s, dcf.sifs_s, dcf.difs_s) == pytest.approx((9e-6, 16e-6, 34e-6))
    assert (dcf.cw_min, dcf.cw_max, dcf.max_attempts, dcf.ack_s) == (15, 1023, 7, pytest.approx(44e-6))


def test_transfer_fidelity_is_the_default():
    assert CsmaCa().fidelity == "transfer"
    assert CsmaCa.source


def test_a_radio_without_dcf_is_refused():
    with pytest.raises(ScenarioError, match="csma_ca is how Wi-Fi shares the air"):
        load({**SCENARIO, **RING, "medium": {"kind": "csma_ca"}})
