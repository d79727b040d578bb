"""The books of the air: one row per transmission and reception, and the three counters of bytes.

Payload bits are the algorithm's, counted once per transmission. Bits on air include headers,
retransmissions and acknowledgements. Bits delivered are payload bits that reached a peer they were
meant for, counted per receiver. The three are never mixed.
"""

from array import array
from collections import defaultdict
from struct import Struct

import numpy as np
from numpy.typing import NDArray

from cosim.results.tables import OUTCOMES, RECEPTIONS, TRANSMISSIONS
from cosim.sim.course import Course
from cosim.sim.host import Hosts
from cosim.sim.radio import Radio
from cosim.sim.station import Station
from cosim.sim.transfer import Transfer

HEARD, LOST = OUTCOMES.index("heard"), OUTCOMES.index("lost")
PACK_TRANSMISSION = Struct(f"{len(TRANSMISSIONS.columns)}d").pack
PACK_RECEPTION = Struct(f"{len(RECEPTIONS.columns)}d").pack
"""Rows are packed, not appended number by number: half the time of what large runs do most."""
NUMBER, END_S, SOURCE = (TRANSMISSIONS.column_names().index(name) for name in ("transmission", "end_s", "source"))
OF, PEER = (RECEPTIONS.column_names().index(name) for name in ("transmission", "peer"))

Floats = NDArray[np.float64]


class TrafficAccount:
    """Rows of the tables `transmissions` and `receptions`, and sums that are kept at any recording level.

    `rows` counts the rows not taken yet, those included that wait in the journal.
    """

    def __init__(self, keep: bool = True) -> None:
        self.transmissions = array("d")
        self.receptions = array("d")
        self.sent_messages = 0
        self.delivered_messages = 0
        self.payload_bits = 0
        self.bits_on_air = 0
        self.bits_delivered = 0
        self.payload_bits_of: dict[int, int] = defaultdict(int)
        self.keep = keep
        self.rows = 0
        self.hosts: Hosts | None = None

    def take(self, before_s: float) -> tuple[Floats, Floats]:
        """Take out the rows of all transmissions that ended before a time; the journal must have been posted.

        Returns:
            Transmissions in the order of their ends, of those together by sender; and receptions in that order, those
            of one transmission by hearer. However often rows are taken, one behind the other they are in this order:
            before an instant is over, more may end in it.
        """
        sent = emptied(self.transmissions, len(TRANSMISSIONS.columns))
        heard = emptied(self.receptions, len(RECEPTIONS.columns))
        sent = sent[np.lexsort((sent[:, NUMBER], sent[:, SOURCE], sent[:, END_S]))]
        by_number = np.argsort(sent[:, NUMBER])
        place = by_number[np.searchsorted(sent[by_number, NUMBER], heard[:, OF])]
        order = np.lexsort((heard[:, PEER], place))
        ended = int(np.searchsorted(sent[:, END_S], before_s))
        heard, of_ended = heard[order], int(np.searchsorted(place[order], ended))
        self.transmissions.frombytes(sent[ended:].tobytes())
        self.receptions.frombytes(heard[of_ended:].tobytes())
        self.rows = len(sent) - ended + len(heard) - of_ended
        return sent[:ended], heard[:of_ended]

    def sent(self, transfer: Transfer, radio: Radio, air_s: float, acknowledgement_s: float, receive_w: float) -> int:
        """Book a transmission at its end, or at the death of its sender; the frames sent."""
        attempts, on_air = _frames_and_bits(transfer, radio)
        if transfer.cuts:
            attempts, on_air = _cut_short(transfer, radio, attempts, on_air, air_s, acknowledgement_s)
        fate, bits = transfer.fate, transfer.content.sent_bits
        if self.hosts is not None:
            self.hosts.sent(transfer)
        self.sent_messages += not transfer.content.continues
        self.payload_bits += bits
        self.bits_on_air += on_air
        self.payload_bits_of[transfer.sender] += bits
        if self.keep:
            acknowledged = fate is not None and not transfer.cuts and False not in fate.acknowledged
            end_s = min(transfer.end_s, transfer.cut_s(transfer.sender)) if transfer.cuts else transfer.end_s
            self.rows += 1
            self.transmissions.frombytes(PACK_TRANSMISSION(
                transfer.number, transfer.start_s, end_s, transfer.sender, transfer.destination, transfer.content.tag,
                bits, on_air, attempts, air_s, acknowledgement_s,
                air_s * transfer.transmit_w + acknowledgement_s * receive_w, acknowledged,
            ))  # fmt: skip
        return attempts

    def broadcast(self, course: Course, damaged: int) -> None:
        """Count a broadcast that went undisturbed; at so many of its intended hearers not all of it arrived."""
        bits, delivered = course.bits, course.intended - damaged
        self.rows += 1 + course.intended
        self.sent_messages += 1
        self.payload_bits += bits
        self.payload_bits_of[course.sender] += bits
        self.bits_on_air += course.bits_on_air
        self.delivered_messages += delivered
        self.bits_delivered += delivered * bits

    def received(
        self,
        transfer: Transfer,
        i: int,
        heard: int,
        outcome: int,
        receive_s: float,
        transmit_s: float,
        station: Station,
    ) -> None:
        """Book what the hearer in position i got and paid; `heard` is the number of fragments that arrived."""
        reach, intended = transfer.reach, i < len(transfer.recipients)
        if self.hosts is not None:
            self.hosts.received(transfer, i, heard)
        if outcome == HEARD and intended and transfer.repair is None and transfer.content.plain:
            self.delivered_messages += 1
            self.bits_delivered += transfer.content.bits
        if self.keep:
            answer_w = station.transmit_w if transfer.answer_w is None else transfer.answer_w
            self.rows += 1
            self.receptions.frombytes(PACK_RECEPTION(
                transfer.number, reach.ids[i], intended, reach.distance_m[i], reach.snr_db[i],
                transfer.frames.count, heard, outcome, receive_s, transmit_s,
                receive_s * station.receive_w + transmit_s * answer_w,
            ))  # fmt: skip

    def delivered(self, bits: int) -> None:
        """Book a whole message at one peer it was meant for."""
        self.delivered_messages += 1
        self.bits_delivered += bits

    def missed(self, transfer: Transfer, i: int, outcome: int) -> None:
        """Book a hearer that paid nothing and got nothing."""
        if self.keep:
            reach, intended = transfer.reach, i < len(transfer.recipients)
            self.rows += 1
            self.receptions.frombytes(PACK_RECEPTION(
                transfer.number, reach.ids[i], intended, reach.distance_m[i], reach.snr_db[i],
                transfer.frames.count, 0, outcome, 0.0, 0.0, 0.0,
            ))  # fmt: skip


