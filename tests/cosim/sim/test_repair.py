import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.sim.erasure import Erasure
from cosim.sim.medium import Content
from cosim.sim.repair import Repair

REPEATABLE = settings(deadline=None, derandomize=True)
RADIO = Erasure(rate_bit_per_s=1e6, fragment_bytes=100)


def repair_of(payload_bytes):
    content = Content(None, 2.0, (1.0,), 7, 8 * payload_bytes)
    return Repair(content, RADIO.frames(content.bits), 12)


def test_at_first_everything_is_missing():
    repair = repair_of(250)
    missing = repair.missing()
    assert (missing.bits, missing.scale, missing.scalars, missing.tag) == (2000, 2.0, (1.0,), 7)
    assert not repair.known_complete


@pytest.mark.parametrize(
    ("acknowledged", "missing_bytes"),
    [((False, True, False), 150), ((True, True, False), 50), ((False, False, True), 200), ((True, False, True), 100)],
)
def test_what_was_not_acknowledged_is_missing(acknowledged, missing_bytes):
    """Fragments of 100, 100 and 50 bytes."""
    repair = repair_of(250)
    repair.note((True, True, True), acknowledged)
    assert repair.missing().bits == 8 * missing_bytes
    assert RADIO.frames(repair.missing().bits).count == acknowledged.count(False)


def test_arrival_and_knowledge_of_it_are_two_things():
    repair = repair_of(250)
    assert not repair.note((True, False, True), (False, False, True))
    assert repair.note((True, True), (False, True))
    assert not repair.known_complete
    assert repair.missing().bits == 800
    # What arrives again was complete before.
    assert not repair.note((True,), (True,))
    assert repair.known_complete
    assert repair.turn == 3


@REPEATABLE
@given(payload_bytes=st.integers(0, 1000), fates=st.data())
def test_repeating_what_is_missing_ends_with_everything_exactly_once(payload_bytes, fates):
    repair = repair_of(payload_bytes)
    completions = 0
    for _ in range(50):
        count = RADIO.frames(repair.missing().bits).count
        arrived = fates.draw(st.lists(st.booleans(), min_size=count, max_size=count))
        lost = fates.draw(st.lists(st.booleans(), min_size=count, max_size=count))
        acknowledged = [came and not gone for came, gone in zip(arrived, lost, strict=True)]
        completions += repair.note(arrived, acknowledged)
        if repair.known_complete:
            break
    assert completions == 1 if repair.known_complete else completions <= 1
