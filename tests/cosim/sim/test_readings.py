import math

import numpy as np
import pytest

from cosim.results.tables import READINGS, READS
from cosim.sim.clock import Clock
from cosim.sim.readings import BATTERY_FRACTION, NOBODY, SENT_ENERGY, Readings


def table(readings):
    rows = np.frombuffer(readings.rows).reshape(-1, len(READINGS.columns))
    return [(time_s, int(peer), READS[int(what)], int(other), value) for time_s, peer, what, other, value in rows]


def test_a_look_is_kept_with_its_time_and_counted():
    clock = Clock()
    readings = Readings(clock)
    clock.at(2.0, order=0, call=lambda alarm: readings.note(3, BATTERY_FRACTION, 0.5))
    clock.advance(math.inf)
    assert table(readings) == [(2.0, 3, "battery_fraction", NOBODY, 0.5)]
    assert readings.counts == {"battery_fraction": 1}


def test_a_look_gives_what_was_seen():
    assert Readings(Clock()).note(0, SENT_ENERGY, 0.25) == 0.25


def test_without_rows_looks_are_counted_all_the_same():
    readings = Readings(Clock(), keep=False)
    readings.note(0, BATTERY_FRACTION, 0.5)
    assert (len(readings.rows), readings.counts) == (0, {"battery_fraction": 1})


def test_nothing_is_read_by_programs_that_only_talk(noted):
    def speak(peer):
        sent = yield peer.send(1, peer.initial_model)
        peer.note((sent.ok, sent.attempts, sent.time_s, repr(sent)[:7]))
        peer.neighbours()

    run, kept = noted(speak, peers=2)
    assert kept[0][0][1][0] is True
    assert kept[0][0][1][3] == "Sent(ok"
    assert run.world.readings.counts == {}


@pytest.mark.parametrize("reliable", [False, True])
def test_the_joules_of_a_message_count_when_they_are_looked_at(noted, reliable):
    how = {"reliable": True, "timeout_s": 60.0} if reliable else {}

    def speak(peer):
        silent = yield peer.send(1, peer.initial_model, **how)
        assert silent.ok
        sent = yield peer.send(1, peer.initial_model, **how)
        peer.note(sent.energy_j)

    run, kept = noted(speak, peers=2)
    ((time_s, energy_j),) = kept[0]
    assert energy_j > 0
    assert table(run.world.readings) == [(time_s, 0, "sent_energy_j", NOBODY, energy_j)]


def test_a_link_is_read_as_a_whole(noted):
    def look(peer):
        peer.note(tuple(peer.link(1)))
        yield peer.pause(0.0)

    run, kept = noted(look, peers=2)
    link = kept[0][0][1]
    names = ["link_rate_bit_per_s", "link_loss", "link_snr_db", "link_j_per_bit"]
    assert [(peer, what, other) for _, peer, what, other, _ in table(run.world.readings)] == [
        (0, name, 1) for name in names
    ]
    np.testing.assert_array_equal([value for *_, value in table(run.world.readings)], link)


def test_a_battery_is_read_by_looking_and_by_waiting(noted):
    def look(peer):
        peer.note(peer.battery_fraction)
        yield peer.changed("battery")

    cell = {"kind": "battery", "capacity_j": 15.0}
    run, _ = noted(look, peers={"phones": {"count": 1, "power": cell}})
    assert run.world.readings.counts == {"battery_fraction": 1, "battery_change": 1}
