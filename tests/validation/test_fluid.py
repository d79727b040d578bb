"""The fluid against ns-3's tables; draws are fixed, and points may lie 3 standard errors off (false alarms 0.3 %)."""

import fluid
import pytest


@pytest.mark.parametrize("senders", [1, 5, 20])
def test_saturated_stations_share_the_air_as_in_ns3(reference_table, senders):
    rows = [row for row in reference_table("wifi_contention.csv") if int(row["n_senders"]) == senders]
    for quantity in fluid.contention(rows):
        assert quantity.agrees


def test_messages_end_when_those_of_ns3_do(reference_table):
    rows = [row for row in reference_table("wifi_message.csv") if float(row["message_bytes"]) <= 100_000]
    for quantity in fluid.messages(rows):
        assert quantity.agrees
