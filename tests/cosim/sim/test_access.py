import pytest

from cosim.sim.access import DRAWN, Draws


def test_draws_of_a_station_do_not_depend_on_those_of_others():
    alone, among = Draws(3, "backoff", 4), Draws(3, "backoff", 4)
    mine = [alone.next(2) for _ in range(DRAWN + 5)]
    theirs = []
    for _ in range(DRAWN + 5):
        among.next(0)
        theirs.append(among.next(2))
        among.next(1)
    assert mine == theirs
    assert len(set(mine)) == len(mine)
    assert mine[DRAWN + 2] == alone.of(2, DRAWN + 2)


@pytest.mark.parametrize(("seed", "purpose"), [(4, "backoff"), (3, "aloha")])
def test_other_seeds_and_purposes_draw_otherwise(seed, purpose):
    assert Draws(seed, purpose, 1).next(0) != Draws(3, "backoff", 1).next(0)
