"""What has become of a transfer of the fluid at its end: fragments that arrived, rows of the tables, sums."""

from typing import NamedTuple, final

import numpy as np
from numpy.typing import NDArray

from cosim.results.tables import RECEPTIONS
from cosim.sim.account import PACK_TRANSMISSION, TrafficAccount
from cosim.sim.budget import Budget
from cosim.sim.faded import fragment_losses
from cosim.sim.fates import Fragments
from cosim.sim.flow import Flow
from cosim.sim.station import BELOW, COLLIDED, HEARD, LOST
from cosim.sim.work import Repeated

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

NUMBER, HEARD_OF, OUTCOME, RECEIVE_S, TRANSMIT_S, JOULES = (
    RECEPTIONS.column_names().index(name)
    for name in ("transmission", "fragments_heard", "outcome", "receive_s", "transmit_s", "joules")
)


class Ended(NamedTuple):
    """A transfer that is over.

    Attributes:
        arrived: fragments at the intended hearers, by their position; None where nothing is missing.
        attempts: frames sent.
        energy_j: what its sender spent on sending it and on hearing answers.
    """

    arrived: list[Fragments | None]
    attempts: int
    energy_j: float


@final
class Endings:
    """Draws fates and keeps the books of the air."""

    def __init__(self, account: TrafficAccount, budget: Budget) -> None:
        self._account = account
        self._budget = budget

    def end(self, flow: Flow, now_s: float, cut: bool, receive_w: float, transmit_w: Floats) -> Ended:
        """Book a transfer at its end, or when its sender stopped; `transmit_w` are the powers of its hearers."""
        coverage, work = flow.coverage, flow.work
        hearers = len(coverage.ids) if self._account.keep else coverage.intended
        channel, arrived = self._arrived(flow, now_s, hearers)
        if flow.gone or cut:
            arrived = arrived & _before(flow, now_s, hearers)
        heard = arrived.sum(axis=1)
        outcome = np.where(heard == coverage.frames.count, HEARD, np.where(channel.all(axis=1), COLLIDED, LOST))
        outcome[(outcome == COLLIDED) & cut] = LOST
        fragments = self._pieces(flow, arrived, heard, outcome)
        outcome[~coverage.detects[:hearers]] = BELOW
        for peer, (_, why) in flow.gone.items():
            place = coverage.place[peer]
            if place < hearers and outcome[place] != HEARD:
                outcome[place] = why
        self._count(flow, outcome)
        if self._account.hosts is not None:
            meant = slice(coverage.intended)
            heard_of = np.where(outcome == BELOW, 0, heard)[meant].tolist()
            self._account.hosts.carried(flow.sender, coverage.frames, coverage.ids[meant].tolist(), heard_of)
        attempts, on_air = _frames_and_bits(flow, cut)
        (answer_s, air_s), energy_j = flow.seconds[:, 0].tolist(), 0.0
        energy_j = air_s * flow.transmit_w + answer_s * receive_w
        self._account.bits_on_air += on_air
        if self._account.keep:
            known = (
                isinstance(work, Repeated)
                and flow.acknowledged
                and not cut
                and bool(work.acknowledged.all())
                and not flow.gone
            )
            self._rows(flow, now_s, (on_air, attempts, air_s, answer_s, energy_j, known))
            self._hearers(flow, heard, outcome, receive_w, transmit_w)
        return Ended(fragments, attempts, energy_j)

    def _arrived(self, flow: Flow, now_s: float, hearers: int) -> tuple[Flags, Flags]:
        """Which fragments would arrive without interference, and which did if nobody left; (hearers, fragments)."""
        coverage, work = flow.coverage, flow.work
        lost = self._lost(flow, now_s, hearers)
        draws = coverage.draws(flow.sequence, hearers)
        left = flow.undamaged(now_s, work.ends_s, hearers)
        spoiled = lost if left is None else 1.0 - (1.0 - lost) * left.T
        if isinstance(work, Repeated):
            lost, spoiled = lost**work.attempts, spoiled**work.attempts
        channel = draws >= lost
        arrived = channel if left is None else draws >= spoiled
        if isinstance(work, Repeated) and flow.acknowledged:
            arrived = arrived.copy()
            arrived[0] = work.delivered
        return channel, arrived

    def _lost(self, flow: Flow, now_s: float, hearers: int) -> Floats:
        """Probability that an attempt at each fragment is lost without interference; (hearers, fragments)."""
        coverage = flow.coverage
        if self._budget.fades:
            ends_s, reach = np.minimum(flow.work.ends_s, now_s), coverage.reach
            lost = fragment_losses(self._budget, flow.sender, reach, coverage.radio, coverage.frames, ends_s)
            return lost.T[:hearers]
        full, last = coverage.lost[:, :hearers]
        alike = np.repeat(full[:, np.newaxis], coverage.frames.count, axis=1)
        alike[:, -1] = last
        return alike

    def _pieces(self, flow: Flow, arrived: Flags, heard: Floats, outcome: Floats) -> list[Fragments | None]:
        """What arrived at the intended hearers; what an erasure code completes counts as heard."""
        pieces: list[Fragments | None] = []
        count, content = flow.coverage.frames.count, flow.content
        for i, number in enumerate(heard[: flow.coverage.intended].tolist()):
            if number == count:
                pieces.append(None)
                continue
            fragments = tuple(arrived[i].tolist())
            if content.needed is not None and content.decoded(fragments):
                outcome[i] = HEARD
            pieces.append(fragments)
        return pieces

    def _count(self, flow: Flow, outcome: Floats) -> None:
        account, content = self._account, flow.content
        bits = content.sent_bits
        account.sent_messages += not content.continues
        account.payload_bits += bits
        account.payload_bits_of[flow.sender] += bits
        if flow.repair is None and content.plain:
            delivered = int((outcome[: flow.coverage.intended] == HEARD).sum())
            account.delivered_messages += delivered
            account.bits_delivered += delivered * content.bits

    def _rows(self, flow: Flow, now_s: float, figures: tuple[int, int, float, float, float, bool]) -> None:
        on_air, attempts, air_s, answer_s, energy_j, known = figures
        self._account.rows += 1
        self._account.transmissions.frombytes(PACK_TRANSMISSION(
            flow.number, flow.headed_s, now_s, flow.sender, flow.destination, flow.content.tag, flow.content.sent_bits,
            on_air, attempts, air_s, answer_s, energy_j, known,
        ))  # fmt: skip

    def _hearers(self, flow: Flow, heard: Floats, outcome: Floats, receive_w: float, transmit_w: Floats) -> None:
        rows = flow.coverage.rows.copy()
        received_s, sent_s = flow.seconds[:, 1:]
        rows[:, NUMBER] = flow.number
        rows[:, HEARD_OF] = np.where(outcome == BELOW, 0, heard)
        rows[:, OUTCOME] = outcome
        rows[:, RECEIVE_S] = received_s
        rows[:, TRANSMIT_S] = sent_s
        rows[:, JOULES] = received_s * receive_w + sent_s * transmit_w
        self._account.rows += len(rows)
        self._account.receptions.frombytes(rows.tobytes())


def _before(flow: Flow, now_s: float, hearers: int) -> Flags:
    """Which fragments were over before the hearer or the sender stopped."""
    until_s = np.full(hearers, now_s)
    for peer, (left_s, _) in flow.gone.items():
        place = flow.coverage.place[peer]
        if place < hearers:
            until_s[place] = left_s
    return flow.work.ends_s <= until_s[:, np.newaxis]


def _frames_and_bits(flow: Flow, cut: bool) -> tuple[int, int]:
    """Frames sent, and bits on air with those of acknowledgements; in proportion to the seconds, if it was cut."""
    frames, work = flow.coverage.frames, flow.work
    attempts, on_air, answers = frames.count, flow.coverage.bits_on_air, 0
    if isinstance(work, Repeated):
        attempts, last = int(work.attempts.sum()), int(work.attempts[-1])
        on_air = (attempts - last) * frames.full_bits + last * frames.last_bits
        answers = int(work.answers.sum()) * flow.coverage.radio.ack_bits if flow.acknowledged else 0
    if not cut:
        return attempts, on_air + answers
    share = float(flow.seconds[1, 0]) / work.air_s if work.air_s > 0.0 else 0.0
    return int(attempts * share), int((on_air + answers) * share)
