import pytest

from cosim.sim.csv_positions import CsvPositions
from cosim.sim.trace_file import TraceError

HEADER = "time_s,peer,x_m,y_m\n"


@pytest.fixture
def read(tmp_path):
    def read(text):
        (tmp_path / "a.csv").write_text(text)
        return CsvPositions(file=str(tmp_path / "a.csv"))

    return read


def test_rows_of_peers_may_be_mixed(read):
    paths = read(HEADER + "0,2,0,0\n0,1,9,9\n4, 2, 8, 0\n").trajectories(2, 1, 0)
    assert paths.positions_m(1.0).tolist() == [[9, 9], [2, 0]]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("t,peer,x,y\n", r"a\.csv:1: the first line must be time_s,peer,x_m,y_m, not 't,peer,x,y'"),
        (HEADER + "0,a,1\n", r"a\.csv:2: a row has 4 entries, not 3"),
        (HEADER + "0,a,1,1\n1,a,?,1\n", r"a\.csv:3: x_m must be a number, not '\?'"),
        (HEADER + "1,a,1,1\n1,b,1,1\n1,a,2,2\n", r"a\.csv:4: times of peer a must rise: 1 s after 1 s"),
        (HEADER, r"a\.csv: there are no positions in it"),
    ],
)
def test_what_is_no_table_is_refused_with_its_line(read, text, complaint):
    with pytest.raises(TraceError, match=complaint):
        read(text).tracks()
