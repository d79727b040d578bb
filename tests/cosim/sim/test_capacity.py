import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.sim.capacity import PACKET_BITS, PacketCapacity, RateCapacity, capacity_of
from cosim.sim.trace_file import TraceError

HEADER = "Timestamp,Speed,DL_bitrate,UL_bitrate\n"
LOG = HEADER + "2020.01.01_00.00.00,0,24,12\n2020.01.01_00.00.01,0,0,-\n2020.01.01_00.00.03,0,48,36\n"


@pytest.fixture
def written(tmp_path):
    def write(text, name="a.down"):
        (tmp_path / name).write_text(text)
        return str(tmp_path / name)

    return write


def opportunities(times_ms, turns):
    """All times in seconds of a trace that is repeated, by listing them."""
    return [turn * times_ms[-1] / 1000 + time_ms / 1000 for turn in range(turns) for time_ms in times_ms]


@settings(deadline=None, derandomize=True, max_examples=100)
@given(
    times_ms=st.lists(st.integers(0, 50), min_size=1, max_size=8).filter(max),
    now_ms=st.integers(0, 200),
    packets=st.integers(1, 20),
)
def test_each_packet_takes_the_next_opportunity(times_ms, now_ms, packets):
    times_ms = sorted(times_ms)
    capacity = PacketCapacity(np.array(times_ms) / 1000)
    coming = [time_s for time_s in opportunities(times_ms, 230) if time_s >= now_ms / 1000 - 1e-12][:packets]
    found = capacity.when_s(capacity.count(now_ms / 1000) + np.arange(1.0, packets + 1))
    assert found == pytest.approx(coming, abs=1e-9)


def test_rates_add_up_to_packets(written):
    capacity = capacity_of(written(LOG), "down")
    assert capacity.count(0.5) == pytest.approx(1.0)
    assert capacity.count(2.5) == pytest.approx(2.0)
    assert capacity.count(4.0) == pytest.approx(6.0)
    assert capacity.count(4.25) == pytest.approx(6.5)
    # The second packet is through after a second, not when the silence ends.
    assert capacity.when_s(np.array([2.0, 3.0, 6.0, 6.5])) == pytest.approx([1.0, 3.25, 4.0, 4.25])
    assert capacity.cost(np.array([PACKET_BITS, 3000.0])) == pytest.approx([1.0, 0.25])


def test_a_log_tells_of_both_ways(written):
    assert capacity_of(written(LOG), "up").count(1.0) == pytest.approx(1.0)
    assert capacity_of(written(LOG), "up").count(4.0) == pytest.approx(4.0)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(
    rates=st.lists(st.sampled_from([0.0, 1e4, 5e5]), min_size=1, max_size=6).filter(any),
    now_s=st.floats(0.0, 40.0),
    packets=st.floats(0.01, 100.0),
)
def test_counting_undoes_waiting(rates, now_s, packets):
    capacity = RateCapacity(np.arange(len(rates) + 1.0), np.array(rates))
    target = capacity.count(now_s) + packets
    end_s = float(capacity.when_s(np.array([target]))[0])
    assert end_s >= now_s - 1e-6
    assert capacity.count(end_s) == pytest.approx(target, rel=1e-6)


def test_clocks_may_go_back_by_a_second(written):
    text = LOG + "2020.01.01_00.00.02,0,12,12\n"
    assert capacity_of(written(text), "down").count(4.0) == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("1\n2.5\n", r"a\.down:2: a packet-delivery trace has a whole number of ms per line, not '2\.5'"),
        ("1\n9\n7\n", r"a\.down:3: times must not fall: 7 ms after 9 ms"),
        ("0\n0\n", r"a\.down:2: the trace must last longer than 0 ms"),
        ("", r"a\.down: there is nothing in it"),
        ("Timestamp,UL_bitrate\n", r"a\.down:1: a log has the columns Timestamp and DL_bitrate"),
        (HEADER, r"a\.down:1: there are no rows in it"),
        (HEADER + "2020.01.01_00.00.00,0,1\n", r"a\.down:2: a row has 4 entries, not 3"),
        (HEADER + "today,0,1,1\n", r"a\.down:2: a time is written YYYY\.MM\.DD_hh\.mm\.ss, not 'today'"),
        (HEADER + "2020.01.01_00.00.00,0,fast,1\n", r"a\.down:2: DL_bitrate must be a number, not 'fast'"),
        (HEADER + "2020.01.01_00.00.00,0,-3,1\n", r"a\.down:2: DL_bitrate cannot be negative"),
        (HEADER + "2020.01.01_00.00.00,0,0,1\n", r"a\.down: nothing ever passes: DL_bitrate is 0 in all rows"),
        (LOG + "2020.01.01_00.00.00,0,1,1\n", r"a\.down:5: times must not fall: 2020"),
    ],
)
def test_what_is_no_trace_is_refused_with_its_line(written, text, complaint):
    with pytest.raises(TraceError, match=complaint):
        capacity_of(written(text), "down")


def test_a_member_of_an_archive_is_named_behind_it(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("x/b.csv", LOG)
        archive.writestr("x/c.csv", HEADER)
    assert capacity_of(f"{tmp_path / 'a.zip'}!b.csv", "down").count(1.0) == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("name", "mbit_per_s"), [("Verizon-EVDO-driving.down", 0.52), ("TMobile-LTE-short.down", 16.7)]
)
def test_real_packet_traces_have_their_known_means(real_trace, name, mbit_per_s):
    capacity = capacity_of(real_trace(f"links/mahimahi-cellular/{name}.gz"), "down")
    assert isinstance(capacity, PacketCapacity)
    assert capacity.count(10_000.0) * PACKET_BITS / 10_000.0 / 1e6 == pytest.approx(mbit_per_s, rel=0.05)


def test_all_members_of_a_real_archive_of_logs_are_read(real_trace):
    file = real_trace("links/ucc-5g/5G-production-dataset.zip")
    with zipfile.ZipFile(file) as archive:
        names = [name for name in archive.namelist() if name.endswith(".csv") and "__MACOSX" not in name]
    assert len(names) == 83
    for name in names[::20]:
        assert capacity_of(f"{file}!{name}", "down").count(60.0) >= 0.0
