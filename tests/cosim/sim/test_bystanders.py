import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.results.tables import RECEPTIONS
from cosim.sim.budget import Reach
from cosim.sim.bystanders import Bystanders, Crowd, crowd_of
from cosim.sim.energy import PARTS, RADIO, RECEIVE
from cosim.sim.erasure import Erasure
from cosim.sim.medium import Content
from cosim.sim.station import BUSY, HEARD, LOST, MISSED, Overhearing
from cosim.sim.transfer import BROADCAST, Transfer, broadcast_timeline

REPEATABLE = settings(deadline=None, derandomize=True)
RADIO_USED = Erasure(rate_bit_per_s=1e6, fragment_bytes=100)
REACH = Reach((4, 1, 2, 3), [20.0, 21.0, 22.0, 23.0], [9.0, 5.0, 6.0, 7.0], [True] * 4)
RECEIVE_W = 0.75


def crowd(overhearers, heard, unlogged, number=7, start_s=10.0):
    """Of a message in three fragments to peer 4, with peers 1 to 3 beside."""
    content = Content(None, 1.0, (), 0, 8 * 300)
    frames = RADIO_USED.frames(content.bits)
    made = Transfer(0, BROADCAST, (4,), content, frames, REACH, RADIO_USED)
    made.occupy(start_s, broadcast_timeline(frames, RADIO_USED))
    made.number, made.overhearers = number, overhearers
    return crowd_of(made, np.asarray(heard), unlogged)


def rows(bystanders):
    names = RECEPTIONS.column_names()
    return [dict(zip(names, row, strict=True)) for row in bystanders.receptions().tolist()]


def test_who_listened_to_the_end_heard_all_or_lost_some():
    overhearers = [Overhearing(10.0, 10.0024), Overhearing(10.0, 10.0024), Overhearing(10.0, 10.001, BUSY)]
    seen = rows(Bystanders([crowd(overhearers, [3, 2, 3], [True] * 3)], RECEIVE_W))
    assert [(row["peer"], row["outcome"], row["fragments_heard"]) for row in seen] == [
        (1, HEARD, 3), (2, LOST, 2), (3, BUSY, 0),
    ]  # fmt: skip
    assert [(row["transmission"], row["intended"], row["fragments"]) for row in seen] == [(7, 0, 3)] * 3
    assert [(row["distance_m"], row["snr_db"]) for row in seen] == [(5, 21), (6, 22), (7, 23)]
    assert [row["receive_s"] for row in seen] == [10.0024 - 10.0, 10.0024 - 10.0, 10.001 - 10.0]
    assert [row["joules"] for row in seen] == [row["receive_s"] * RECEIVE_W for row in seen]


def test_who_was_busy_all_the_time_paid_nothing_and_is_not_in_the_ledger():
    overhearers = [MISSED[BUSY], Overhearing(10.0, 10.001, BUSY), MISSED[BUSY]]
    bystanders = Bystanders([crowd(overhearers, [3, 3, 3], [True] * 3)], RECEIVE_W)
    assert [row["joules"] > 0.0 for row in rows(bystanders)] == [False, True, False]
    assert bystanders.intervals().tolist() == [[2 * len(PARTS) + RADIO, RECEIVE, 10.0, 10.001, RECEIVE_W]]


def test_what_is_in_the_ledger_already_is_not_logged_again():
    overhearers = [Overhearing(10.0, 10.0024) for _ in range(3)]
    bystanders = Bystanders([crowd(overhearers, [3, 3, 3], [False, True, False])], RECEIVE_W)
    assert bystanders.intervals()[:, 0].tolist() == [2 * len(PARTS) + RADIO]
    assert all(row["joules"] > 0.0 for row in rows(bystanders))


@REPEATABLE
@given(
    seed=st.integers(0, 999),
    spans=st.lists(st.lists(st.floats(0.0, 1.0), min_size=3, max_size=3), min_size=1, max_size=6),
)
def test_many_crowds_are_their_sum(seed, spans):
    dice = np.random.default_rng(seed)
    crowds: list[Crowd] = []
    for number, lengths in enumerate(spans):
        overhearers = [Overhearing(float(number), number + length) for length in lengths]
        crowds.append(
            crowd(overhearers, dice.integers(0, 4, 3), (dice.random(3) < 0.5).tolist(), number, float(number))
        )
    together, alone = Bystanders(crowds, RECEIVE_W), [Bystanders([one], RECEIVE_W) for one in crowds]
    assert together.receptions().tolist() == [row for one in alone for row in one.receptions().tolist()]
    assert together.intervals().tolist() == [row for one in alone for row in one.intervals().tolist()]
