import numpy as np
import pytest

from cosim.sim.candidates import Everybody, Few, Pairs


def fixed_db(senders, hearers):
    return 10.0 * senders + hearers


def few():
    senders, hearers = np.asarray([2, 0, 2, 1]), np.asarray([3, 1, 0, 2])
    return Few(4, Pairs(senders, hearers, fixed_db(senders, hearers)))


def listed(candidates):
    return [(int(a), int(b), float(loss)) for pairs in candidates.chunks() for a, b, loss in zip(*pairs, strict=True)]


def test_what_was_found_is_by_sender_in_rising_order():
    hearers, losses = few().of(2)
    assert (hearers.tolist(), losses.tolist()) == ([0, 3], [20.0, 23.0])
    assert few().of(3)[0].tolist() == []
    assert listed(few()) == [(0, 1, 1.0), (1, 2, 12.0), (2, 0, 20.0), (2, 3, 23.0)]


def test_where_nobody_is_ruled_out_all_others_are_candidates():
    everybody = Everybody(4, fixed_db)
    assert everybody.of(1)[0].tolist() == [0, 2, 3]
    assert everybody.of(1)[1].tolist() == [10.0, 12.0, 13.0]
    assert listed(everybody) == [(a, b, 10.0 * a + b) for a in range(4) for b in range(4) if a != b]


@pytest.mark.parametrize("most", [1, 5, 1000])
def test_chunks_are_bounded_and_leave_nothing_out(monkeypatch, most):
    whole = [listed(few()), listed(Everybody(4, fixed_db))]
    monkeypatch.setattr("cosim.sim.candidates.MOST_PAIRS", most)
    assert [listed(few()), listed(Everybody(4, fixed_db))] == whole
    assert all(len(pairs.senders) <= most for pairs in few().chunks())
    assert all(len(pairs.senders) <= max(most, 4) for pairs in Everybody(4, fixed_db).chunks())


@pytest.mark.parametrize("candidates", [few(), Everybody(4, fixed_db)])
def test_the_pairs_of_a_sender_are_its_candidates(candidates):
    for sender in range(4):
        hearers, losses = candidates.of(sender)
        pairs = candidates.pairs_of(sender)
        assert set(pairs.senders.tolist()) <= {sender}
        assert (pairs.hearers.tolist(), pairs.fixed_db.tolist()) == (hearers.tolist(), losses.tolist())


def test_losses_of_few_peers_are_computed_once(monkeypatch):
    everybody = Everybody(4, fixed_db)
    assert everybody.of(2)[1] is everybody.of(2)[1]
    monkeypatch.setattr("cosim.sim.candidates.MOST_KEPT", 3)
    many = Everybody(4, fixed_db)
    assert many.of(2)[1] is not many.of(2)[1]
