import math

import numpy as np
import pytest

from cosim.sim.ns2_trace import Ns2Trace
from cosim.sim.trace_file import TraceError

START = "$node_(0) set X_ 10.0\n$node_(0) set Y_ 20.0\n$node_(0) set Z_ 0.0\n"


@pytest.fixture
def read(tmp_path):
    def read(text):
        (tmp_path / "a.tcl").write_text(text)
        return Ns2Trace(file=str(tmp_path / "a.tcl"))

    return read


def places(part, *times_s, count=1):
    paths = part.trajectories(count, 1, 0)
    return [paths.positions_m(time_s)[0].tolist() for time_s in times_s]


def test_a_node_goes_straight_and_stops_on_arrival(read):
    part = read(START + '# a comment\n$ns_ at 2.0 "$node_(0) setdest 40.0 60.0 10.0" ;# why\n$god_ set-dist 0 1 2\n')
    assert places(part, 0.0, 2.0, 4.5, 7.0, 99.0) == [[10, 20], [10, 20], [25, 40], [40, 60], [40, 60]]


def test_a_command_on_the_way_takes_over_from_where_the_node_is(read):
    part = read(START + '$ns_ at 5 "$node_(0) setdest 20 20 4"\n$ns_ at 0 "$node_(0) setdest 110 20 1"\n')
    assert places(part, 5.0, 6.0) == [[15, 20], [19, 20]]
    assert places(part, 6.25, 100.0) == [[20, 20], [20, 20]]


def test_a_speed_of_zero_stops_a_node(read):
    part = read(START + '$ns_ at 0 "$node_(0) setdest 110 20 1"\n$ns_ at 5 "$node_(0) setdest 110 20 0"\n')
    assert places(part, 5.0, 50.0) == [[15, 20], [15, 20]]


def test_a_node_is_there_while_it_is_on(read):
    part = read(
        START + '$ns_ at 0.0 "$node_(0) switch OFF" ;# set\n$ns_ at 3 "$node_(0) setdest 50 20 1e9"\n'
        '$ns_ at 4 "$node_(0) switch ON"\n$ns_ at 4 "$node_(0) setdest 60 20 2"\n'
        '$ns_ at 9 "$node_(0) switch OFF"\n$ns_ at 10 "$node_(0) setdest 0.01 0.01 1e9"\n'
    )
    paths = part.trajectories(1, 1, 0)
    assert [times.tolist() for times in paths.stays_s()] == [[4.0], [9.0]]
    assert places(part, 0.0, 4.0, 6.5, 9.0, 20.0) == [[50, 20], [50, 20], [55, 20], [60, 20], [60, 20]]
    # The jumps came before and after.
    assert paths.max_speed_m_per_s == pytest.approx(2.0)


def test_who_is_never_on_is_left_out(read):
    other = START.replace("(0)", "(1)")
    part = read(START + other + '$ns_ at 0.0 "$node_(0) switch OFF"\n')
    assert len(part.tracks()) == 1


def test_nodes_follow_each_other_by_number(read):
    part = read(START.replace("(0)", "(10)").replace("10.0", "1.0") + START.replace("(0)", "(9)"))
    assert part.trajectories(2, 1, 0).positions_m(0.0).tolist() == [[10, 20], [1, 20]]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (START + "node 0 moves\n", r"a\.tcl:4: must be \$node_\(I\) set X_ v, .* not 'node 0 moves'"),
        (START + '$ns_ at 1 "$node_(0) setdest 1 2"\n', r"a\.tcl:4: setdest has three numbers, x, y and speed, not 2"),
        (START + '$ns_ at x "$node_(0) setdest 1 2 3"\n', r"a\.tcl:4: the time must be a number, not 'x'"),
        (START + '$ns_ at 1 "$node_(0) setdest 1 nan 3"\n', r"a\.tcl:4: y must be a number, not 'nan'"),
        (START + '$ns_ at 1 "$node_(0) setdest 1 2 -3"\n', r"a\.tcl:4: neither the time nor the speed can be negative"),
        (START + '$ns_ at 1 "$node_(0) switch UP"\n', r"a\.tcl:4: a node is switched ON or OFF, not 'UP'"),
        ('\n$ns_ at 1 "$node_(3) setdest 1 2 3"\n', r"a\.tcl:2: node 3 has no initial place: set its X_ and Y_"),
        (
            START + "".join(f'$ns_ at {i} "$node_(0) switch {("OFF", "ON")[i % 2]}"\n' for i in range(4)),
            r"a\.tcl:7: node 0 is switched on a second time",
        ),
        ("# nothing\n", r"a\.tcl: there are no nodes in it"),
    ],
)
def test_what_is_no_movement_is_refused_with_its_line(read, text, complaint):
    with pytest.raises(TraceError, match=complaint):
        read(text).tracks()


@pytest.mark.parametrize(
    ("name", "nodes", "fastest"),
    [("ns2-setdest/default.ns_movements", 2, 51.0), ("ns2-setdest/bonnmotion.ns_movements", 1, 1.4),
     ("unterstrass/low99-ct-unterstrass-1day.filt.7.adj.mob", 99, 33.0)],
)  # fmt: skip
def test_real_files_are_read(real_trace, name, nodes, fastest):
    part = Ns2Trace(file=real_trace(f"mobility/{name}"))
    paths = part.trajectories(nodes, 1, 0)
    assert 0.0 < paths.max_speed_m_per_s < fastest
    begin_s, end_s = paths.stays_s()
    assert (begin_s < end_s).all()
    for time_s in (0.0, 50.0, 299.0):
        there = (begin_s <= time_s) & (time_s < end_s)
        places_m = paths.positions_m(time_s)[there]
        assert len(places_m) == 0 or places_m.min() > 1.0
        assert np.isfinite(places_m).all()
    assert math.isinf(end_s[0]) == ("unterstrass" not in name)
