import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.sim.luck import AHEAD, CHUNK, LinkLuck

REPEATABLE = settings(deadline=None, derandomize=True, max_examples=50)


@REPEATABLE
@given(message=st.integers(0, 10**6), count=st.integers(1, 700), longer=st.integers(0, 700))
def test_a_longer_message_moves_no_luck(message, count, longer):
    luck = LinkLuck(1, "delivery")
    long = luck.draws(3, 4, message, count + longer)
    assert len(long) == count + longer
    assert long[:count].tolist() == luck.draws(3, 4, message, count).tolist()


@REPEATABLE
@given(
    hearers=st.lists(st.integers(0, 50), min_size=1, max_size=6, unique=True),
    others=st.lists(st.integers(51, 99), max_size=4, unique=True),
    messages=st.lists(st.integers(0, 3 * AHEAD), min_size=1, max_size=8),
    count=st.integers(1, CHUNK),
)
def test_who_else_listens_and_what_was_drawn_before_moves_no_luck(hearers, others, messages, count):
    used, fresh = LinkLuck(1, "delivery"), LinkLuck(1, "delivery")
    everybody = sorted(hearers + others)
    for number, message in enumerate(messages):
        listening = everybody if number % 2 else hearers
        draws = used.short(7, listening, message, count)
        assert draws.shape == (len(listening), count)
        for hearer in hearers:
            row = draws[listening.index(hearer)].tolist()
            assert row == fresh.draws(7, hearer, message, count).tolist()


@REPEATABLE
@given(message=st.integers(0, 10**6), messages=st.integers(1, 5), count=st.integers(1, 700))
def test_drawing_ahead_moves_no_luck(message, messages, count):
    luck = LinkLuck(1, "delivery")
    ahead = luck.ahead(3, (4, 5), message, messages, count)
    assert ahead.shape == (messages, 2, count)
    for k in range(messages):
        for i, hearer in enumerate((4, 5)):
            assert ahead[k, i].tolist() == luck.draws(3, hearer, message + k, count).tolist()


def test_what_decides_a_draw():
    """The seed, the purpose, both ends and their order, the message, the fragment."""
    draws = [
        LinkLuck(1, "delivery").draws(0, 1, 0, 2),
        LinkLuck(2, "delivery").draws(0, 1, 0, 2),
        LinkLuck(1, "acknowledgement").draws(0, 1, 0, 2),
        LinkLuck(1, "delivery", "repair", 1).draws(0, 1, 0, 2),
        LinkLuck(1, "delivery", "repair", 2).draws(0, 1, 0, 2),
        LinkLuck(1, "delivery").draws(1, 0, 0, 2),
        LinkLuck(1, "delivery").draws(0, 2, 0, 2),
        LinkLuck(1, "delivery").draws(0, 1, 1, 2),
    ]
    values = np.concatenate(draws).tolist()
    assert len(set(values)) == len(values) == 16


def test_messages_do_not_share_draws():
    luck = LinkLuck(1, "delivery")
    drawn = np.concatenate([luck.draws(0, 1, message, 700) for message in range(5)])
    assert len(set(drawn.tolist())) == len(drawn)


@pytest.mark.statistical
def test_draws_of_a_link_are_uniform_and_uncorrelated():
    """4000 draws: mean 1/2 with standard error 0.0046, correlation of neighbours 0.0158; five of each, 1e-6."""
    luck = LinkLuck(3, "delivery")
    drawn = np.concatenate([luck.draws(0, 1, message, 4) for message in range(1000)])
    assert abs(drawn.mean() - 0.5) < 5 * 0.0046
    assert abs(np.corrcoef(drawn[1:], drawn[:-1])[0, 1]) < 5 * 0.0158
