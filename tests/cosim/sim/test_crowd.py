import pytest

WIFI = {"kind": "wifi_80211a", "rate_bit_per_s": 6e6}
SIZE = {"entries": 25_000, "layer_sizes": (24_990, 10)}


def test_a_station_between_two_groups_waits_for_both(simulate):
    """0, 1 and 2 on a line notice their neighbours alone: the one in the middle starves while both others send."""

    def program(peer):
        yield peer.broadcast(peer.initial_model)

    run = simulate(
        program, 3, radio=WIFI, medium={"kind": "csma_ca"}, task=SIZE,
        mobility={"kind": "static", "positions_m": [[0.0, 0.0], [45.0, 0.0], [90.0, 0.0]]},
    )  # fmt: skip
    ends_s = {int(sent.source): sent.end_s for sent in run.transmissions}
    assert ends_s[1] == max(ends_s.values())
    assert ends_s[0] == pytest.approx(ends_s[2], rel=0.05)
    assert ends_s[1] - ends_s[0] > 0.1


def test_stations_out_of_earshot_do_not_slow_each_other_down(simulate):
    def program(peer):
        if peer.id in (0, 2):
            yield peer.broadcast(peer.initial_model)

    run = simulate(
        program, 4, radio=WIFI, medium={"kind": "csma_ca"}, task=SIZE,
        mobility={"kind": "static", "positions_m": [[0.0, 0.0], [5.0, 0.0], [900.0, 0.0], [905.0, 0.0]]},
    )  # fmt: skip
    one, two = run.transmissions
    assert one.end_s == two.end_s == pytest.approx(68 * 101.5e-6 + one.air_s - 67.5e-6)
    assert {row.outcome for row in run.receptions if row.intended and row.distance_m < 10.0} == {"heard"}
