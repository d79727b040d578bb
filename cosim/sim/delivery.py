"""Which fragments of a transfer arrive where: loss probabilities against the draws of each link."""

import numpy as np
from numpy.typing import NDArray

from cosim.sim.arq import Repeated, repeat
from cosim.sim.budget import Budget
from cosim.sim.luck import CHUNK, LinkLuck
from cosim.sim.radio import Radio
from cosim.sim.transfer import Transfer

Floats = NDArray[np.float64]
Fragments = tuple[bool, ...]


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

    def arrivals(self, transfer: Transfer) -> list[Fragments | None]:
        """Which fragments of a broadcast arrive, at each hearer; None for all of them."""
        count = transfer.frames.count
        if count > CHUNK or transfer.cuts or transfer.losses is not None:
            return [self._arrived(transfer, i, peer) for i, peer in enumerate(transfer.reach.ids)]
        # The common case, short and at rest: without arrays.
        message, reach = transfer.sequence, transfer.reach
        full, last = reach.losses(self._radio, transfer.frames)
        draws = self._luck.short(transfer.sender, reach.ids, message)
        lowest = draws.lowest(message, count)
        arrivals: list[Fragments | None] = [None] * len(lowest)
        for i, low in enumerate(lowest):
            if low < full[i] or low < last[i]:
                row = draws.of(message, i, count)
                arrived = (*[draw >= full[i] for draw in row[:-1]], row[-1] >= last[i])
                arrivals[i] = arrived if False in arrived else None
        return arrivals

    def _arrived(self, transfer: Transfer, i: int, peer: int) -> Fragments | None:
        """Which fragments of a broadcast arrive at a hearer, motion and deaths on the way included."""
        draws = self._luck.draws(transfer.sender, peer, transfer.sequence, transfer.frames.count)
        arrived = self.before_cuts(transfer, peer, draws >= self._losses(transfer, i))
        return None if False not in arrived else arrived

    def before_cuts(self, transfer: Transfer, peer: int, arrived: NDArray[np.bool_]) -> Fragments:
        """What of it came before the sender or the hearer stopped."""
        if transfer.cuts:
            arrived = arrived & (transfer.frame_ends_s(self._radio) <= transfer.cut_s(transfer.sender, peer))
        return tuple(arrived.tolist())
