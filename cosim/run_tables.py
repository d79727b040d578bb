"""From the books of a simulated world to the tables of a run."""

from typing import Any

import numpy as np

from cosim.evaluation import Metrics
from cosim.results.arrow import ArrowTable, arrow_table
from cosim.results.tables import (
    ENERGY,
    GRAPH,
    METRICS,
    OUTCOMES,
    PARTS,
    POSITIONS,
    RECEPTIONS,
    STATES,
    TASKS,
    TRANSMISSIONS,
    Table,
)
from cosim.sim.world import World

SNAPSHOTS = 101
"""Times at which positions are written, evenly spread over the whole rounds of a run, both ends included."""


def tables_of(world: World, metrics: Metrics) -> dict[str, ArrowTable]:
    """All tables of a run, by name; at recording level `summary` only what was measured, no row of what happened."""
    tables = {METRICS: _metrics(metrics)}
    if world.scenario.recording.level == "full":
        tables[GRAPH] = _numbers(GRAPH, world.links.changes)
        tables[POSITIONS] = _positions(world)
        tables[TRANSMISSIONS] = _transmissions(world)
        tables[RECEPTIONS] = _receptions(world)
        tables[ENERGY] = _energy(world)
        tables[TASKS] = _tasks(world)
    return {table.name: arrow_table(table, columns) for table, columns in tables.items()}


def _matrix(buffer: Any, width: int) -> np.ndarray[Any, Any]:
    return np.frombuffer(buffer, dtype=np.float64).reshape(-1, width)


def _numbers(table: Table, buffer: Any) -> dict[str, Any]:
    """Columns of a buffer that holds every column of a table as numbers."""
    rows = _matrix(buffer, len(table.columns))
    return {name: rows[:, i] for i, name in enumerate(table.column_names())}


def _transmissions(world: World) -> dict[str, Any]:
    """Booked at their end; written in the order of their number."""
    columns = _numbers(TRANSMISSIONS, world.traffic.transmissions)
    order = np.argsort(columns["transmission"], kind="stable")
    return {name: values[order] for name, values in columns.items()}


def _receptions(world: World) -> dict[str, Any]:
    columns = _numbers(RECEPTIONS, world.traffic.receptions)
    order = np.lexsort((columns["peer"], columns["transmission"]))
    ordered = {name: values[order] for name, values in columns.items()}
    return {**ordered, "outcome": (ordered["outcome"], OUTCOMES)}


def _energy(world: World) -> dict[str, Any]:
    """Intervals by peer and part, in the order of time."""
    meter, state, start_s, end_s, watts = world.ledger.intervals(world.end_s).T
    return {
        "peer": meter // len(PARTS),
        "part": (meter % len(PARTS), PARTS),
        "state": (state, STATES),
        "start_s": start_s,
        "end_s": end_s,
        "watts": watts,
        "joules": watts * (end_s - start_s),
    }


def _tasks(world: World) -> dict[str, Any]:
    peer, start_s, end_s, flops, bytes_moved, joules = _matrix(world.tasks.rows, 6).T
    names = sorted(set(world.tasks.operations))
    code = {name: i for i, name in enumerate(names)}
    return {
        "peer": peer,
        "operation": ([code[name] for name in world.tasks.operations], names),
        "key": [key.hex() for key in world.tasks.keys],
        "start_s": start_s,
        "end_s": end_s,
        "flops": flops,
        "bytes_moved": bytes_moved,
        "joules": joules,
    }


def _metrics(metrics: Metrics) -> dict[str, Any]:
    time_s, round_index, peer, value = _matrix(metrics.numbers, 4).T
    return {
        "time_s": time_s,
        "round": round_index,
        "peer": peer,
        "metric": metrics.names,
        "value": value,
        "key": metrics.keys,
    }


def _whole_rounds_s(world: World) -> float:
    """The end of the last round: unlike that of the run, it does not move with what was computed after it."""
    if world.period_s is None or world.end_s < world.period_s:
        return world.end_s
    return float(np.floor(world.end_s / world.period_s + 1e-9)) * world.period_s


def _positions(world: World) -> dict[str, Any]:
    """Places at evenly spread times; none where positions play no part."""
    if not world.scenario.radio.uses_positions:
        return {name: np.zeros(0) for name in POSITIONS.column_names()}
    budget = world.budget
    times = np.linspace(0.0, _whole_rounds_s(world), SNAPSHOTS) if budget.moving else np.zeros(1)
    places = np.concatenate([budget.positions_m(float(time_s)) for time_s in times])
    return {
        "time_s": np.repeat(times, world.size),
        "peer": np.tile(np.arange(world.size), len(times)),
        "x_m": places[:, 0],
        "y_m": places[:, 1],
    }
