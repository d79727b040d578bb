"""A medium of access links with recorded capacity: phones, each with its own way up to a network and down from it."""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal, final

from pydantic import Field

from cosim.part import Index, NonNegative, part
from cosim.sim.capacity import PACKET_BYTES, Capacity, Way, capacity_of
from cosim.sim.medium import Medium
from cosim.sim.trace_file import TraceError

Files = Annotated[tuple[str, ...], Field(strict=False, min_length=1)]


@final
@part
class CapacityTrace:
    """Messages go up to a network, which keeps them until they are whole, and down to their hearers; nothing is lost.

    Each way of each peer has its trace: frames wait for opportunities, message after message. A broadcast goes up once
    and down once per hearer. Peers with a wire take no time. Of the radio count the frames, which must fit into packets
    of 1500 bytes, and the watts: a terminal transmits while something of its own waits or goes up, and else receives
    while something comes down. The radio's rate, losses and latency are not used.

    Attributes:
        up: traces of the ways up, of packet-delivery or of logs (FILE!MEMBER in an archive); peer k of those without a
            wire has number k, and again the first one after the last.
        down: of the ways down, as many.
        wired: numbers of the peers with a wire, a server for example.
        latency_s: time that each way takes on top.
        start_s: time of the traces at which the scenario begins.
        stagger_s: how much later in its trace each further peer begins, so that peers with one trace differ.
    """

    source: ClassVar[str] = "capacity traces: Netravali et al., ATC 2015; Raca et al., MMSys 2020 (A); relaying (C)"

    up: Files
    down: Files
    wired: Annotated[tuple[Index, ...], Field(strict=False)] = ()
    latency_s: NonNegative = 0.0
    start_s: NonNegative = 0.0
    stagger_s: NonNegative = 0.0
    fidelity: Literal["transfer"] = "transfer"

    def check(self, scenario: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """The files must be readable, and frames fit into packets."""
        if len(self.up) != len(self.down):
            yield ("down",), f"there are {len(self.up)} traces up and {len(self.down)} down: give as many of both"
        yield from self._unreadable()
        for index, peer in enumerate(self.wired):
            if peer >= scenario.peer_count:
                yield ("wired", index), f"there is no peer {peer}: the {scenario.peer_count} peers count from 0"
        radio = scenario.radio
        if radio.uses_positions or radio.adapts_power:
            yield ("radio",), "a network with recorded capacity needs a radio without positions, such as erasure"
        elif radio.frames(8 * radio.fragment_bytes).full_bits > 8 * PACKET_BYTES:
            yield ("radio",), f"frames with their headers must fit into packets of {PACKET_BYTES} bytes"

    def _unreadable(self) -> Iterator[tuple[tuple[str | int, ...], str]]:
        ways: tuple[tuple[Way, tuple[str, ...]], ...] = (("up", self.up), ("down", self.down))
        for way, files in ways:
            for index, file in enumerate(files):
                try:
                    capacity_of(file, way)
                except TraceError as error:
                    yield (way, index), str(error)

    def capacities(self, peers: int) -> list[tuple[Capacity, Capacity, float] | None]:
        """Of each peer its ways up and down, and where in their traces it begins; None with a wire."""
        result: list[tuple[Capacity, Capacity, float] | None] = [None] * peers
        for number, peer in enumerate(peer for peer in range(peers) if peer not in self.wired):
            place = number % len(self.up)
            ways = capacity_of(self.up[place], "up"), capacity_of(self.down[place], "down")
            result[peer] = (*ways, self.start_s + number * self.stagger_s)
        return result

    def medium(self, **world: Any) -> Medium:
        """The medium at work in a simulated world."""
        from cosim.sim.network import NetworkMedium

        return NetworkMedium(self, **world)
