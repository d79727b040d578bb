"""Movements written for ns-2: `setdest` commands in Tcl, of its own generator or of SUMO's and BonnMotion's converters.

The ns Manual, chapter "Mobile Networking in ns", section "Node movements" (confidence A for the commands listed):

    $node_(I) set X_ v                         initial place, also Y_ and Z_ (the last is ignored)
    $ns_ at T "$node_(I) setdest X Y V"        at T node I turns towards (X, Y), at V m/s, and stops there
    $ns_ at T "$node_(I) switch ON"            its radio goes on, or OFF

A command that comes on the way takes the node from where it is. Comments behind # and lines of $god_ are skipped.
"""

import math
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple, final

import numpy as np

from cosim.part import NonNegative, part
from cosim.sim import tracks
from cosim.sim.mobility import Trajectories
from cosim.sim.trace_file import TraceError, lines, number_of, version_of
from cosim.sim.tracks import Track

_SET = re.compile(r"\$node_\((\d+)\) set ([XYZ])_ (\S+)$")
_AT = re.compile(r'\$ns_ at (\S+) "\$node_\((\d+)\) (setdest|switch) ([^"]*)"$')


@final
@part
class Ns2Trace:
    """Peers that move as an ns-2 movement file says (see `ns2_trace`).

    Nodes follow each other by number. A node with `switch` commands is on the air from ON to OFF.

    Attributes:
        file: the movement file, also gzipped; looked for in the working directory, below COSIM_DATA, and among the
            scenarios that come with cosim.
        start_s: time of the trace at which the scenario begins.
    """

    source: ClassVar[str] = "ns-2 setdest movements: the ns Manual, 'Mobile Networking in ns' (A)"

    file: str
    start_s: NonNegative = 0.0

    def check(self, scenario: Any) -> Iterator[tuple[tuple[str, ...], str]]:
        """The file must be readable, and have a node for each peer."""
        return tracks.faults(self, scenario)

    def tracks(self) -> tuple[Track, ...]:
        """The ways of all nodes that are ever on."""
        return _read(self.file, version_of(self.file))

    def trajectories(self, count: int, seed: int, first_peer: int) -> Trajectories:
        """The ways of the first nodes."""
        return tracks.paths_of(self, count)


class Command(NamedTuple):
    """Something that a node is to do."""

    time_s: float
    line: int
    goal: tuple[float, float, float] | None
    on: bool = False


class Node:
    """What a file says of one node."""

    def __init__(self) -> None:
        self.place: dict[str, float] = {}
        self.commands: list[Command] = []


@lru_cache(maxsize=8)
def _read(file: str, version: object) -> tuple[Track, ...]:
    nodes: dict[str, Node] = {}
    for line, text in lines(file):
        _note(nodes, text.split(";#")[0].rstrip(" ;\t"), file, line)
    if not nodes:
        raise TraceError(file, None, "there are no nodes in it")
    found = {name: _track(node, name, file) for name, node in nodes.items()}
    return tracks.sorted_by_name({name: track for name, track in found.items() if track is not None})


def _note(nodes: dict[str, Node], text: str, file: str, line: int) -> None:
    """Take in one line."""
    if not text or text.startswith("$god_"):
        return
    if place := _SET.match(text):
        name, axis, value = place.groups()
        nodes.setdefault(name, Node()).place[axis] = number_of(value, f"{axis}_", file, line)
    elif command := _AT.match(text):
        at, name, verb, words = command.groups()
        time_s = number_of(at, "the time", file, line)
        done = _goal(time_s, words, file, line) if verb == "setdest" else _switch(time_s, words, file, line)
        nodes.setdefault(name, Node()).commands.append(done)
    else:
        known = '$node_(I) set X_ v, $ns_ at T "$node_(I) setdest X Y V" or "$node_(I) switch ON"'
        raise TraceError(file, line, f"must be {known}, not {text[:60]!r}")


