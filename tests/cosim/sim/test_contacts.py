import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.scenario import ScenarioError
from cosim.sim.contacts import Contacts
from cosim.sim.trace_file import TraceError

LIST = """20 7 9 x y
40 9 7
40 7 30
100 7 9
"""
"""7 and 9 from 0 to 40 and from 80 to 100 s, 7 and 30 from 20 to 40 s."""


@pytest.fixture
def listed(tmp_path):
    def write(text=LIST, **options):
        (tmp_path / "a.tij").write_text(text)
        return Contacts(file=str(tmp_path / "a.tij"), **options)

    return write


@pytest.fixture
def medium(tmp_path):
    (tmp_path / "a.tij").write_text(LIST)
    return {"kind": "contacts", "file": str(tmp_path / "a.tij")}


def neighbours(record, peer, time_s):
    senders, hearers = record.pairs(time_s)
    return sorted(hearers[senders == peer].tolist())


def test_a_line_tells_of_the_window_that_ends_at_its_time(listed):
    record = listed().record(3)
    assert [neighbours(record, 0, time_s) for time_s in (0.0, 19.9, 20.0, 39.9, 40.0, 80.0, 99.9, 100.0)] == [
        [1], [1], [1, 2], [1, 2], [], [1], [1], []
    ]  # fmt: skip
    assert [record.next_change_s(time_s) for time_s in (0.0, 20.0, 40.0, 80.0, 100.0)] == [20, 40, 80, 100, np.inf]
    assert record.until_s(1, 0, 3.0) == 40.0
    assert record.until_s(1, 2, 30.0) == 30.0


def test_a_scenario_may_begin_later_and_go_faster(listed):
    record = listed(start_s=30.0, speedup=2.0).record(2)
    assert record.until_s(0, 1, 0.0) == 5.0
    assert neighbours(record, 0, 24.9) == []
    assert neighbours(record, 0, 25.0) == [1]
    assert neighbours(record, 0, 35.0) == []


def test_the_first_contact_begins_at_once(listed):
    assert neighbours(listed("1040 1 2\n", window_s=10.0).record(2), 0, 0.0) == [1]


def test_peers_may_follow_those_with_most_contacts(listed):
    record = listed("20 1 2\n" + "".join(f"{20 * i} 3 4\n" for i in range(1, 9)), pick="busiest").record(2)
    assert record.until_s(0, 1, 0.0) == 160.0


@settings(deadline=None, derandomize=True, max_examples=40)
@given(st.lists(st.tuples(st.integers(1, 12), st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=25))
def test_links_are_mutual_and_follow_the_list(tmp_path_factory, rows):
    rows = [(20 * t, a, b) for t, a, b in rows if a != b] or [(20, 0, 1)]
    file = tmp_path_factory.getbasetemp() / "random.tij"
    file.write_text("".join(f"{t} {a} {b}\n" for t, a, b in rows))
    names = sorted({name for _, *pair in rows for name in pair})
    record = Contacts(file=str(file), start_s=0.0).record(len(names))
    for time_s in (0.0, 10.0, 20.0, 100.0, 110.0, 239.0, 240.0):
        expected = {frozenset(pair) for t, *pair in rows if t - 20 <= time_s < t}
        senders, hearers = record.pairs(time_s)
        found = [(names[a], names[b]) for a, b in zip(senders.tolist(), hearers.tolist(), strict=True)]
        assert {frozenset(pair) for pair in found} == expected
        assert len(found) == 2 * len(expected)
        for a, b in zip(senders.tolist(), hearers.tolist(), strict=True):
            assert record.quality(a, (b,), time_s)[0] == 0.0


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("20 1 2\n40 1\n", r"a\.tij:2: a contact has a time and two people, not 2 words"),
        ("soon 1 2\n", r"a\.tij:1: the time must be a number, not 'soon'"),
        ("20 5 5\n", r"a\.tij:1: 5 cannot be in contact with itself"),
        ("", r"a\.tij: there are no contacts in it"),
    ],
)
def test_what_is_no_list_is_refused_with_its_line(listed, text, complaint):
    with pytest.raises(TraceError, match=complaint):
        listed(text).record(2)


def test_a_list_with_too_few_people_is_refused(make_world, medium):
    with pytest.raises(ScenarioError, match="tells of 3 people, for 4 peers"):
        make_world(None, 4, medium=medium, graph={"kind": "radio"})


def test_a_radio_that_needs_distances_is_refused(make_world, medium):
    radio = {"kind": "first_order", "rate_bit_per_s": 1e6, "range_m": 80}
    with pytest.raises(ScenarioError, match="adapts its power to distances"):
        make_world(None, 2, medium=medium, graph={"kind": "radio"}, radio=radio)


@pytest.mark.parametrize(
    ("name", "people"),
    [("workplace_InVS_tij.dat.zip", 92), ("workplace_InVS15_tij.dat.gz", 217), ("SFHH_tij.dat.gz", 403)],
)
def test_real_lists_are_read(real_trace, name, people):
    record = Contacts(file=real_trace(f"mobility/sociopatterns/{name}"), pick="busiest").record(people)
    assert record.next_change_s(0.0) <= 20.0
    senders, hearers = record.pairs(0.0)
    assert len(senders) >= 2
    assert max(senders.max(), hearers.max()) < people
