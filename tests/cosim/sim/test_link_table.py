import numpy as np
import pytest

from cosim.scenario import ScenarioError
from cosim.sim.link_table import LinkTable
from cosim.sim.trace_file import TraceError

TABLE = "1 2 0.9\n2 1 0.5\n1 3 0.05\n3 1 1.0\n3 2\n0 1 0\n"


@pytest.fixture
def written(tmp_path):
    def write(text=TABLE, **options):
        (tmp_path / "a.txt").write_text(text)
        return LinkTable(file=str(tmp_path / "a.txt"), **options)

    return write


@pytest.fixture
def medium(tmp_path):
    (tmp_path / "a.txt").write_text(TABLE)
    return {"kind": "link_table", "file": str(tmp_path / "a.txt"), "skip": 1}


def test_links_are_directed(written):
    record = written(skip=1).record(3)
    assert np.exp(record.quality(0, (1, 2), 0.0)) == pytest.approx([0.9, 0.05])
    assert np.exp(record.quality(1, (0, 2), 0.0)) == pytest.approx([0.5, 0.0])
    assert sorted(zip(*(ids.tolist() for ids in record.pairs(0.0)), strict=True)) == [(0, 1), (0, 2), (1, 0), (2, 0)]
    assert not record.changing


def test_a_frame_of_another_size_passes_as_often_as_its_bits_would(written):
    record = written(skip=1, reference_bytes=36).record(3)
    assert np.exp(8 * 72 * record.quality(0, (1,), 0.0))[0] == pytest.approx(0.81)
    assert record.by_size


def test_neighbours_are_those_over_good_links(make_world, medium):
    for max_per, expected in ((0.1, [(1,), (), (0,)]), (0.6, [(1,), (0,), (0,)]), (0.99, [(1, 2), (0,), (0,)])):
        world, _ = make_world(None, 3, medium=medium, graph={"kind": "radio", "max_per": max_per})
        assert [world.neighbours(peer) for peer in range(3)] == expected


@pytest.mark.statistical
def test_frames_pass_as_often_as_the_table_says(noted, medium):
    """1000 broadcasts over p = 0.9 and 0.05: within 4 standard deviations, false alarms below 1 in 10,000 each."""

    def send(peer):
        for tag in range(1000):
            yield peer.broadcast(None, scalars=(1.0,), tag=tag)

    graph = {"kind": "radio", "max_per": 0.99}
    run, _ = noted(send, peers=3, medium=medium, graph=graph, rounds={"count": 1000})
    for peer, share in ((1, 0.9), (2, 0.05)):
        heard = sum(row.outcome == "heard" for row in run.receptions if row.peer == peer)
        assert heard == pytest.approx(1000 * share, abs=4 * np.sqrt(1000 * share * (1 - share)))


@pytest.mark.statistical
def test_attempts_follow_both_ways_of_a_link(noted, medium):
    """A frame is repeated until it and its answer pass, 1 / (0.9 x 0.5) times on average; 4 standard errors of 800."""
    radio = {"kind": "erasure", "rate_bit_per_s": 1e6, "max_attempts": 200, "transceiver": "ns3_wifi"}

    def send(peer):
        for _ in range(800):
            peer.note((yield peer.send(1, None, scalars=(1.0,))).attempts)

    _, notes = noted(send, peers=3, medium=medium, graph={"kind": "radio", "max_per": 0.9}, radio=radio)
    attempts = np.array([what for _, what in notes[0]])
    assert attempts.mean() == pytest.approx(1 / 0.45, abs=4 * np.sqrt(0.55) / 0.45 / np.sqrt(800))


def test_the_label_says_what_the_air_is(make_world, medium):
    world, _ = make_world(None, 2, medium=medium, graph={"kind": "complete"})
    assert world.medium.label.startswith("medium: measured link table")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("1 2 0.5\n1\n", r"a\.txt:2: a link has a sender, a receiver and a share, not 1 words"),
        ("1 2 0.5 9\n", r"a\.txt:1: a link has a sender, a receiver and a share, not 4 words"),
        ("a 2 0.5\n", r"a\.txt:1: nodes have numbers, not 'a'"),
        ("1 2 half\n", r"a\.txt:1: the share must be a number, not 'half'"),
        ("1 2 1.5\n", r"a\.txt:1: the share of packets that pass lies between 0 and 1, not at 1.5"),
        ("1 2 0.5\n1 2 0.6\n", r"a\.txt:2: the link from 1 to 2 is there twice"),
        ("1 2\n", r"a\.txt: there are no links in it"),
    ],
)
def test_what_is_no_table_is_refused_with_its_line(written, text, complaint):
    with pytest.raises(TraceError, match=complaint):
        written(text).record(2)


def test_a_table_with_too_few_nodes_is_refused(make_world, medium):
    with pytest.raises(ScenarioError, match="the table has 3 nodes behind those skipped, for 4 peers"):
        make_world(None, 4, medium=medium, graph={"kind": "radio"})


def test_the_real_table_is_read(real_trace):
    record = LinkTable(file=real_trace("links/intel-lab/connectivity.txt"), skip=1).record(54)
    senders, _ = record.pairs(0.0)
    assert 2000 < len(senders) < 2459
    best = max(record.quality(peer, tuple(range(54)), 0.0).max() for peer in range(54))
    assert np.exp(best) == pytest.approx(0.8327, abs=1e-4)
