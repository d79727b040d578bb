import gzip
import math

import pytest

from cosim.sim.sumo_fcd import SumoFcd
from cosim.sim.trace_file import TraceError

CARS = """<?xml version="1.0"?>
<fcd-export>
 <timestep time="0.00">
  <vehicle id="a" x="0" y="5" speed="10"/>
 </timestep>
 <timestep time="1.00">
  <vehicle id="b" x="100" y="0"/>
  <vehicle id="a" x="10" y="5"/>
  <person id="walker" x="1" y="1"/>
 </timestep>
 <timestep time="2.00">
  <vehicle id="b" x="90" y="0"/>
 </timestep>
</fcd-export>
"""


@pytest.fixture
def read(tmp_path):
    def read(text):
        (tmp_path / "a.xml.gz").write_bytes(gzip.compress(text.encode()))
        return SumoFcd(file=str(tmp_path / "a.xml.gz"))

    return read


def test_vehicles_come_and_go(read):
    paths = read(CARS).trajectories(2, 1, 0)
    begin_s, end_s = paths.stays_s()
    assert begin_s.tolist() == [0.0, 1.0]
    assert end_s.tolist() == [2.0, math.inf]
    assert paths.positions_m(0.5).tolist() == [[5, 5], [100, 0]]
    assert paths.positions_m(1.25).tolist() == [[10, 5], [97.5, 0]]


def test_a_scenario_that_begins_later_has_those_who_are_still_there(read):
    part = read(CARS)
    assert SumoFcd(file=part.file, start_s=2.0).trajectories(1, 1, 0).positions_m(0.0).tolist() == [[90, 0]]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('x="10"', 'x="ten"', r"a\.xml\.gz:8: x of a vehicle must be a number, not 'ten'"),
        (' y="5"/>\n  <person', "/>\n  <person", r"a\.xml\.gz:8: a vehicle has no y"),
        ('id="b" x="100"', 'x="100"', r"a\.xml\.gz:7: a vehicle has no id"),
        ('id="b" x="100"', 'id="a" x="100"', r"a\.xml\.gz:8: vehicle a is twice in one timestep"),
        ('"2.00"', '"1.00"', r"a\.xml\.gz:11: the time step 1 s comes after that of 1 s"),
        ("</fcd-export>", "", r"a\.xml\.gz:15: is no XML: no element found"),
        ('<timestep time="0.00">', "<timestep>", r"a\.xml\.gz:3: a timestep has no time"),
        ('<timestep time="0.00">', "<nothing>", r"a\.xml\.gz:4: a vehicle stands outside of any timestep"),
        (CARS, "<fcd-export></fcd-export>", r"a\.xml\.gz: there are no vehicles in it"),
    ],
)
def test_what_is_no_trace_is_refused_with_its_line(read, old, new, complaint):
    assert old in CARS
    with pytest.raises(TraceError, match=complaint):
        read(CARS.replace(old, new)).tracks()


def test_a_file_that_ends_in_the_middle_is_refused(read, tmp_path):
    part = read(CARS * 1)
    whole = (tmp_path / "a.xml.gz").read_bytes()
    (tmp_path / "a.xml.gz").write_bytes(whole[:-10])
    with pytest.raises(TraceError, match=r"a\.xml\.gz:\d+: "):
        part.tracks()


def test_a_real_file_is_read(real_trace):
    part = SumoFcd(file=real_trace("mobility/sumo-grid/fcd.xml.gz"))
    tracks = part.tracks()
    assert len(tracks) == 100
    assert sum(len(track.times_s) for track in tracks) == 7639
    assert part.trajectories(100, 1, 0).max_speed_m_per_s < 20.0
