"""What fast fading does to the frames of a transfer.

A frame meets the gain of the block that holds its middle. It arrives if it is noticed and decoded at the mean ratio of
that time plus that gain. Who is in reach at all is settled by the mean: a link whose mean is below what the radio
notices carries nothing, although right at the edge one frame in three would be lifted above it.
"""

import numpy as np
from numpy.typing import NDArray

from cosim.sim.arq import Repeated, repeat
from cosim.sim.block_arq import Quality, Run, repeat_in_blocks
from cosim.sim.budget import MOST_SEGMENTS, Budget, Reach
from cosim.sim.radio import Frames, Radio
from cosim.sim.transfer import Transfer, exchange_s

Floats = NDArray[np.float64]
Peers = NDArray[np.int64]

AHEAD = 16
"""Blocks priced at once to begin with; as many again as were asked for, after that."""
MOST_AHEAD = 512


def faded_losses(budget: Budget, transfer: Transfer) -> Floats:
    """Probability that each fragment is lost at each of those in reach; shape (fragments, hearers).

    Of a unicast that is one attempt at the time of the last one.
    """
    radio, frames, reach = transfer.radio, transfer.frames, transfer.reach
    hearers = np.asarray(reach.ids, dtype=np.int64)
    air_s = np.full(frames.count, frames.full_airtime_s)
    air_s[-1] = frames.last_airtime_s
    budget.note_frame(transfer.sender, hearers, float(air_s.max()))
    times_s, sizes = transfer.frame_ends_s() - 0.5 * air_s, np.full((frames.count, 1), frames.full_bytes)
    sizes[-1] = frames.last_bytes
    if not budget.moving and np.isinf(budget.block_s(transfer.sender, hearers)).all():
        # Nothing changes on the way: all full fragments are alike.
        losses = losses_at(budget, transfer.sender, reach, radio, times_s[-1:], sizes[[0, -1]])
        return np.repeat(losses, [frames.count - 1, 1], axis=0)
    return losses_at(budget, transfer.sender, reach, radio, times_s, sizes)


def fragment_losses(budget: Budget, sender: int, reach: Reach, radio: Radio, frames: Frames, ends_s: Floats) -> Floats:
    """The same of one attempt at each fragment, which ends at these times; shape (fragments, hearers)."""
    air_s, sizes = np.full(frames.count, frames.full_airtime_s), np.full((frames.count, 1), frames.full_bytes)
    air_s[-1], sizes[-1] = frames.last_airtime_s, frames.last_bytes
    budget.note_frame(sender, np.asarray(reach.ids, dtype=np.int64), float(air_s.max()))
    return losses_at(budget, sender, reach, radio, ends_s - 0.5 * air_s, sizes)


def losses_at(budget: Budget, sender: int, reach: Reach, radio: Radio, times_s: Floats, sizes: Peers) -> Floats:
    """Losses of frames of these sizes at these times, or at the one time; shape (frames, hearers)."""
    hearers = np.asarray(reach.ids, dtype=np.int64)
    mean_db = budget.mean_db(sender, hearers, times_s) if budget.moving else np.asarray(reach.snr_db)
    snr_db = mean_db + budget.fade_db(sender, hearers, times_s)
    rates = radio.frame_error_rate(snr_db, sizes)
    noticed = radio.hears(snr_db, np.asarray(reach.distance_m)) & np.asarray(reach.detects)
    return np.where(noticed, rates, 1.0)


def answer_loss_at(budget: Budget, sender: int, reach: Reach, radio: Radio, time_s: float) -> float:
    """Probability that an answer of the first of those in reach is lost on its way back to a sender at a time."""
    hearer, times_s = np.asarray([sender], dtype=np.int64), np.array([time_s])
    snr_db = budget.mean_db(reach.ids[0], hearer, times_s) + budget.fade_db(reach.ids[0], hearer, times_s)
    noticed = bool(radio.hears(snr_db, reach.distance_m[0]).all())
    return float(radio.ack_error_rate(snr_db).reshape(-1)[0]) if noticed else 1.0


class FadedUnicast:
    """One unicast to a hearer whose link fades, and whose answers fade as well."""

    def __init__(self, budget: Budget, transfer: Transfer) -> None:
        self._budget = budget
        self._transfer = transfer
        self._hearers = np.asarray([transfer.destination], dtype=np.int64)
        self._sender = np.asarray([transfer.sender], dtype=np.int64)
        self._block_s = float(budget.block_s(transfer.sender, self._hearers)[0])
        if np.isinf(self._block_s) and budget.moving:
            # The fade stands still, the mean does not.
            self._block_s = (transfer.end_s - transfer.start_s) / MOST_SEGMENTS
        self._known: dict[int, tuple[float, float, float]] = {}

    def repeat(self, draws: Floats) -> Repeated:
        """Draw the fate of the frames; arguments as `arq.repeat`."""
        frames, radio = self._transfer.frames, self._transfer.radio
        self._budget.note_frame(self._transfer.sender, self._hearers, max(frames.full_airtime_s, frames.last_airtime_s))
        if np.isinf(self._block_s):
            full, last, answer = self._of_block(0)
            losses = np.full(frames.count, full)
            losses[-1] = last
            return repeat(draws, losses, answer, radio.max_attempts)
        runs = ((frames.count - 1, self._run(frames.full_airtime_s, 0)), (1, self._run(frames.last_airtime_s, 1)))
        return repeat_in_blocks(draws, self._transfer.start_s, self._block_s, runs, radio.max_attempts)

    def _run(self, air_s: float, kind: int) -> Run:
        radio = self._transfer.radio

        def quality(block: int) -> tuple[float, float]:
            known = self._of_block(block)
            return known[kind], known[2]

        priced: Quality = quality
        return Run(radio.gap_s + air_s + exchange_s(radio), radio.gap_s + 0.5 * air_s, priced)

    def _of_block(self, block: int) -> tuple[float, float, float]:
        """What is lost in a block: of full frames, of the last one, of acknowledgements."""
        known = self._known.get(block)
        if known is None:
            self._price(block, min(max(AHEAD, len(self._known)), MOST_AHEAD))
            known = self._known[block]
        return known

    def _price(self, block: int, count: int) -> None:
        if np.isinf(self._block_s):
            blocks, times_s = np.array([block]), np.array([self._transfer.start_s])
        else:
            blocks = np.arange(block, block + count)
            times_s = np.asarray((blocks + 0.5) * self._block_s, dtype=np.float64)
        transfer, radio = self._transfer, self._transfer.radio
        snr_db = self._snr_db(transfer.sender, self._hearers, times_s)
        back_db = self._snr_db(transfer.destination, self._sender, times_s)
        distance_m = transfer.reach.distance_m[0]
        noticed = radio.hears(snr_db, distance_m) & transfer.reach.detects[0]
        sizes = (transfer.frames.full_bytes, transfer.frames.last_bytes)
        rates = [np.where(noticed, radio.frame_error_rate(snr_db, size), 1.0) for size in sizes]
        answers = np.where(radio.hears(back_db, distance_m), radio.ack_error_rate(back_db), 1.0)
        losses = zip(*(rate.tolist() for rate in (*rates, answers)), strict=True)
        self._known.update(zip(blocks.tolist(), losses, strict=True))

    def _snr_db(self, sender: int, hearer: Peers, times_s: Floats) -> Floats:
        """Ratio at a hearer in the middle of blocks: the mean of the time, and the gain."""
        mean_db = self._budget.mean_db(sender, hearer, times_s if self._budget.moving else times_s[:1])
        return (mean_db + self._budget.fade_db(sender, hearer, times_s))[:, 0]
