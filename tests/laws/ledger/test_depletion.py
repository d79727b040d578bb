"""A battery that ends in the middle of a transmission, of a reception, of a computation."""

from typing import Any

import pytest

REL = 1e-9
FRAGMENT_S = 8 * 20 / 1e4
AIR_S = 8 * 43 * 4 / 1e4


def fed(capacity_j: float, dying: int) -> dict[str, Any]:
    """Two peers, of which one has a battery."""
    cell = {"kind": "battery", "capacity_j": capacity_j}
    return {"peers": {f"peer{i}": {"count": 1, "power": cell if i == dying else "mains"} for i in range(2)}}


def check_off(run: Any, peer: int, death_s: float) -> None:
    """Dead at this instant, with an empty battery, and off from then on."""
    assert run.world.deaths == {peer: pytest.approx(death_s, rel=REL)}
    assert run.summary["deaths"] == {str(peer): run.world.deaths[peer]}
    assert run.world.members[peer].supply.remaining_j() == 0.0
    rows = run.energy[(run.energy.peer == peer) & (run.energy.end_s > death_s * (1 + REL))]
    assert set(rows.state) == {"off"}
    assert len(rows) == 2
    for part_name in ("radio", "processor"):
        off_s, off_j = run.spent(peer, part_name, "off")
        assert (off_s, off_j) == (pytest.approx(run.summary["simulated_s"] - death_s, rel=REL), 0.0)
    run.check_balance()
    run.check_contiguous()
    run.check_second_account()


def test_a_battery_that_dies_in_a_transmission(books) -> None:
    death_s = 4.5 * FRAGMENT_S
    run = books("two_broadcasts", **fed((2.3 + 0.7) * death_s, 0))
    check_off(run, 0, death_s)
    (sent,), (heard,) = run.transmissions.itertuples(), run.receptions.itertuples()
    assert (sent.end_s, sent.air_s, heard.receive_s) == pytest.approx((death_s,) * 3, rel=REL)
    assert (heard.fragments, heard.fragments_heard, heard.outcome) == (9, 4, "lost")
    (message,) = run.world.peers[1].heard
    assert message.fragments == (True,) * 4 + (False,) * 5
    assert message.time_s == pytest.approx(death_s, rel=REL)
    assert run.spent(0, "radio", "transmit") == pytest.approx((death_s, 2.3 * death_s), rel=REL)
    assert run.summary["messages_delivered"] == 0


def test_a_battery_that_dies_in_a_reception(books) -> None:
    death_s = 4.5 * FRAGMENT_S
    run = books("two_broadcasts", **fed((0.97 + 0.7) * death_s, 1))
    check_off(run, 1, death_s)
    assert list(run.transmissions.end_s) == pytest.approx([AIR_S], rel=REL)
    (heard,) = run.receptions.itertuples()
    assert (heard.fragments_heard, heard.outcome) == (4, "off")
    assert heard.receive_s == pytest.approx(death_s, rel=REL)
    assert run.world.peers[1].heard == []
    assert run.spent(0, "radio", "transmit")[0] == pytest.approx(AIR_S, rel=REL)


def test_a_battery_that_dies_in_a_computation(books) -> None:
    whole = books("train_then_wait")
    (row, _) = whole.tasks.itertuples()
    death_s = 0.6 * row.end_s
    run = books("train_then_wait", **fed((3.1 + 0.53) * death_s, 0))
    check_off(run, 0, death_s)
    assert [peer.trained for peer in run.world.peers] == [False, True]
    cut = run.tasks[run.tasks.peer == 0].iloc[0]
    assert (cut.end_s, cut.joules) == pytest.approx((death_s, 3.1 * death_s), rel=REL)
    assert (cut.flops, cut.bytes_moved) == pytest.approx((0.6 * row.flops, 0.6 * row.bytes_moved), rel=REL)


def test_a_battery_that_dies_in_an_acknowledged_message(books) -> None:
    """802.11a at 6 Mb/s, nine fragments; the books put the gaps first, what has arrived follows the true order.

    Of each exchange the gap takes 101.5 us, the frame 100 (the last one 88), SIFS 16 and the acknowledgement 44.
    """
    death_s = (6 * (101.5 + 100 + 16 + 44) - 30) * 1e-6
    gaps_s = 9 * (101.5 + 16) * 1e-6
    groups = fed((0.53 + 0.7) * gaps_s + (0.97 + 0.7) * (death_s - gaps_s), 1)["peers"]
    groups["peer0"]["power"] = {"kind": "battery", "capacity_j": 5.0}
    run = books(
        "unicast_then_listen",
        peers=groups,
        radio={"kind": "wifi_80211a", "fragment_bytes": 20},
        medium="scheduled",
        mobility={"kind": "static", "positions_m": [[0.0, 0.0], [10.0, 0.0]]},
        propagation=[{"kind": "log_distance", "exponent": 3.0, "reference_loss_db": 46.6777}],
    )
    check_off(run, 1, death_s)
    (heard,) = run.receptions.itertuples()
    assert (heard.fragments, heard.fragments_heard, heard.outcome) == (9, 6, "off")
    assert (heard.receive_s, heard.transmit_s) == (pytest.approx(death_s - gaps_s, rel=1e-6), 0.0)
    assert not run.world.peers[0].sent.ok
    assert run.spent(0, "radio", "transmit")[0] == pytest.approx(888e-6, rel=REL)
    assert run.spent(0, "radio", "receive") == (0.0, 0.0)
