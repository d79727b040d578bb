"""What a reader must know before believing a run's numbers."""

from dataclasses import dataclass

from analysis.energy import split
from analysis.quantities import finite, text
from analysis.read import Run

MEANINGS = {
    "dry run": "Time, bytes and joules are those of the run, but no model was trained: accuracies are not computed.",
    "scheduled": "The medium is scheduled: stations never contend for the air and nothing collides, so that times and "
    "energies are optimistic.",
    "oracle: neighbours": "Peers know their neighbours without asking: the simulator tells them, and discovery costs "
    "neither time nor energy.",
    "transmit watts": "The transceiver's figures are those of one level: the transmit power changes who hears, not "
    "what sending draws. To compare levels, give each its own transceiver watts.",
}
"""What the labels of a summary mean."""

TOLERANCE = 1e-6
"""Largest relative difference between a summary and its tables that is put down to rounding."""


@dataclass(frozen=True)
class Pair:
    """One amount as the summary tells it and as the tables add up to it, and the size rounding is held against."""

    name: str
    unit: str
    told: float | None
    found: float
    size: float


def caveats(run: Run) -> list[str]:
    """Sentences for the report: the labels of the run, tables that were not recorded, and what contradicts itself."""
    return [*_labels(run), *_not_recorded(run), *contradictions(run)]


def contradictions(run: Run) -> list[str]:
    """Where the summary and the tables of the run disagree; a sound run has none."""
    return [
        f"The run contradicts itself: {pair.name} is {text(pair.told, pair.unit, 9)} in the summary and "
        f"{text(pair.found, pair.unit, 9)} in the tables."
        for pair in (*_byte_pairs(run), *_energy_pairs(run))
        if pair.told is not None and abs(pair.told - pair.found) > TOLERANCE * pair.size
    ]


def _labels(run: Run) -> list[str]:
    labels = run.summary.get("labels")
    told = [str(label) for label in labels] if isinstance(labels, list) else []
    medium = run.scenario.get("medium")
    if isinstance(medium, dict) and medium.get("kind") == "scheduled" and not any("scheduled" in one for one in told):
        told.insert(0, "scheduled")
    return [_sentence(label) for label in told]


def _sentence(label: str) -> str:
    """A label with its meaning, if that is known; a label may say more than its key word."""
    meaning = next((MEANINGS[key] for key in MEANINGS if key in label), None)
    return f"{label}: {meaning}" if meaning else label


def _not_recorded(run: Run) -> list[str]:
    tables = ("transmissions", "receptions", "energy", "graph", "metrics")
    absent = [table for table in tables if not (run.folder / f"{table}.parquet").is_file()]
    return [f"Not recorded, hence not shown: {', '.join(absent)}."] if absent else []


def _byte_pairs(run: Run) -> list[Pair]:
    if not run.has("transmissions"):
        return []
    counters = (("payload", "payload_bytes", "payload_bits"), ("bytes on air", "bytes_on_air", "bits_on_air"))
    sums = [(name, run.summary.get(key), float(run.transmissions[column].sum()) / 8) for name, key, column in counters]
    return [Pair(name, "B", finite(told), found, found) for name, told, found in sums]


def _energy_pairs(run: Run) -> list[Pair]:
    if not run.has("energy"):
        return []
    energy, joules = run.summary.get("energy_j"), split(run)
    total = energy.get("total") if isinstance(energy, dict) else None
    rows = (
        ("energy", total, joules.total_j),
        ("the idle baseline", run.summary.get("energy_j_idle_baseline"), joules.idle_baseline_j),
        ("energy above idle", run.summary.get("energy_j_marginal"), joules.marginal_j),
    )
    # held against the total: what lies above idle may be a small difference of large numbers
    return [Pair(name, "J", finite(told), found, joules.total_j) for name, told, found in rows]
