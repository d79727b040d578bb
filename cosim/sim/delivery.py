"""Which fragments of a transfer arrive where: loss probabilities against the draws of each link."""

import numpy as np
from numpy.typing import NDArray

from cosim.sim.arq import Counts, Exchange, Repeated, exchanges, repeat
from cosim.sim.budget import Budget, Ids, Reach
from cosim.sim.course import Course
from cosim.sim.faded import FadedUnicast, faded_losses
from cosim.sim.fates import Fates, Fragments
from cosim.sim.luck import AHEAD, CHUNK, LinkLuck
from cosim.sim.radio import Frames, Radio
from cosim.sim.transfer import Transfer

Floats = NDArray[np.float64]

MOST_FATES = 1 << 16
"""Fragments at hearers foreseen at once."""


class Delivery:
    """The fate of frames, where all that is on the air arrives or not by its own link alone.

    A fragment arrives if its draw is not below its probability of being lost, so that a low draw is bad luck
    for broadcasts and unicasts alike.
    """

    def __init__(self, budget: Budget, seed: int) -> None:
        self._budget = budget
        self.varying = budget.moving or budget.fades
        """Whether a transfer must be foreseen: the next message on its way will not be lost with the same chances."""
        self._seed = seed
        self._luck = LinkLuck(seed, "delivery")
        self._answers = LinkLuck(seed, "acknowledgement")

    def foresee(self, transfer: Transfer) -> None:
        """Price a transfer along the way that its sender and hearers will have gone: mobility is known ahead."""
        if self._budget.fades:
            if transfer.course is not None:  # Frames of unicasts are where their repetitions put them.
                transfer.losses = faded_losses(self._budget, transfer)
            return
        if not self.varying:
            return
        radio, frames, reach = transfer.radio, transfer.frames, transfer.reach
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

    def _losses(self, transfer: Transfer) -> Floats:
        """Probability that each fragment is lost at each hearer; shape (hearers, fragments)."""
        return (
            self._lost(transfer.reach, transfer.frames, transfer.radio)
            if transfer.losses is None
            else transfer.losses.T
        )

    def _lost(self, reach: Reach, frames: Frames, radio: Radio) -> Floats:
        """The same for any message, where nothing changes on the way."""
        full, last = reach.losses(radio, frames)
        losses = np.repeat(np.asarray(full)[:, np.newaxis], frames.count, axis=1)
        losses[:, -1] = last
        return losses

    # Unicast

    def fate(self, transfer: Transfer, listening: bool, course: Course | None = None) -> Exchange:
        """Draw attempts, deliveries and acknowledgements of a unicast, to a peer that is listening or not.

        Where nothing moves, those of the next messages on its course are drawn with it.
        """
        message, count = transfer.sequence, transfer.frames.count
        if self._budget.fades and listening:
            return self._faded_exchange(transfer)
        if course is None or self.varying or not listening:
            loss = self._losses(transfer)[0] if listening else np.ones(count)
            return self._exchanges(transfer, loss, 1)[0]
        if course.exchanges is None or not 0 <= message - course.exchanges[0] < len(course.exchanges[1]):
            ahead = 1 if course.exchanges is None else min(AHEAD, max(MOST_FATES // count, 1))
            course.exchanges = (
                message,
                self._exchanges(transfer, self._lost(course.reach, course.frames, course.radio)[0], ahead),
            )
        first, known = course.exchanges
        return known[message - first]

    def _exchanges(self, transfer: Transfer, loss: Floats, messages: int) -> list[Exchange]:
        """What becomes of a message, and of those after it if they meet the same losses.

        A link without a way back has no repetition: each frame is sent once and never acknowledged.
        """
        draws, losses = self._draws(self._luck, "delivery", transfer, messages), np.tile(loss, messages)
        answered, back_db = self._budget.back(transfer.sender, transfer.destination, transfer.start_s)
        if not answered:
            nothing = np.zeros(len(losses), dtype=np.int64)
            return exchanges(Repeated(nothing + 1, draws >= losses, nothing > 0, nothing), len(loss))
        answer_loss = float(transfer.radio.ack_error_rate(back_db)[0])
        answers = self._draws(self._answers, "acknowledgement", transfer, messages)
        drawn = np.stack([1.0 - draws, answers])
        return exchanges(repeat(drawn, losses, answer_loss, transfer.radio.max_attempts), len(loss))

    def _faded_exchange(self, transfer: Transfer) -> Exchange:
        """The same for one message, over a link that fades while it is sent."""
        answered, _ = self._budget.back(transfer.sender, transfer.destination, transfer.start_s)
        if not answered:
            loss = faded_losses(self._budget, transfer)[:, 0]
            return self._exchanges(transfer, loss, 1)[0]
        draws = self._draws(self._luck, "delivery", transfer, 1)
        answers = self._draws(self._answers, "acknowledgement", transfer, 1)
        repeated = FadedUnicast(self._budget, transfer).repeat(np.stack([1.0 - draws, answers]))
        return exchanges(repeated, transfer.frames.count)[0]

    def _draws(self, luck: LinkLuck, purpose: str, transfer: Transfer, messages: int) -> Floats:
        """The draws of unicasts, one behind the other.

        A repetition of a message has draws of its own under the message's number.
        """
        if transfer.repair is not None and transfer.repair.turn:
            luck = LinkLuck(self._seed, purpose, "repair", transfer.repair.turn)
        sender, hearer, count = transfer.sender, (transfer.destination,), transfer.frames.count
        return luck.ahead(sender, hearer, transfer.sequence, messages, count).ravel()

    def overheard(self, transfer: Transfer) -> Counts:
        """How many fragments of a unicast arrive at each of those who overhear it, in any of their attempts."""
        assert transfer.fate is not None
        if self._budget.fades:
            transfer.losses = faded_losses(self._budget, transfer)
        count, others = transfer.frames.count, transfer.reach.ids[1:]
        lost = self._losses(transfer)[1:] ** transfer.fate.attempts
        arrived = self._of_all(transfer.sender, others, transfer.sequence, count) >= lost
        return self._before_any_cut(transfer, others, arrived).sum(axis=1)

    def _of_all(self, sender: int, hearers: Ids, message: int, count: int) -> Floats:
        """The draws of a message at hearers that may be others next time."""
        if count <= CHUNK:
            return self._luck.short(sender, hearers, message, count)
        return self._luck.ahead(sender, hearers, message, 1, count)[0]

    # Broadcast

    def fates(self, transfer: Transfer, course: Course) -> Fates:
        """Which fragments of a broadcast arrive at each hearer, motion and deaths on the way included."""
        message = transfer.sequence
        if transfer.cuts or transfer.losses is not None:
            draws = self._of_all(course.sender, course.reach.ids, message, course.frames.count)
            arrived = self._before_any_cut(transfer, course.reach.ids, draws >= self._losses(transfer))
            return Fates(message, arrived[np.newaxis], course.intended)
        if self.varying:
            draws = self._of_all(course.sender, course.reach.ids, message, course.frames.count)
            return Fates(
                message, (draws >= self._lost(course.reach, course.frames, course.radio))[np.newaxis], course.intended
            )
        fates = course.fates
        if fates is None or not fates.first <= message < fates.end:
            fates = course.fates = self._look_ahead(course, message)
        return fates

    def _look_ahead(self, course: Course, message: int) -> Fates:
        """The fates of a message, and of the next ones if it is not the first that takes this course."""
        hearers, count = course.reach.ids, course.frames.count
        messages = 1 if course.fates is None else min(AHEAD, max(MOST_FATES // (count * len(hearers)), 1))
        draws = self._luck.ahead(course.sender, hearers, message, messages, count)
        return Fates(message, draws >= self._lost(course.reach, course.frames, course.radio), course.intended)

    def _before_any_cut(self, transfer: Transfer, peers: Ids, arrived: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """What of it came to each peer before the sender or that peer stopped; shape (peers, fragments)."""
        if transfer.cuts:
            ends_s = transfer.frame_ends_s()
            arrived = arrived & np.asarray([ends_s <= transfer.cut_s(transfer.sender, peer) for peer in peers])
        return arrived

    def before_cuts(self, transfer: Transfer, peer: int, arrived: Fragments) -> Fragments:
        """The same for one peer."""
        return tuple(self._before_any_cut(transfer, (peer,), np.asarray(arrived))[0].tolist())
