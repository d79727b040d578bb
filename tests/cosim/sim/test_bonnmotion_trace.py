import gzip

import pytest

from cosim.sim.bonnmotion_trace import BonnmotionTrace
from cosim.sim.trace_file import TraceError


@pytest.fixture
def read(tmp_path):
    def read(text, name="a.movements"):
        (tmp_path / name).write_bytes(gzip.compress(text.encode()) if name.endswith("gz") else text.encode())
        return BonnmotionTrace(file=str(tmp_path / name))

    return read


@pytest.mark.parametrize("name", ["a.movements", "a.movements.gz"])
def test_a_line_is_the_way_of_a_node(read, name):
    paths = read("0.0 1.0 2.0 4.0 5.0 2.0\n0 7 7\n", name).trajectories(2, 1, 0)
    assert paths.positions_m(2.0).tolist() == [[3, 2], [7, 7]]
    assert paths.positions_m(9.0).tolist() == [[5, 2], [7, 7]]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("0 1 1\n0 1 2 3\n", r"a\.movements:2: a node has triples of time, x and y, not 4 numbers"),
        ("0 1 one\n", r"a\.movements:1: an entry must be a number, not 'one'"),
        ("0 1 1\n\n5 1 2 3 1 2\n", r"a\.movements:3: times must rise, but 3 s comes after 5 s"),
        ("", r"a\.movements: there are no nodes in it"),
    ],
)
def test_what_is_no_trace_is_refused_with_its_line(read, text, complaint):
    with pytest.raises(TraceError, match=complaint):
        read(text).tracks()
