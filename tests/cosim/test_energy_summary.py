import numpy as np
import pytest

from cosim.energy_summary import RestWatts, energy_of_group, energy_summary, level_changes_no_watts
from cosim.results.tables import PARTS, STATES
from cosim.scenario import load

RADIO, PROCESSOR, HOST = range(len(PARTS))
PLACE = {name: i for i, name in enumerate(STATES)}


@pytest.fixture
def cells():
    """Two peers for 10 s: the first sends 2 s and sleeps 3 s, the second is off for 4 s and computes 1 s."""
    seconds = np.zeros((2, len(PARTS), len(STATES)))
    seconds[0, RADIO, [PLACE["idle"], PLACE["transmit"], PLACE["sleep"]]] = (5.0, 2.0, 3.0)
    seconds[0, PROCESSOR, PLACE["idle"]] = 10.0
    seconds[1, RADIO, [PLACE["idle"], PLACE["off"]]] = (6.0, 4.0)
    seconds[1, PROCESSOR, [PLACE["idle"], PLACE["compute"], PLACE["off"]]] = (5.0, 1.0, 4.0)
    watts = np.zeros_like(seconds)
    watts[:, RADIO, [PLACE["idle"], PLACE["transmit"], PLACE["sleep"]]] = (1.0, 3.0, 0.5)
    watts[:, PROCESSOR, [PLACE["idle"], PLACE["compute"]]] = (2.0, 7.0)
    rest = RestWatts(np.ones(2), np.full(2, 0.5), np.full(2, 2.0))
    return seconds, seconds * watts, rest


def test_sums_by_state_and_what_lies_above_idle(cells):
    summary = energy_summary(*cells)
    assert summary["energy_j"] == {
        "total": 55.5, "compute": 7.0, "transmit": 6.0, "receive": 0.0, "idle": 41.0, "idle_radio": 11.0,
        "idle_processor": 30.0, "sleep": 1.5,
    }  # fmt: skip
    # 7 s and 6 s of an idle radio, 3 s of a sleeping one, 10 s and 6 s of an idle processor.
    assert summary["energy_j_idle_baseline"] == 7.0 + 6.0 + 1.5 + 20.0 + 12.0
    assert summary["energy_j_marginal"] == 2.0 * (3.0 - 1.0) + 1.0 * (7.0 - 2.0)
    assert summary["energy_j_per_peer"] == {"mean": 27.75, "max": 32.5}
    assert summary["seconds"]["transmit"] == 2.0
    assert summary["seconds"]["total"] == 40.0


def test_a_group_has_the_joules_of_its_peers(cells):
    _, joules, _ = cells
    assert energy_of_group(joules, (1,)) == {
        "energy_j": 23.0, "energy_j_by_part": {"radio": 6.0, "processor": 17.0}
    }  # fmt: skip
    assert energy_of_group(joules, (0, 1))["energy_j"] == 55.5


def test_hosts_and_waking_are_told_where_there_are_any(cells):
    seconds, joules, rest = cells
    seconds[1, RADIO, [PLACE["idle"], PLACE["wake"]]] = (5.5, 0.5)
    joules[1, RADIO, [PLACE["idle"], PLACE["wake"]]] = (5.5, 0.1)
    joules[0, HOST, PLACE["transmit"]] = 0.25
    summary = energy_summary(seconds, joules, rest._replace(radio_wake=np.full(2, 0.2)))
    assert summary["energy_j"]["wake"] == 0.1
    assert summary["energy_j"]["host"] == 0.25
    assert summary["energy_j"]["transmit"] == 6.0
    assert summary["energy_j"]["total"] == pytest.approx(55.5 - 0.4 + 0.25)
    assert summary["seconds"]["wake"] == 0.5
    # Who wakes is counted as waking, like who sleeps as sleeping.
    assert summary["energy_j_idle_baseline"] == pytest.approx(7.0 + 6.0 + 1.5 + 20.0 + 12.0 - 0.5 + 0.1)
    assert energy_of_group(joules, (0,))["energy_j_by_part"]["host"] == 0.25


@pytest.mark.parametrize(
    ("radio", "expected"),
    [
        ("wifi_80211a", True),
        ({"kind": "wifi_80211a", "transceiver": "ideal"}, False),
        ({"kind": "wifi_80211a", "transceiver": "sx1276"}, False),
        ({"kind": "first_order", "rate_bit_per_s": 1e6, "range_m": 50.0}, False),
    ],
)
def test_the_label_of_equal_watts_is_for_radios_whose_level_decides_who_hears(radio, expected):
    assert level_changes_no_watts(load("quickstart").with_(radio=radio, medium="scheduled").radio) is expected
