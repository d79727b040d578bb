"""The books of the air: one row per transmission and reception, and the three counters of bytes.

Payload bits are the algorithm's, counted once per transmission. Bits on air include headers,
retransmissions and acknowledgements. Bits delivered are payload bits that reached a peer they were
meant for, counted per receiver. The three are never mixed.
"""

from array import array
from struct import Struct
from typing import Any

from cosim.results.tables import OUTCOMES, RECEPTIONS, TRANSMISSIONS
from cosim.sim.radio import Radio
from cosim.sim.transfer import Transfer

HEARD = OUTCOMES.index("heard")

PACK_TRANSMISSION = Struct(f"{len(TRANSMISSIONS.columns)}d").pack
PACK_RECEPTION = Struct(f"{len(RECEPTIONS.columns)}d").pack
"""Rows are packed, not appended number by number: half the time of what large runs do most."""


class TrafficAccount:
    """Rows of the tables `transmissions` and `receptions`, and sums that are kept at any recording level."""

    def __init__(self, keep: bool = True) -> None:
        self.transmissions = array("d")
        self.receptions = array("d")
        self.sent_messages = 0
        self.delivered_messages = 0
        self.payload_bits = 0
        self.bits_on_air = 0
        self.bits_delivered = 0
        self.payload_bits_of: dict[int, int] = {}
        self._keep = keep

    def sent(self, transfer: Transfer, radio: Radio, air_s: float, acknowledgement_s: float, receive_w: float) -> None:
        """Book a transmission at its end, or at the death of its sender."""
        frames, fate, bits = transfer.frames, transfer.fate, transfer.content.bits
        if fate is None:
            attempts = frames.count
            on_air = (frames.count - 1) * frames.full_bits + frames.last_bits
        else:
            attempts, last = int(fate.attempts.sum()), int(fate.attempts[-1])
            on_air = (attempts - last) * frames.full_bits + last * frames.last_bits
            on_air += int(fate.acknowledgements.sum()) * radio.ack_bits
        cut_s = transfer.cuts.get(transfer.sender) if transfer.cuts else None
        if cut_s is not None:
            share = (air_s + acknowledgement_s) / (transfer.timeline.data_s + transfer.timeline.acknowledgement_s)
            attempts, on_air = int(attempts * share), int(on_air * share)
        self.sent_messages += 1
        self.payload_bits += bits
        self.bits_on_air += on_air
        self.payload_bits_of[transfer.sender] = self.payload_bits_of.get(transfer.sender, 0) + bits
        if self._keep:
            acknowledged = fate is not None and not transfer.cuts and bool(fate.acknowledged.all())
            end_s = transfer.end_s if cut_s is None else min(transfer.end_s, cut_s)
            self.transmissions.frombytes(PACK_TRANSMISSION(
                transfer.number, transfer.start_s, end_s, transfer.sender, transfer.destination, transfer.content.tag,
                bits, on_air, attempts, air_s, acknowledgement_s,
                air_s * transfer.transmit_w + acknowledgement_s * receive_w, acknowledged,
            ))  # fmt: skip

    def received(
        self, transfer: Transfer, reach: Any, i: int, heard: int, outcome: int,
        receive_s: float, transmit_s: float, station: Any,
    ) -> None:  # fmt: skip
        """Book what one hearer got and paid; `heard` is the number of fragments that arrived."""
        intended = i < len(transfer.recipients)
        if outcome == HEARD and intended:
            self.delivered_messages += 1
            self.bits_delivered += transfer.content.bits
        if self._keep:
            self.receptions.frombytes(PACK_RECEPTION(
                transfer.number, reach.ids[i], intended, reach.distance_m[i], reach.snr_db[i],
                transfer.frames.count, heard, outcome, receive_s, transmit_s,
                receive_s * station.receive_w + transmit_s * station.transmit_w,
            ))  # fmt: skip

    def missed(self, transfer: Transfer, reach: Any, i: int, outcome: int) -> None:
        """Book a hearer that paid nothing and got nothing."""
        if self._keep:
            intended = i < len(transfer.recipients)
            self.receptions.frombytes(PACK_RECEPTION(
                transfer.number, reach.ids[i], intended, reach.distance_m[i], reach.snr_db[i],
                transfer.frames.count, 0, outcome, 0.0, 0.0, 0.0,
            ))  # fmt: skip

