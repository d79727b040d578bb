"""What a reader must know before believing a run's numbers."""

from analysis.energy import split
from analysis.quantities import finite, text
from analysis.read import Run

MEANINGS = {
    "scheduled": "The medium is scheduled: stations never contend for the air and nothing collides, so that times and "
    "energies are optimistic.",
    "oracle: neighbours": "Peers know their neighbours without asking: the simulator tells them, and discovery costs "
    "neither time nor energy.",
}
"""What the labels of a summary mean."""

TOLERANCE = 1e-6
"""Largest relative difference between a summary and its tables that is put down to rounding."""


def caveats(run: Run) -> list[str]:
    """Sentences for the report: the labels of the run, tables that were not recorded, and what contradicts itself."""
    return [*_labels(run), *_not_recorded(run), *contradictions(run)]


def contradictions(run: Run) -> list[str]:
    """Where the summary and the tables of the run disagree; a sound run has none."""
    pairs = [*_byte_pairs(run), *_energy_pairs(run)]
    return [
        f"The run contradicts itself: {name} is {text(told, unit, 9)} in the summary and {text(found, unit, 9)} in the "
        "tables."
        for name, unit, told, found in pairs
        if told is not None and abs(told - found) > TOLERANCE * max(abs(told), abs(found))
    ]


def _labels(run: Run) -> list[str]:
    labels = run.summary.get("labels")
    told = [str(label) for label in labels] if isinstance(labels, list) else []
    medium = run.scenario.get("medium")
    if isinstance(medium, dict) and medium.get("kind") == "scheduled" and not any("scheduled" in one for one in told):
        told.insert(0, "scheduled")
    return [_sentence(label) for label in told]


def _sentence(label: str) -> str:
    """A label with its meaning, if it has one here; labels may carry their section's name, as in `medium: scheduled`."""
    meaning = next((MEANINGS[key] for key in MEANINGS if label in (key, f"medium: {key}")), None)
    return f"{label}: {meaning}" if meaning else label


def _not_recorded(run: Run) -> list[str]:
    tables = ("transmissions", "receptions", "energy", "graph", "metrics")
    absent = [table for table in tables if not (run.folder / f"{table}.parquet").is_file()]
    return [f"Not recorded, hence not shown: {', '.join(absent)}."] if absent else []


def _byte_pairs(run: Run) -> list[tuple[str, str, float | None, float]]:
    if not run.has("transmissions"):
        return []
    counters = (("payload", "payload_bytes", "payload_bits"), ("bytes on air", "bytes_on_air", "bits_on_air"))
    return [
        (name, "B", finite(run.summary.get(key)), float(run.transmissions[column].sum()) / 8)
        for name, key, column in counters
    ]


def _energy_pairs(run: Run) -> list[tuple[str, str, float | None, float]]:
    if not run.has("energy"):
        return []
    energy, joules = run.summary.get("energy_j"), split(run)
    total = energy.get("total") if isinstance(energy, dict) else None
    told = (total, run.summary.get("energy_j_idle_baseline"), run.summary.get("energy_j_marginal"))
    found = (joules.total_j, joules.idle_baseline_j, joules.marginal_j)
    names = ("energy", "the idle baseline", "energy above idle")
    return [(name, "J", finite(a), b) for name, a, b in zip(names, told, found, strict=True)]
