"""What the network did: the directed graph over time, the lives of its links, and what became of messages."""

import networkx as nx
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.read import Frame, Run

MOST_TIMES = 2000
"""Most points of a degree curve; beyond it, the curve is read at evenly spaced times."""


def changes(run: Run) -> Frame:
    """The rows of `graph` that change a link, in order of time: an `up` of a link that is up is none."""
    rows = run.graph.sort_values("time_s", kind="stable")
    before = rows.groupby(["source", "destination"])["up"].shift(1, fill_value=False)
    return rows[rows["up"] != before]


def graph_at(run: Run, time_s: float) -> "nx.DiGraph[int]":
    """The directed graph at a time: every peer a node, every link that is up an edge with its `snr_db`."""
    rows = run.graph[run.graph["time_s"] <= time_s].sort_values("time_s", kind="stable")
    last = rows.drop_duplicates(["source", "destination"], keep="last")
    graph = nx.DiGraph()
    graph.add_nodes_from(range(run.peers))
    for link in last[last["up"]].itertuples():
        graph.add_edge(int(link.source), int(link.destination), snr_db=float(link.snr_db))
    return graph


def degrees(run: Run) -> Frame:
    """Degrees over the peers after each change, and at the run's end.

    Returns:
        Columns time_s, mean (in- and out-degree have the same), out_min, out_max, in_min, in_max.
    """
    rows = changes(run)
    times_s = _degree_times_s(rows["time_s"].to_numpy(dtype=np.float64), run.end_s)
    out = _degrees(rows, "source", times_s, run.peers)
    into = _degrees(rows, "destination", times_s, run.peers)
    return pd.DataFrame(
        {
            "time_s": times_s,
            "mean": out.mean(axis=1),
            "out_min": out.min(axis=1),
            "out_max": out.max(axis=1),
            "in_min": into.min(axis=1),
            "in_max": into.max(axis=1),
        }
    )


def link_lives(run: Run) -> Frame:
    """Each life of each directed link.

    Returns:
        Columns source, destination, start_s, end_s, life_s, censored (still up at the run's end, so that life_s is a
        lower bound) and from_start (up since the first instant, so that its true start may lie before the run).
    """
    rows = changes(run)
    ends_s = rows.groupby(["source", "destination"])["time_s"].shift(-1)
    lives = rows.assign(start_s=rows["time_s"], censored=ends_s.isna(), end_s=ends_s.fillna(run.end_s))[rows["up"]]
    lives = lives.assign(life_s=lives["end_s"] - lives["start_s"], from_start=lives["start_s"] <= 0.0)
    columns = ["source", "destination", "start_s", "end_s", "life_s", "censored", "from_start"]
    return lives[columns].reset_index(drop=True)


def survival(lives: Frame) -> Frame:
    """Share of links that live longer than an age, where some lives were cut off by the run's end.

    The product-limit estimate of Kaplan and Meier, J. Am. Stat. Assoc. 53 (1958), section 2.

    Returns:
        Columns life_s, at_risk, ended, censored, surviving; one row per distinct life, from age 0.
    """
    counts = lives.groupby(["life_s", "censored"]).size().unstack(fill_value=0)
    counts = counts.reindex(columns=[False, True], fill_value=0)
    leaving = counts.sum(axis=1).to_numpy()
    at_risk = len(lives) - np.concatenate(([0], np.cumsum(leaving)[:-1])) if len(counts) else leaving
    ended = counts[False].to_numpy()
    curve = pd.DataFrame(
        {"life_s": counts.index, "at_risk": at_risk, "ended": ended, "censored": counts[True].to_numpy()}
    )
    curve["surviving"] = np.cumprod(1.0 - ended / at_risk)
    first = pd.DataFrame({"life_s": [0.0], "at_risk": [len(lives)], "ended": [0], "censored": [0], "surviving": [1.0]})
    return pd.concat((first, curve), ignore_index=True)


def median_life_s(curve: Frame) -> float | None:
    """The age that half of the links outlive, or None where the run was too short to tell."""
    half = curve[curve["surviving"] <= 0.5]
    return float(half["life_s"].iloc[0]) if len(half) else None


def delivery_ratio(run: Run) -> float:
    """Share of the intended receptions in which the whole message was heard; not a number without any."""
    intended = run.receptions[run.receptions["intended"]]
    return float((intended["outcome"] == "heard").mean()) if len(intended) else float("nan")


def delivery_over_time(run: Run, bins: int = 20) -> Frame:
    """Intended receptions by when their transmission started: columns start_s, end_s, intended, heard, ratio."""
    starts = run.transmissions.set_index("transmission")["start_s"]
    intended = run.receptions[run.receptions["intended"]]
    edges_s = np.linspace(0.0, run.end_s, bins + 1)
    bin_of = np.clip(np.searchsorted(edges_s, starts.loc[intended["transmission"]], side="right") - 1, 0, bins - 1)
    whole = np.bincount(bin_of, minlength=bins)
    heard = np.bincount(bin_of, weights=intended["outcome"] == "heard", minlength=bins).astype(np.int64)
    ratio = np.divide(heard, whole, out=np.full(bins, np.nan), where=whole > 0)
    return pd.DataFrame(
        {"start_s": edges_s[:-1], "end_s": edges_s[1:], "intended": whole, "heard": heard, "ratio": ratio}
    )


def outcome_counts(run: Run) -> Frame:
    """How many receptions had each outcome: one row per outcome, columns intended and overheard."""
    counts = run.receptions.groupby(["outcome", "intended"]).size().unstack(fill_value=0)
    counts = counts.reindex(columns=[True, False], fill_value=0).rename(columns={True: "intended", False: "overheard"})
    return counts.rename_axis(columns=None).sort_values("intended", ascending=False)


def _degree_times_s(change_times_s: NDArray[np.float64], end_s: float) -> NDArray[np.float64]:
    times_s = np.unique(np.concatenate((change_times_s, [0.0, end_s])))
    return times_s if len(times_s) <= MOST_TIMES else np.linspace(times_s[0], times_s[-1], MOST_TIMES)


def _degrees(rows: Frame, end: str, times_s: NDArray[np.float64], peers: int) -> NDArray[np.int64]:
    """Links of each peer at each time, one row per time; `end` says which end of a link counts."""
    steps = np.zeros((len(times_s), peers), dtype=np.int64)
    place = np.searchsorted(times_s, rows["time_s"].to_numpy(dtype=np.float64), side="left")
    np.add.at(steps, (place, rows[end].to_numpy()), np.where(rows["up"], 1, -1))
    return np.cumsum(steps, axis=0)
