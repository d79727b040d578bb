"""Slot by slot: IEEE 802.11 stations that hear each other and draw backoffs."""

from typing import NamedTuple

import numpy as np


class Backoff(NamedTuple):
    """What decides who sends in which slot; no length of a frame is part of it."""

    cw_min: int
    cw_max: int
    max_attempts: int
    resume_slots: int
    """Slots by which those who collided resume later than the others."""
    acknowledged: bool


def stationary(stations: int, backoff: Backoff, error: float) -> tuple[float, float, float, float]:
    """Idle slots per busy period, attempts per busy period, collision probability of an attempt, spread."""
    replicas, warm, counted = max(1, 1024 // stations), 600, 2400
    draws = np.random.Generator(np.random.Philox(802_11))
    attempts_allowed = backoff.max_attempts if backoff.acknowledged else 1
    windows = np.minimum((backoff.cw_min + 1) << np.arange(attempts_allowed), backoff.cw_max + 1)
    counter = draws.integers(0, windows[0], (replicas, stations))
    stage = np.zeros((replicas, stations), dtype=np.int64)
    delay = np.zeros((replicas, stations), dtype=np.int64)
    delivered = np.zeros((replicas, stations))
    idle = attempts = collided = 0
    for step in range(warm + counted):
        due = counter + delay
        first = due.min(axis=1)
        left = due - first[:, np.newaxis]
        np.minimum(counter, left, out=counter)
        rows, columns = np.nonzero(left == 0)
        senders = np.bincount(rows, minlength=replicas)
        alone = senders[rows] == 1
        good = alone & (draws.random(len(rows)) >= error)
        after = np.where(good, 0, stage[rows, columns] + 1) % attempts_allowed
        stage[rows, columns] = after
        counter[rows, columns] = draws.integers(0, windows[after])
        delay.fill(0)
        delay[rows, columns] = np.where(alone, 0, backoff.resume_slots)
        if step >= warm:
            idle += int(first.sum())
            attempts += len(rows)
            collided += len(rows) - int(alone.sum())
            delivered[rows, columns] += good
    periods = replicas * counted
    per_replica = delivered.sum(axis=1, keepdims=True)
    binomial = per_replica.sum() * (1 - 1 / stations)
    spread = float(((delivered - per_replica / stations) ** 2).sum() / binomial) if binomial else 0.0
    return idle / periods, attempts / periods, collided / attempts, spread
