from itertools import pairwise

import pytest

from radio_models.slot_means import ERRORS, RULES, STATIONS, TABLE, counted, slot_means, table_lines
from radio_models.slot_model import Backoff

WIFI, BROADCAST = RULES[0], RULES[4]


def close(means, others, relative, absolute):
    assert means.attempts == pytest.approx(others.attempts, rel=relative)
    assert means.idle_slots == pytest.approx(others.idle_slots, rel=2 * relative)
    assert means.collision == pytest.approx(others.collision, abs=absolute)


@pytest.mark.parametrize(
    ("stations", "rules", "error"), [(2, WIFI, 0.0), (9, RULES[2], 0.25), (40, WIFI, 0.5), (64, BROADCAST, 0.0)]
)
def test_a_row_is_what_a_run_gives(stations, rules, error):
    """The same seed: six digits, as long as the generator draws what it drew."""
    means = slot_means(stations, rules, error)
    assert means == pytest.approx(counted(stations, rules, error), rel=1e-5)


@pytest.mark.parametrize(("stations", "rules"), [(104, WIFI), (76, BROADCAST), (576, BROADCAST)])
def test_between_rows_means_are_interpolated(stations, rules):
    close(slot_means(stations, rules, 0.0), counted(stations, rules, 0.0), 0.01, 0.01)


def test_the_table_holds_every_row_once():
    rows = [line for line in TABLE.read_text(encoding="ascii").splitlines() if not line.startswith("#")]
    assert len(rows) == len(set(rows)) == 1 + len(STATIONS) * (4 * len(ERRORS) + 2)
    assert rows[0] == [line for _, line in zip(range(2), table_lines(), strict=False)][1]


def test_collisions_grow_with_the_number_of_stations():
    for rules in RULES:
        collisions = [slot_means(stations, rules, 0.0).collision for stations in range(2, 400)]
        assert all(later > earlier - 0.01 for earlier, later in pairwise(collisions))
        assert collisions[0] < 0.2 < collisions[-1]


def test_other_rules_are_run():
    unusual = Backoff(7, 63, 4, 5, acknowledged=True)
    assert slot_means(3, unusual, 0.1) == counted(3, unusual, 0.1)
    assert slot_means(3, unusual, 0.1).collision > slot_means(3, WIFI, 0.1).collision
