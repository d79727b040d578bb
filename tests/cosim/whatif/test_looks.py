import numpy as np
import pytest

from cosim import run
from cosim.part import part
from cosim.whatif.looks import are_complete, compare_looks

CELL = {"kind": "battery", "capacity_j": 100.0}


@part
class Careful:
    """Looks at its battery in each round, and waits for it to change if that is wanted."""

    waits: bool = False

    def program(self, peer):
        for t in peer.rounds():
            if peer.battery_fraction > 0.9:
                peer.observe(peer.initial_model, tag=t)
            if self.waits:
                yield peer.changed("battery")
            else:
                yield peer.pause(0.5)


@pytest.fixture(scope="module")
def careful(few):
    return few(algorithm=Careful(), graph="complete", peers={"phones": {"count": 2, "power": CELL}})


def other(kept, changes):
    return run(kept.scenario.with_(changes))


def test_equal_runs_read_the_same(careful):
    found = compare_looks(careful, careful)
    assert (found.compared, found.differing, found.first, found.first_s) == (16, 0, None, np.inf)


def test_the_first_reading_that_differs_is_told(careful):
    found = compare_looks(careful, other(careful, {"peers.phones.device.idle_w": 3.2}))
    was = 1 - (1.6 - 3 * 0.273 + 3 * 0.273) * 0.5 / 100
    now = 1 - 3.2 * 0.5 / 100
    assert found.first == f"peer 0 read battery_fraction at 0.5 s: before {was:.6g}, after {now:.6g}"
    assert (found.compared, found.differing, found.first_s) == (16, 14, 0.5)


def test_a_reading_that_was_not_made_is_told(careful):
    found = compare_looks(careful, other(careful, {"rounds.count": 6}))
    assert found.first.startswith("peer 0 read battery_fraction at 3 s: before 0.9")
    assert found.first.endswith("after not at all")
    assert found.differing == 4


def test_that_a_battery_changed_is_a_fact_without_a_number(few):
    group = {"phones": {"count": 1, "power": CELL}}
    kept = few(algorithm=Careful(waits=True), peers=group, graph={"kind": "edges", "edges": [[]]})
    found = compare_looks(kept, other(kept, {"algorithm": Careful()}))
    assert found.first.startswith("peer 0 read battery_change at 0 s: before as a fact, after not at all")
    assert compare_looks(kept, kept).differing == 0


def test_runs_of_which_only_one_reads_differ_in_all_of_it(careful, kept):
    found = compare_looks(careful, kept)
    assert (found.compared, found.differing) == (16, 16)
    assert found.first == "in one of the runs no program looked at anything"
    assert compare_looks(kept, kept).compared == 0


def test_counts_without_rows_are_not_complete(careful, kept):
    assert are_complete(careful)
    assert are_complete(kept)
    assert not are_complete(other(careful, {"recording.level": "summary"}))
