import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.sim.fates import UNHARMED, Fates

REPEATABLE = settings(deadline=None, derandomize=True)


@REPEATABLE
@given(
    first=st.integers(0, 1000),
    shape=st.tuples(st.integers(1, 4), st.integers(1, 5), st.integers(1, 6)),
    intended=st.integers(0, 5),
    seed=st.integers(0, 99),
)
def test_who_does_not_get_all_of_it_is_named_with_what_it_gets(first, shape, intended, seed):
    arrived = np.random.default_rng(seed).random(shape) < 0.8
    intended = min(intended, shape[1])
    fates = Fates(first, arrived, intended)
    assert (fates.first, fates.end) == (first, first + shape[0])
    for k in range(shape[0]):
        damage = fates.damage(first + k, intended)
        expected = {i: tuple(arrived[k, i].tolist()) for i in range(intended) if not arrived[k, i].all()}
        assert damage == expected
        assert fates.counts(first + k).tolist() == arrived[k].sum(axis=1).tolist()


def test_a_message_that_only_a_bystander_misses_does_no_harm():
    fates = Fates(0, np.asarray([[[True, True], [True, False]]]), 1)
    assert fates.damage(0, 1) is UNHARMED
    assert fates.counts(0).tolist() == [2, 1]
