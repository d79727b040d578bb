"""Which of several overlapping LoRa frames survive: three published models, by name.

`lorasim`: M. C. Bor, U. Roedig, T. Voigt, J. M. Alonso, "Do LoRa low-power wide-area networks scale?", MSWiM 2016,
section 4. A frame is lost to each interferer less than 6 dB weaker of the same spreading factor, on a frequency that is
near enough, that is still on the air when the last five symbols of its preamble begin. Their program spares, beyond the
paper, an earlier frame whose tail meets only the first symbols of a later preamble; here the paper is followed.

`flora`: M. Slabicki, G. Premsankar, M. Di Francesco, "Adaptive configuration of LoRa networks for dense IoT
deployments", NOMS 2018, with the ratios of D. Croce et al., "Impact of LoRa imperfect orthogonality", IEEE
Communications Letters 22(4), 2018: the same rule with a ratio for each pair of spreading factors, the last six symbols,
and equal frequencies only.

`goursaud`: C. Goursaud, J.-M. Gorce, "Dedicated networks for IoT: PHY/MAC state of the art and challenges", EAI
Endorsed Transactions on IoT, 2015, as D. Magrin, M. Centenaro, L. Vangelista, ICC 2017, apply it: the energy of a frame
against the summed energy, within it, of the interferers of one spreading factor on its frequency.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radio_models.ranges import within
from radio_models.units import db_to_linear

Floats = NDArray[np.float64]
SPREADING_FACTORS = (7, 8, 9, 10, 11, 12)
"""Those the models know."""


class Capture(NamedTuple):
    """A capture model.

    Attributes:
        required_db: least ratio of wanted frame (row) to interferer (column) by spreading factor, 7 to 12.
        lock_symbols: last symbols of the preamble that must be free; None where the whole frame counts by its energy.
        frequency_share: frames nearer than this share of the wider bandwidth disturb each other, both ends included.
    """

    required_db: Floats
    lock_symbols: int | None
    frequency_share: float


class Frames(NamedTuple):
    """LoRa frames as one receiver gets them, arrays or numbers of one shape.

    Attributes:
        power_dbm: received level; minus infinity for none.
        start_s: begin of the preamble.
        end_s: end of the payload.
        spreading_factor: 7 to 12.
        frequency_hz: centre frequency.
        bandwidth_hz: bandwidth.
    """

    power_dbm: ArrayLike
    start_s: ArrayLike
    end_s: ArrayLike
    spreading_factor: ArrayLike
    frequency_hz: ArrayLike
    bandwidth_hz: ArrayLike = 125e3


class Window(NamedTuple):
    """Starts of an interferer, after that of the wanted frame, that destroy it; empty where both ends are equal."""

    from_s: Floats
    to_s: Floats


def _matrix(*rows: str) -> Floats:
    return np.array([[float(value) for value in row.split()] for row in rows])


CAPTURE_MODELS: Mapping[str, Capture] = MappingProxyType(
    {
        "lorasim": Capture(np.where(np.eye(6, dtype=np.bool_), 6.0, -np.inf), 5, 0.24),
        "flora": Capture(
            _matrix(
                "  1  -8  -9  -9  -9  -9",
                "-11   1 -11 -12 -13 -13",
                "-15 -13   1 -13 -14 -15",
                "-19 -18 -17   1 -17 -18",
                "-22 -22 -21 -20   1 -20",
                "-25 -25 -25 -24 -23   1",
            ),
            6,
            0.0,
        ),
        "goursaud": Capture(
            _matrix(
                "  6 -16 -18 -19 -19 -20",
                "-24   6 -20 -22 -22 -22",
                "-27 -27   6 -23 -25 -25",
                "-30 -30 -30   6 -26 -28",
                "-33 -33 -33 -33   6 -29",
                "-36 -36 -36 -36 -36   6",
            ),
            None,
            0.0,
        ),
    }
)
"""The models by name. A share of 0.24 is LoRaSim's 30, 60 and 120 kHz at 125, 250 and 500 kHz."""


def capture_model(name: str) -> Capture:
    """The model of a name.

    Raises:
        ValueError: no such model; the sentence lists those there are.
    """
    if name not in CAPTURE_MODELS:
        raise ValueError(f"The capture models of LoRa are {', '.join(CAPTURE_MODELS)}; got {name}.")
    return CAPTURE_MODELS[name]


def required_db(model: Capture, wanted: ArrayLike, interferer: ArrayLike) -> Floats:
    """Least ratio in dB at which a frame survives an interferer, given the spreading factors of both.

    Raises:
        ValueError: a spreading factor is outside 7 to 12.
    """
    row, column = (within(factor, "A spreading factor in a capture model", 7, 12) for factor in (wanted, interferer))
    return model.required_db[row.astype(np.int64) - 7, column.astype(np.int64) - 7]


