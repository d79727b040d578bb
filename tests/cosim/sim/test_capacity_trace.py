import pytest

from cosim.sim.capacity_trace import CapacityTrace


@pytest.fixture
def files(tmp_path):
    names = []
    for number in (1, 2):
        (tmp_path / f"{number}").write_text(f"{100 * number}\n")
        names.append(str(tmp_path / f"{number}"))
    return names


def test_traces_are_dealt_out_in_turn_to_those_without_a_wire(files):
    part = CapacityTrace(up=files, down=files[::-1], wired=[1], start_s=5.0, stagger_s=2.0)
    first, server, second, third = part.capacities(4)
    assert server is None
    assert [ways[2] for ways in (first, second, third)] == [5.0, 7.0, 9.0]
    assert [ways[0].count(1.0) for ways in (first, second, third)] == [9.0, 4.0, 9.0]
    assert [ways[1].count(1.0) for ways in (first, second, third)] == [4.0, 9.0, 4.0]
