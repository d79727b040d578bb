"""What a frame costs on its way through the system of a peer: the parts of the section `host`, and one at work.

The energy model is P. Serrano, A. Garcia-Saavedra, G. Bianchi, A. Banchs, A. Azcorra, "Per-frame energy consumption in
802.11 devices and its implication on modeling and design", IEEE/ACM Transactions on Networking 23(4), 2015: beside what
the radio draws by state, every frame costs joules while it crosses the protocol stack (the cross-factor), whatever its
size, once when it is handed to the network card and once when it is handed over by it. Repetitions and acknowledgements
are the card's alone and cost nothing here; frames for others do not cross.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Protocol, final, runtime_checkable

from cosim.part import NonNegative, part
from cosim.sim.energy import IDLE, OFF, RECEIVE, TRANSMIT, Meter

if TYPE_CHECKING:
    from cosim.sim.clock import Clock
    from cosim.sim.course import Course
    from cosim.sim.fates import Fragments
    from cosim.sim.radio import Frames
    from cosim.sim.supply import Supply
    from cosim.sim.transfer import Transfer


@runtime_checkable
class HostEnergy(Protocol):
    """Joules of frames that cross a host."""

    def transmit_j(self, frames: int, payload_bytes: int) -> float:
        """Energy of so many frames on their way out, with so many bytes of payload together."""
        ...

    def receive_j(self, frames: int, payload_bytes: int) -> float:
        """Energy of so many frames on their way in."""
        ...


@final
@part
class CrossFactor:
    """The cross-factor: joules per frame and, where somebody measured them, per byte of payload.

    The paper found 50 to 97 % of the energy of a frame there, around a millijoule per frame on the devices of its time
    (B); no device is built in.

    Attributes:
        transmit_j_per_frame: per frame handed to the network card.
        receive_j_per_frame: per frame handed over by it.
        transmit_j_per_byte: per byte of payload beside that.
        receive_j_per_byte: the same on the way in.
    """

    source: ClassVar[str] = (
        "Serrano et al., IEEE/ACM Transactions on Networking 23(4), 2015: model A, values of the user"
    )

    transmit_j_per_frame: NonNegative
    receive_j_per_frame: NonNegative
    transmit_j_per_byte: NonNegative = 0.0
    receive_j_per_byte: NonNegative = 0.0

    def transmit_j(self, frames: int, payload_bytes: int) -> float:
        """Energy of frames on their way out."""
        return frames * self.transmit_j_per_frame + payload_bytes * self.transmit_j_per_byte

    def receive_j(self, frames: int, payload_bytes: int) -> float:
        """Energy of frames on their way in."""
        return frames * self.receive_j_per_frame + payload_bytes * self.receive_j_per_byte


class Host:
    """The host of one peer: what messages cost it, booked at their ends.

    Its intervals in the ledger are those between messages, with the mean power of what the message at their end cost,
    first that of sending. Its battery pays at the end of each message, and what it cannot pay is not booked.
    """

    __slots__ = ("_clock", "_meter", "_received_j", "_sent_j", "_since_s", "_supply", "_until_s", "energy")

    def __init__(self, energy: HostEnergy, clock: "Clock", meter: Meter, supply: "Supply | None") -> None:
        self.energy = energy
        self._clock = clock
        self._meter = meter
        self._supply = supply
        self._sent_j = self._received_j = 0.0
        self._since_s = self._until_s = 0.0

    def start(self, now_s: float) -> None:
        """Switch on."""
        self._since_s = self._until_s = now_s
        self._meter.rest(now_s, IDLE, 0.0)

    def send(self, frames: int, payload_bytes: int) -> None:
        """A message has been sent."""
        self._pay(self.energy.transmit_j(frames, payload_bytes), 0.0)

    def receive(self, frames: int, payload_bytes: int) -> None:
        """Frames have been received, now."""
        self._pay(0.0, self.energy.receive_j(frames, payload_bytes))

    def _pay(self, sent_j: float, received_j: float) -> None:
        now_s, total_j = self._clock.time_s, sent_j + received_j
        if total_j <= 0.0:
            return
        paid = 1.0 if self._supply is None else self._supply.spend(total_j) / total_j
        if self._until_s > self._since_s and now_s > self._until_s:
            self._log()
        self._until_s = now_s
        self._sent_j += sent_j * paid
        self._received_j += received_j * paid

    def _log(self) -> None:
        """Book what is pending over the time since the last booking."""
        since_s, until_s, sent_j, received_j = self._since_s, self._until_s, self._sent_j, self._received_j
        total_j = sent_j + received_j
        if until_s > since_s and total_j > 0.0:
            # A sum of a difference may be a last bit behind the end.
            middle_s = min(since_s + (until_s - since_s) * (sent_j / total_j), until_s)
            spans = ((since_s, middle_s, TRANSMIT, sent_j), (middle_s, until_s, RECEIVE, received_j))
            for begin_s, end_s, state, joules in spans:
                if end_s > begin_s:
                    self._meter.burst(begin_s, end_s, state, joules / (end_s - begin_s))
            self._since_s, self._sent_j, self._received_j = until_s, 0.0, 0.0

    def stop(self, now_s: float) -> None:
        """Switch off at this instant, or end with the run."""
        self._log()
        self._meter.rest(now_s, OFF, 0.0)


class Hosts:
    """The hosts of all peers that have one, told of every message by the account of traffic."""

    def __init__(self, hosts: Mapping[int, Host]) -> None:
        self._hosts = hosts

    def sent(self, transfer: "Transfer") -> None:
        """A peer has sent a message, or stopped in the middle of it: all of it had been handed to the card."""
        host = self._hosts.get(transfer.sender)
        if host is not None:
            host.send(transfer.frames.count, _bytes(transfer.frames, transfer.frames.count))

    def received(self, transfer: "Transfer", i: int, heard: int) -> None:
        """So many fragments arrived at the hearer in position i, if it was meant for it."""
        host = self._hosts.get(transfer.reach.ids[i])
        if host is not None and heard and i < len(transfer.recipients):
            host.receive(heard, _bytes(transfer.frames, heard))

    def carried(self, sender: int, frames: "Frames", hearers: "Sequence[int]", heard: "Sequence[int]") -> None:
        """A message is over; so many of its fragments arrived at each of those it was meant for."""
        host = self._hosts.get(sender)
        if host is not None:
            host.send(frames.count, _bytes(frames, frames.count))
        for peer, count in zip(hearers, heard, strict=True):
            hearer = self._hosts.get(peer)
            if hearer is not None and count:
                hearer.receive(count, _bytes(frames, count))

    def broadcast(self, course: "Course", damage: "Mapping[int, Fragments]") -> None:
        """The same for a broadcast that went undisturbed, with what arrived where that was not all."""
        whole = course.frames.count
        heard = [sum(damage[i]) if i in damage else whole for i in range(course.intended)]
        self.carried(course.sender, course.frames, course.reach.ids[: course.intended], heard)


def _bytes(frames: "Frames", count: int) -> int:
    """Payload of so many frames of a message; of an incomplete one, as if its last frame were missing."""
    whole = (frames.count - 1) * frames.full_bytes + frames.last_bytes
    return whole if count == frames.count else count * frames.full_bytes