def survives(model: Capture, wanted: Frames, others: Frames, preamble_symbols: float = 8.0) -> NDArray[np.bool_]:
    """Whether wanted frames survive all others.

    Args:
        model: one of `CAPTURE_MODELS`.
        wanted: frames, numbers or arrays of any shape.
        others: possible interferers along the last axis; before it their shape is that of `wanted`, or broadcasts with
            it. A frame must not be among its own interferers, or must have the level minus infinity there.
        preamble_symbols: programmed preamble of the wanted frames.

    Returns:
        An array in the shape of `wanted`.

    Raises:
        ValueError: a spreading factor is outside 7 to 12.
    """
    frames = Frames(*(np.asarray(field, dtype=np.float64)[..., np.newaxis] for field in wanted))
    rivals = Frames(*(np.asarray(field, dtype=np.float64) for field in others))
    if model.lock_symbols is None:
        return _outweighs(model, frames, rivals)
    return np.logical_not(_hit(model, model.lock_symbols, frames, rivals, preamble_symbols).any(axis=-1))


def _same_channel(model: Capture, frames: Frames, rivals: Frames) -> NDArray[np.bool_]:
    apart_hz = np.abs(np.subtract(frames.frequency_hz, rivals.frequency_hz))
    return apart_hz <= model.frequency_share * np.maximum(frames.bandwidth_hz, rivals.bandwidth_hz)


def _hit(model: Capture, lock_symbols: int, frames: Frames, rivals: Frames, preamble: float) -> NDArray[np.bool_]:
    """Which interferers destroy which frames, one by one, by their levels (`lorasim`, `flora`)."""
    symbol_s = 2.0 ** np.asarray(frames.spreading_factor) / np.asarray(frames.bandwidth_hz)
    locks_s = np.asarray(frames.start_s) + symbol_s * (preamble - lock_symbols)
    meets = (np.asarray(rivals.end_s) > locks_s) & (np.asarray(rivals.start_s) < np.asarray(frames.end_s))
    needed_db = required_db(model, frames.spreading_factor, rivals.spreading_factor)
    drowned = np.asarray(frames.power_dbm) < np.asarray(rivals.power_dbm) + needed_db
    return meets & drowned & _same_channel(model, frames, rivals)


def _outweighs(model: Capture, frames: Frames, rivals: Frames) -> NDArray[np.bool_]:
    """Whether the energy of frames exceeds that of the interferers of each spreading factor (`goursaud`)."""
    start_s = np.maximum(frames.start_s, rivals.start_s)
    overlap_s = np.maximum(np.minimum(frames.end_s, rivals.end_s) - start_s, 0.0)
    energies = overlap_s * db_to_linear(rivals.power_dbm) * _same_channel(model, frames, rivals)
    mine = (db_to_linear(frames.power_dbm) * np.subtract(frames.end_s, frames.start_s))[..., 0]
    alive = np.ones(np.broadcast_shapes(mine.shape, energies.shape[:-1]), dtype=np.bool_)
    for factor in SPREADING_FACTORS:
        theirs = np.where(np.equal(rivals.spreading_factor, factor), energies, 0.0).sum(axis=-1)
        needed = required_db(model, np.asarray(frames.spreading_factor)[..., 0], factor)
        alive &= mine >= db_to_linear(needed) * theirs
    return alive


def vulnerable_window(
    model: Capture,
    ratio_db: ArrayLike,
    airtime_s: tuple[ArrayLike, ArrayLike],
    spreading_factor: tuple[ArrayLike, ArrayLike],
    lock_s: ArrayLike,
) -> Window:
    """When one interferer on the same channel has to start to destroy a frame: the vulnerable time is `to_s - from_s`.

    With pairwise models (`lorasim`, `flora`) an interferer that is too strong destroys what it overlaps after `lock_s`.
    With energies (`goursaud`) it has to overlap for long enough; there several interferers add up, which windows of
    single ones do not show.

    Args:
        model: one of `CAPTURE_MODELS`.
        ratio_db: level of the wanted frame over that of the interferer.
        airtime_s: of the wanted frame, of the interferer; at least 0 s.
        spreading_factor: of the wanted frame, of the interferer; 7 to 12.
        lock_s: time from the start of the wanted frame to its critical section, `lock_after_s`; not used by energies.

    Raises:
        ValueError: a spreading factor is outside 7 to 12, an air time is negative, or a ratio above 3000 dB.
    """
    mine_s, theirs_s = (within(time_s, "An air time (s)", 0.0) for time_s in airtime_s)
    excess_db = np.asarray(ratio_db, dtype=np.float64) - required_db(model, *spreading_factor)
    if model.lock_symbols is None:
        enough_s = mine_s * db_to_linear(np.minimum(excess_db, 3000.0))
        begin_s, end_s = enough_s - theirs_s, mine_s - enough_s
        fatal = enough_s < np.minimum(mine_s, theirs_s)
    else:
        begin_s, end_s = np.asarray(lock_s, dtype=np.float64) - theirs_s, mine_s
        fatal = (excess_db < 0.0) & (begin_s < end_s)
    begin_s, end_s, fatal = np.broadcast_arrays(begin_s, end_s, fatal)
    return Window(np.where(fatal, begin_s, 0.0), np.where(fatal, end_s, 0.0))


def lock_after_s(model: Capture, symbol_s: ArrayLike, preamble_symbols: float = 8.0) -> Floats:
    """Time from the start of a frame in which interference does no harm; 0 where the model reckons with energies."""
    harmless = 0.0 if model.lock_symbols is None else preamble_symbols - model.lock_symbols
    return harmless * np.asarray(symbol_s, dtype=np.float64)
