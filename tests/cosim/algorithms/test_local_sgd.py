from cosim.algorithms.local_sgd import LocalSgd


def test_every_round_trains_and_shows_and_says_nothing(peer, drive, vector, names) -> None:
    node = peer(rounds=2)
    step = drive(LocalSgd().program(node))
    assert step.asked == ("train", "initial")
    assert step(vector("x0")) == ("train", "x0")
    assert step(vector("x1")) is None
    assert names(node.shown) == [("x0", {"tag": 0}), ("x1", {"tag": 1})]
