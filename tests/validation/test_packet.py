"""Short runs of what `packet` compares at length: false alarms of 4 standard errors, 1 in 16,000 a number."""

import packet
import pytest


def agrees(point, tolerance, relative=True):
    allowed = tolerance * (point.theirs if relative else 1.0)
    return abs(point.ours - point.theirs) <= max(allowed, 4.0 * point.error)


def chosen(rows, **wanted):
    return [row for row in rows if all(float(row[name]) == value for name, value in wanted.items())]


@pytest.mark.parametrize(("senders", "mode"), [(1, "unicast"), (5, "unicast"), (5, "broadcast"), (20, "broadcast")])
def test_saturated_stations_share_the_air_as_in_ns3(reference_table, senders, mode):
    rows = [row for row in chosen(reference_table("wifi_contention.csv"), n_senders=senders) if row["mode"] == mode]
    for row in rows[:1]:
        goodput, failing = packet.wifi_points(row, 1.0)
        assert agrees(goodput, 0.02)
        assert agrees(failing, 0.015, relative=False)


def test_messages_are_whole_when_ns3_has_them(reference_table):
    rows = chosen(reference_table("wifi_message.csv"), message_bytes=100_000, rate_Mbps=54)
    for row in rows:
        times_s, attempts = packet.message_run(row, 1)
        several = float(row["n_senders"]) > 1
        spread_s = 4.0 * max(float(row["t_last_sd_s"]), 0.001 * several)
        assert max(times_s) == pytest.approx(float(row["t_last_s"]), rel=0.02, abs=spread_s)
        assert attempts == pytest.approx(float(row["attempts_per_fragment"]), abs=0.2 * several + 0.02)


@pytest.mark.parametrize(("senders", "ack"), [(1, 1), (5, 1), (20, 0)])
def test_802154_stations_share_the_air_as_in_ns3(reference_table, senders, ack):
    rows = chosen(reference_table("lrwpan_mac.csv"), n_senders=senders, ack=ack, msdu_bytes=100, rx_dBm=-40.05)
    for row in rows:
        for point in packet.lrwpan_points(row, 5.0):
            assert agrees(point, 0.03)


def test_frames_on_the_edge_are_lost_as_often_as_in_ns3(reference_table):
    """A lone sender: attempts of a frame, and goodput where acknowledged frames come twice."""
    rows = chosen(reference_table("lrwpan_mac.csv"), ack=1, rx_dBm=-107.5002)
    for row in rows:
        for point in packet.lrwpan_points(row, 10.0):
            assert agrees(point, 0.03)