def _goal(time_s: float, words: str, file: str, line: int) -> Command:
    numbers = words.split()
    if len(numbers) != 3:
        raise TraceError(file, line, f"setdest has three numbers, x, y and speed, not {len(numbers)}")
    x, y, speed = (
        number_of(word, what, file, line) for word, what in zip(numbers, ("x", "y", "the speed"), strict=True)
    )
    if speed < 0.0 or time_s < 0.0:
        raise TraceError(file, line, "neither the time nor the speed can be negative")
    return Command(time_s, line, (x, y, speed))


def _switch(time_s: float, words: str, file: str, line: int) -> Command:
    if words not in ("ON", "OFF"):
        raise TraceError(file, line, f"a node is switched ON or OFF, not {words[:40]!r}")
    return Command(time_s, line, None, words == "ON")


def _track(node: Node, name: str, file: str) -> Track | None:
    """The way of a node; None if it is never on."""
    commands = sorted(node.commands, key=lambda command: command.time_s)
    if not {"X", "Y"} <= node.place.keys():
        where = commands[0].line if commands else None
        raise TraceError(file, where, f"node {name} has no initial place: set its X_ and Y_")
    times, places = [0.0], [(node.place["X"], node.place["Y"])]
    goal, arrival_s = places[0], 0.0
    for command in commands:
        if command.goal is None:
            continue
        _walk(times, places, goal, arrival_s, command.time_s)
        x, y, speed = command.goal
        way_m = math.dist(places[-1], (x, y))
        goal = (x, y) if speed > 0.0 else places[-1]
        arrival_s = command.time_s + (way_m / speed if speed > 0.0 else 0.0)
    _walk(times, places, goal, arrival_s, math.inf)
    whole = Track(np.array(times), np.array(places))
    stay = _stay([command for command in commands if command.goal is None], name, file)
    return None if stay is None else _clipped(whole, *stay)


def _walk(
    times: list[float], places: list[tuple[float, float]], goal: tuple[float, float], arrival_s: float, until_s: float
) -> None:
    """Go on towards a goal until a time, and wait there for the rest of it."""
    (x, y), begin_s = places[-1], times[-1]
    if arrival_s > until_s:
        share = (until_s - begin_s) / (arrival_s - begin_s)
        times.append(until_s)
        places.append((x + share * (goal[0] - x), y + share * (goal[1] - y)))
        return
    if arrival_s > begin_s or goal != places[-1]:
        times.append(arrival_s)
        places.append(goal)
    if until_s > times[-1] and until_s < math.inf:
        times.append(until_s)
        places.append(goal)


def _stay(switches: list[Command], name: str, file: str) -> tuple[float, float] | None:
    """When a node is on; None for never."""
    if not switches:
        return -math.inf, math.inf
    began_s = None if not switches[0].on and switches[0].time_s <= 0.0 else -math.inf
    ended_s = math.inf
    for switch in switches:
        if switch.on and began_s is not None and ended_s < math.inf:
            raise TraceError(file, switch.line, f"node {name} is switched on a second time; a peer joins once")
        if switch.on and began_s is None:
            began_s = switch.time_s
        if not switch.on and began_s is not None and ended_s == math.inf:
            ended_s = switch.time_s
    return None if began_s is None else (began_s, ended_s)


def _clipped(track: Track, from_s: float, until_s: float) -> Track:
    """The part of a way on which its node is on: how it came there says nothing about its speed."""
    times = track.times_s
    inside = (times > from_s) & (times < until_s)
    ends = [time_s for time_s in (from_s, until_s) if math.isfinite(time_s)]
    x, y = (np.interp(ends, times, axis) for axis in track.places_m.T) if ends else ([], [])
    added = np.column_stack((ends, x, y)).reshape(-1, 3)
    rows = np.concatenate((np.column_stack((times, track.places_m))[inside], added))
    rows = rows[np.argsort(rows[:, 0], kind="stable")]
    return Track(rows[:, 0], rows[:, 1:], from_s, until_s)
