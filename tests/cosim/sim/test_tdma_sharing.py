import pytest

from cosim.sim.access import Answer
from cosim.sim.tdma_sharing import TdmaSharing

SLOT_S, FRAME_S = 0.01, 0.004


@pytest.fixture
def sharing():
    return TdmaSharing([0, 1, 2, 1], SLOT_S, Answer(0.001, 0.003), 0.001, 3)


@pytest.mark.parametrize(
    ("sender", "now_s", "begins_s"),
    [(0, 0.0, 0.0), (0, 0.001, 0.03), (1, 0.001, 0.01), (2, 0.02, 0.02), (3, 0.3, 0.31)],
)
def test_transfers_begin_with_the_next_slot_of_ones_own(sharing, sender, now_s, begins_s):
    assert sharing.begins_s(sender, now_s, -1.0) == pytest.approx(begins_s)


def test_an_attempt_takes_a_frame_of_slots_and_the_last_one_only_itself(sharing):
    assert sharing.attempts_s(FRAME_S, True, False) == pytest.approx([0.0, 0.03, 0.06, 0.09])
    assert sharing.attempts_s(FRAME_S, True, True) == pytest.approx([0.0, 0.006, 0.036, 0.066])
    assert sharing.attempts_s(FRAME_S, False, True) == pytest.approx([0.0, 0.004])


def test_only_stations_of_one_colour_meet(sharing):
    assert sharing.related(1, 3, False) is True
    assert sharing.related(0, 1, True) is None


def test_times_are_those_of_packet_fidelity(simulate):
    """Messages asked for at odd times, to the nanosecond."""

    def program(peer):
        yield peer.pause(0.0037 * peer.id)
        for _ in range(3):
            yield peer.broadcast(peer.initial_model)
            yield peer.pause(0.0013)

    def ends_s(fidelity):
        run = simulate(
            program, 4, medium={"kind": "tdma", "fidelity": fidelity},
            radio={"kind": "ieee802154", "transceiver": "cc2420"},
            mobility={"kind": "static", "positions_m": [[0, 0], [5, 0], [10, 0], [15, 0]]},
        )  # fmt: skip
        return sorted((row.source, row.start_s, row.end_s) for row in run.transmissions)

    assert ends_s("transfer") == [pytest.approx(row, abs=1e-9) for row in ends_s("packet")]