def emptied(book: "array[float]", width: int) -> Floats:
    """The rows of a book, taken out of it."""
    rows = np.frombuffer(book, dtype=np.float64).reshape(-1, width).copy()
    del book[:]
    return rows


def _frames_and_bits(transfer: Transfer, radio: Radio) -> tuple[int, int]:
    """Frames sent, and bits on air with those of acknowledgements."""
    frames, fate = transfer.frames, transfer.fate
    if fate is None:
        return frames.count, (frames.count - 1) * frames.full_bits + frames.last_bits
    on_air = (fate.sent - fate.sent_last) * frames.full_bits + fate.sent_last * frames.last_bits
    return fate.sent, on_air + fate.answers * radio.ack_bits


def _cut_short(
    transfer: Transfer, radio: Radio, attempts: int, on_air: int, air_s: float, acknowledgement_s: float
) -> tuple[int, int]:
    """The same for a transfer that was cut: whole frames, and bits, in proportion to the seconds on air."""
    planned_air_s = transfer.data_end_s - transfer.data_at_s
    answers = 0 if transfer.fate is None else transfer.fate.answers * radio.ack_bits
    share = air_s / planned_air_s if planned_air_s > 0.0 else 1.0
    answered = acknowledgement_s / (transfer.end_s - transfer.data_end_s) if acknowledgement_s > 0.0 else 0.0
    return int(attempts * share), int((on_air - answers) * share + answers * answered)
