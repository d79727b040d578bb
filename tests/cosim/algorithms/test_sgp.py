import pytest

from cosim.algorithms.sgp import Sgp


def test_numerator_and_weight_are_split_among_the_out_neighbours_and_oneself(
    peer, drive, vector, sent_by, names
) -> None:
    node = peer(rounds=2)
    step = drive(Sgp().program(node))
    assert step.asked == ("train", "initial", {"weight": 1.0})
    a = pytest.approx(1 / 3)
    assert step(vector("y")) == ("broadcast", "y", {"scale": a, "scalars": (a,), "tag": 0})
    assert step((1, 2)) == ("collect", {"tag": 0, "until_s": 10.0})
    heard = [sent_by(2, "m2", 0.25, scale=0.5), sent_by(5, "m5", 0.125, scale=0.25)]
    assert step(heard) == ("mix", (a, "y"), (0.5, "m2"), (0.25, "m5"))
    w = 1 / 3 + 0.375
    assert step(vector("x")) == ("train", "x", {"weight": pytest.approx(w)})
    assert names(node.shown) == [("x", {"weight": pytest.approx(w), "tag": 0})]
    node.out = ()
    assert step(vector("y")) == ("broadcast", "y", {"scale": 1.0, "scalars": (pytest.approx(w),), "tag": 1})


def test_the_share_kept_follows_the_neighbours_of_the_round_and_not_who_heard(peer, drive, vector) -> None:
    """What is lost on the way is lost: the sender has given it away."""
    node = peer(rounds=1)
    step = drive(Sgp().program(node))
    step(vector("y"))
    step(())
    assert step([]) == ("mix", (pytest.approx(1 / 3), "y"))
    assert step(vector("x")) is None
    assert node.shown[0][1]["weight"] == pytest.approx(1 / 3)
