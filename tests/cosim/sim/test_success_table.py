import numpy as np
import pytest

from cosim.sim.lora import Lora
from cosim.sim.success_table import ACKNOWLEDGEMENT, CERTAIN_LOSS, SuccessTable
from cosim.sim.wifi import Wifi80211a

RADIO = Wifi80211a(rate_bit_per_s=24e6)


def ratios(*levels_db):
    return 10.0 ** (np.array(levels_db) / 10.0)


def test_between_its_steps_it_is_as_exact_as_it_says():
    table, levels_db = SuccessTable(), np.linspace(9.0, 16.0, 701) + 0.00377
    with np.errstate(divide="ignore"):
        exact = np.log1p(-RADIO.frame_error_rate(levels_db, 1472))
    found = table.log_success(table.row(RADIO, 1472), 10.0 ** (levels_db / 10.0))
    # Below that one minus an error rate has few digits left.
    known = exact > -20.0
    assert known.sum() > 400
    assert found[known] == pytest.approx(exact[known], rel=3e-4, abs=1e-12)


def test_sizes_rates_and_acknowledgements_have_rows_of_their_own():
    table, slow = SuccessTable(), Wifi80211a(rate_bit_per_s=6e6)
    rows = [table.row(RADIO, 1472), table.row(RADIO, 100), table.row(RADIO, ACKNOWLEDGEMENT), table.row(slow, 1472)]
    assert rows == [0, 1, 2, 3]
    assert table.row(RADIO, 100) == 1
    found = np.exp(table.log_success(np.array(rows), np.repeat(ratios(12.0), 4)))
    exact = [RADIO.frame_error_rate(12.0, 1472), RADIO.frame_error_rate(12.0, 100), RADIO.ack_error_rate(12.0),
             slow.frame_error_rate(12.0, 1472)]  # fmt: skip
    assert found == pytest.approx(1.0 - np.array(exact, dtype=float), rel=1e-4, abs=1e-9)


def test_outside_of_its_range_nothing_or_everything_is_decoded():
    table = SuccessTable()
    for row in range(12):
        table.row(RADIO, row + 1)
    low, high = table.log_success(11, ratios(-90.0, 90.0))
    assert low == CERTAIN_LOSS
    assert high == 0.0


def test_a_sharp_edge_stays_within_a_hundredth_of_a_decibel():
    radio, table = Lora(), SuccessTable()
    edge_db = radio.detection_snr_db
    below, above = table.log_success(table.row(radio, 50), ratios(edge_db - 0.011, edge_db + 0.011))
    assert (below, above) == (CERTAIN_LOSS, 0.0)
