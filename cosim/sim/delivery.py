"""Which fragments of a transfer arrive where: loss probabilities against the draws of each link."""

import numpy as np
from numpy.typing import NDArray

from cosim.sim.arq import Repeated, repeat
from cosim.sim.budget import Budget
from cosim.sim.course import Course
from cosim.sim.fates import Fates, Fragments
from cosim.sim.luck import AHEAD, CHUNK, LinkLuck
from cosim.sim.radio import Radio
from cosim.sim.transfer import Transfer

Floats = NDArray[np.float64]

MOST_FATES = 1 << 16
"""Fragments at hearers foreseen at once."""


class Delivery:
    """The fate of frames in a world without fast fading.

    A fragment arrives if its draw is not below its probability of being lost, so that a low draw is bad luck
    for broadcasts and unicasts alike.
    """

    def __init__(self, budget: Budget, seed: int) -> None:
        self._budget = budget
        self._radio: Radio = budget.radio
        self._moving = budget.moving
        self._seed = seed
        self._luck = LinkLuck(seed, "delivery")
        self._answers = LinkLuck(seed, "acknowledgement")

    def foresee(self, transfer: Transfer) -> None:
        """Price a transfer along the way that its sender and hearers will have gone: mobility is known ahead."""
        if not self._moving:
            return
        radio, frames, reach = self._radio, transfer.frames, transfer.reach
        unsteady = self._budget.unsteady(reach, transfer.end_s - transfer.start_s)
        if not len(unsteady):
            return
        losses = np.tile(reach.losses(radio, frames)[0], (frames.count, 1))
        losses[-1] = reach.losses(radio, frames)[1]
        hearers = np.asarray(reach.ids, dtype=np.int64)[unsteady]
        snr = self._budget.along(transfer.sender, hearers, transfer.start_s, transfer.end_s, frames.count)
        rates = np.array(np.broadcast_to(radio.frame_error_rate(snr, frames.full_bytes), snr.shape))
        rates[-1] = radio.frame_error_rate(snr[-1], frames.last_bytes)
        losses[:, unsteady] = np.where(np.asarray(reach.detects)[unsteady], rates, 1.0)
        transfer.losses = losses

    def _losses(self, transfer: Transfer, i: int) -> Floats:
        """Probability that each fragment is lost at the hearer in position i."""
        if transfer.losses is not None:
            return transfer.losses[:, i]
        full, last = transfer.reach.losses(self._radio, transfer.frames)
        losses = np.full(transfer.frames.count, full[i])
        losses[-1] = last[i]
        return losses

    # Unicast

    def fate(self, transfer: Transfer, listening: bool) -> Repeated:
        """Draw attempts, deliveries and acknowledgements of a unicast, to a peer that is listening or not.

        A link without a way back has no repetition: each frame is sent once and never acknowledged.
        """
        loss = self._losses(transfer, 0) if listening else np.ones(transfer.frames.count)
        draws = self._draws(self._luck, "delivery", transfer)
        answered, back_db = self._budget.back(transfer.sender, transfer.destination, transfer.start_s)
        if not answered:
            nothing = np.zeros(len(loss), dtype=np.int64)
            return Repeated(nothing + 1, draws >= loss, nothing > 0, nothing)
        answer_loss = float(self._radio.ack_error_rate(back_db)[0])
        answers = self._draws(self._answers, "acknowledgement", transfer)
        return repeat(np.stack([1.0 - draws, answers]), loss, answer_loss, self._radio.max_attempts)

    def _draws(self, luck: LinkLuck, purpose: str, transfer: Transfer) -> Floats:
        """The draws of a unicast; a repetition of a message has draws of its own under the message's number."""
        if transfer.repair is not None and transfer.repair.turn:
            luck = LinkLuck(self._seed, purpose, "repair", transfer.repair.turn)
        return luck.draws(transfer.sender, transfer.destination, transfer.sequence, transfer.frames.count)

    def overheard(self, transfer: Transfer, i: int) -> Fragments:
        """Which fragments arrive at one who overhears a unicast, in any of their attempts."""
        assert transfer.fate is not None
        draws = self._luck.draws(transfer.sender, transfer.reach.ids[i], transfer.sequence, transfer.frames.count)
        arrived = draws >= self._losses(transfer, i) ** transfer.fate.attempts
        return self.before_cuts(transfer, transfer.reach.ids[i], arrived)

    # Broadcast

    def fates(self, transfer: Transfer, course: Course) -> Fates:
        """Which fragments of a broadcast arrive at each hearer, motion and deaths on the way included."""
        message = transfer.sequence
        if transfer.cuts or transfer.losses is not None:
            arrived = [self._arrived(transfer, i, peer) for i, peer in enumerate(transfer.reach.ids)]
            return Fates(message, np.asarray([arrived]), course.intended)
        if self._moving and course.frames.count <= CHUNK:
            draws = self._luck.short(course.sender, course.reach.ids, message, course.frames.count)
            return Fates(message, (draws >= self._lost(course))[np.newaxis], course.intended)
        fates = course.fates
        if fates is None or not fates.first <= message < fates.end:
            fates = course.fates = self._look_ahead(course, message)
        return fates

    def _look_ahead(self, course: Course, message: int) -> Fates:
        """The fates of a message, and of the next ones if it is not the first that takes this course."""
        hearers, count = course.reach.ids, course.frames.count
        messages = 1 if course.fates is None else min(AHEAD, max(MOST_FATES // (count * len(hearers)), 1))
        draws = self._luck.ahead(course.sender, hearers, message, messages, count)
        return Fates(message, draws >= self._lost(course), course.intended)

    def _lost(self, course: Course) -> Floats:
        """Probability that each fragment is lost at each hearer of a course; shape (hearers, fragments)."""
        full, last = course.reach.losses(self._radio, course.frames)
        losses = np.repeat(np.asarray(full)[:, np.newaxis], course.frames.count, axis=1)
        losses[:, -1] = last
        return losses

    def _arrived(self, transfer: Transfer, i: int, peer: int) -> Fragments:
        draws = self._luck.draws(transfer.sender, peer, transfer.sequence, transfer.frames.count)
        return self.before_cuts(transfer, peer, draws >= self._losses(transfer, i))

    def before_cuts(self, transfer: Transfer, peer: int, arrived: NDArray[np.bool_]) -> Fragments:
        """What of it came before the sender or the hearer stopped."""
        if transfer.cuts:
            arrived = arrived & (transfer.frame_ends_s(self._radio) <= transfer.cut_s(transfer.sender, peer))
        return tuple(arrived.tolist())
