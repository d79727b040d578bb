"""Runs whose time and energy are added up in three ways: by the ledger, by batteries, and from the other tables."""

from collections.abc import Callable
from typing import Any, final

import numpy as np
import pytest

from cosim.experiment import Experiment
from cosim.handle import Handle
from cosim.part import part
from cosim.peer import Program
from cosim.results.tables import PARTS, STATES
from cosim.run_summary import summary_of
from cosim.scenario import Scenario, load

REL = 1e-9

BOARD = {
    "kind": "custom", "idle_w": 0.7, "active_w": 3.1, "peak_flops_per_s": 1e7, "efficiency": 1.0,
    "memory_bytes_per_s": None, "overhead_s": 0.01, "domain": "soc",
}  # fmt: skip
CHIP = {"kind": "custom", "idle_w": 0.53, "receive_w": 0.97, "transmit_w": 2.3, "sleep_w": 0.11}
ERASURE = {"kind": "erasure", "rate_bit_per_s": 1e4, "fragment_bytes": 20}


# --- programs ----------------------------------------------------------------------------------------------------


def broadcast_then_listen(peer: Any) -> Program:
    """Peer 0 sends its model once; everybody is there for a second."""
    if peer.id == 0:
        yield peer.broadcast(peer.initial_model)
    yield peer.pause(1.0 - peer.now_s)


def unicast_then_listen(peer: Any) -> Program:
    """The same, to peer 1, with acknowledgements."""
    if peer.id == 0:
        peer.sent = yield peer.send(1, peer.initial_model)
    yield peer.pause(1.0 - peer.now_s)


def many_short_messages(peer: Any) -> Program:
    """One fragment each, one after the other."""
    peer.sent = []
    for _ in range(4000 if peer.id == 0 else 0):
        peer.sent.append((yield peer.send(1, None, scalars=(1.0,))))


def two_broadcasts(peer: Any) -> Program:
    """Peer 0 sends its model twice; the others note what they hear, and stay for ten seconds."""
    peer.heard = []
    if peer.id == 0:
        for tag in range(2):
            yield peer.broadcast(peer.initial_model, tag=tag)
    while peer.now_s < 10.0:
        message = yield peer.recv(timeout_s=10.0 - peer.now_s, partial=True)
        if message is not None:
            peer.heard.append(message)


def wait(peer: Any) -> Program:
    """Nothing, for ten seconds."""
    yield peer.pause(10.0)


def two_late_broadcasts(peer: Any) -> Program:
    """Peer 0 sends twice from 1 s on, peer 1 once at 5 s; everybody is there for ten seconds."""
    yield peer.pause(1.0 if peer.id == 0 else 5.0)
    sends = [peer.broadcast(peer.initial_model, tag=tag) for tag in range(2 if peer.id == 0 else 1)]
    yield peer.wait_all(sends)
    yield peer.pause(10.0 - peer.now_s)


def train_then_wait(peer: Any) -> Program:
    """One computation, at the end of which the peer would tell."""
    peer.trained = False
    yield peer.train(peer.initial_model, steps=3)
    peer.trained = True
    yield peer.pause(1.0)


def sleepers(peer: Any) -> Program:
    """Every peer sleeps in the middle of each round, each at another time, while others send."""
    for t in peer.rounds():
        model = yield peer.train(peer.initial_model)
        yield peer.pause(0.05 * peer.id)
        yield peer.sleep(0.2)
        yield peer.broadcast(model, tag=t)
        yield peer.collect(tag=t, until_s=peer.round_end_s(t))


def restless(peer: Any) -> Program:
    """Everything a program may do with time, by its own dice."""
    draw, model = peer.rng("restless"), peer.initial_model
    for t in peer.rounds():
        model = yield peer.train(model)
        for _ in range(int(draw.integers(1, 4))):
            yield peer.wait_any(whims(peer, model, t, draw)[int(draw.integers(7))]())
        heard = yield peer.collect(tag=t, until_s=peer.round_end_s(t), partial=bool(draw.integers(2)))
        model = yield peer.mix([(1.0, model), *(message.term for message in heard if message.payload is not None)])


def whims(peer: Any, model: Handle, tag: int, draw: np.random.Generator) -> list[Callable[[], list[Any]]]:
    """What a restless peer may wait for next; it goes on with the first that comes."""
    to = int(draw.choice([other for other in range(len(peer.workload.samples)) if other != peer.id]))
    pause_s, power_dbm, channel = float(draw.uniform(0, 0.3)), float(draw.uniform(-20, 20)), int(draw.integers(2))
    return [
        lambda: [peer.broadcast(model, tag=tag)],
        lambda: [peer.send(to, model, tag=tag)],
        lambda: [peer.send(to, model, tag=tag, reliable=True, timeout_s=pause_s)],
        lambda: [peer.sleep(pause_s)],
        lambda: [peer.sleep(pause_s), peer.send(to, None, scalars=(1.0,), tag=tag), peer.recv(timeout_s=pause_s)],
        lambda: [peer.broadcast(model, tag=tag), peer.recv(timeout_s=pause_s)],
        lambda: [peer.radio(tx_power_dbm=power_dbm, channel=channel) or peer.pause(pause_s)],
    ]


PROGRAMS: dict[str, Callable[[Any], Program]] = {
    program.__name__: program
    for program in (broadcast_then_listen, unicast_then_listen, many_short_messages, two_broadcasts,
                    two_late_broadcasts, wait, train_then_wait, sleepers, restless)
}  # fmt: skip


@final
@part
class Scripted:
    """An algorithm that is one of the programs above."""

    script: str

    def program(self, peer: Any) -> Program:
        return PROGRAMS[self.script](peer)


# --- runs --------------------------------------------------------------------------------------------------------

BASE = {
    "name": "ledger",
    "rounds": {"count": 3},
    "peers": {"nodes": {"count": 2}},
    "radio": ERASURE,
    "graph": "complete",
    "data": {"kind": "blobs", "classes": 3, "features": 4, "samples": 60},
    "partition": {"kind": "iid", "samples_per_peer": 6},
    "model": {"kind": "mlp", "hidden": [5]},
    "optimizer": {"kind": "sgd", "learning_rate": 0.1},
    "training": {"batch_size": 6},
    "evaluation": {"every_rounds": 1000},
    "execution": {"device": "cpu", "lane_width": 8},
}


class Books:
    """A run that has ended, and its books; peers have the board and the chip above."""

    def __init__(self, algorithm: Any, **changes: Any) -> None:
        keys = {**BASE, **changes, "algorithm": Scripted(script=algorithm) if algorithm in PROGRAMS else algorithm}
        keys["peers"] = {name: {"device": BOARD, **group} for name, group in keys["peers"].items()}
        if keys["radio"]["kind"] != "first_order":
            keys["radio"] = {"transceiver": CHIP, **keys["radio"]}
        self.scenario: Scenario = load(keys)
        self.experiment = Experiment(self.scenario)
        self.experiment.run()
        self.world = self.experiment.world
        self.tables = self.experiment.tables.finish()
        self.summary = summary_of(self.world, self.experiment.evaluation, self.experiment.executor.executed)

    def __getattr__(self, name: str) -> Any:
        return self.tables[name].to_pandas()

    def spent(self, peer: int, part: str, state: str) -> tuple[float, float]:
        """Seconds and joules of one state of one part."""
        rows = self.energy
        rows = rows[(rows.peer == peer) & (rows.part == part) & (rows.state == state)]
        return float((rows.end_s - rows.start_s).sum()), float(rows.joules.sum())

    def on_s(self, peer: int) -> float:
        """How long a peer was switched on."""
        member, end_s = self.world.members[peer], self.summary["simulated_s"]
        until_s = min(member.leave_s, self.world.deaths.get(peer, end_s), end_s)
        return max(until_s - min(member.join_s, end_s), 0.0)

    # The three ways to add up

    def check_balance(self) -> None:
        """The table, the summary and the batteries agree; nothing is negative."""
        energy = self.energy
        assert (energy.joules >= 0.0).all()
        assert energy.joules.sum() == pytest.approx(self.summary["energy_j"]["total"], rel=REL)
        for member in self.world.members:
            if member.supply is not None:
                initial_j = self.scenario.peers[member.group].power.initial_j
                spent_j = energy[energy.peer == member.peer].joules.sum()
                # Of a nearly full battery, what was drawn is no better known than to its last bit.
                rounding_j = 1e-15 * initial_j
                assert initial_j - member.supply.remaining_j() == pytest.approx(spent_j, rel=REL, abs=rounding_j)

    def check_contiguous(self) -> None:
        """The intervals of every meter follow each other from 0 to the end."""
        end_s, energy = self.summary["simulated_s"], self.energy
        for _, rows in energy.groupby(["peer", "part"]):
            starts_s, ends_s = rows.start_s.to_numpy(), rows.end_s.to_numpy()
            assert starts_s[0] == 0.0
            assert ends_s[-1] == end_s
            assert (ends_s[:-1] == starts_s[1:]).all()
            assert (ends_s > starts_s).all()
        hosts = sum(self.scenario.peers[member.group].host is not None for member in self.world.members)
        assert len(energy.groupby(["peer", "part"])) == (2 * self.world.size + hosts if end_s > 0.0 else 0)

    def second_account(self, slept_s: Callable[[int], float]) -> tuple[np.ndarray, np.ndarray]:
        """Seconds and joules by (peer, part, state), without the ledger: other tables, and the profile's watts."""
        seconds = np.zeros((self.world.size, len(PARTS), len(STATES)))
        radio, processor, host = seconds[:, 0], seconds[:, 1], seconds[:, 2]
        transmit, receive, compute = (STATES.index(state) for state in ("transmit", "receive", "compute"))
        for row in self.transmissions.itertuples():
            radio[row.source, transmit] += row.air_s
            radio[row.source, receive] += row.acknowledgement_s
        for row in self.receptions.itertuples():
            radio[row.peer, receive] += row.receive_s
            radio[row.peer, transmit] += row.transmit_s
        for row in self.tasks.itertuples():
            processor[row.peer, compute] += row.end_s - row.start_s
        for peer in range(self.world.size):
            woke_s = self.spent(peer, "radio", "wake")[0]
            radio[peer, STATES.index("sleep")] = slept_s(peer) - woke_s
            radio[peer, STATES.index("wake")] = woke_s
            for part_seconds in (radio[peer], processor[peer]):
                part_seconds[STATES.index("idle")] = self.on_s(peer) - part_seconds.sum()
                part_seconds[STATES.index("off")] = self.summary["simulated_s"] - self.on_s(peer)
        chip = self.scenario.radio.transceiver
        radio_w = [chip.idle_w, chip.transmit_w, chip.receive_w, chip.sleep_w, 0.0, 0.0, chip.wake_w]
        devices = [self.scenario.peers[member.group].device for member in self.world.members]
        processor_w = [[device.idle_w, 0.0, 0.0, 0.0, 0.0, device.active_w, 0.0] for device in devices]
        nothing = np.zeros((self.world.size, len(STATES)))
        watts = np.stack([np.tile(radio_w, (self.world.size, 1)), np.asarray(processor_w), nothing], axis=1)
        joules = seconds * watts
        host[:], joules[:, 2] = self.of_hosts()
        return seconds, joules

    def of_hosts(self) -> tuple[np.ndarray, np.ndarray]:
        """Seconds of the hosts as the ledger has them, and joules from the frames in the other tables."""
        seconds, joules = np.zeros((2, self.world.size, len(STATES)))
        hosts = [self.scenario.peers[member.group].host for member in self.world.members]
        for peer, host in enumerate(hosts):
            for state in STATES if host is not None else ():
                seconds[peer, STATES.index(state)] = self.spent(peer, "host", state)[0]
        radio, sent, heard = self.scenario.radio, self.transmissions, self.receptions
        payload = dict(zip(sent.transmission, sent.payload_bits, strict=True))
        for row in sent.itertuples():
            if hosts[row.source] is not None:
                frames = radio.frames(row.payload_bits)
                whole = (frames.count - 1) * frames.full_bytes + frames.last_bytes
                joules[row.source, STATES.index("transmit")] += hosts[row.source].transmit_j(frames.count, whole)
        for row in heard[heard.intended & (heard.fragments_heard > 0)].itertuples():
            if hosts[row.peer] is not None:
                frames, count = radio.frames(payload[row.transmission]), row.fragments_heard
                size = count * frames.full_bytes
                if count == frames.count:
                    size = (count - 1) * frames.full_bytes + frames.last_bytes
                joules[row.peer, STATES.index("receive")] += hosts[row.peer].receive_j(count, size)
        return seconds, joules

    def check_second_account(self, slept_s: Callable[[int], float] = lambda peer: 0.0) -> None:
        """The ledger against the account of the other tables."""
        ledger = self.energy
        for name, account in zip(("seconds", "joules"), self.second_account(slept_s), strict=True):
            values = ledger.end_s - ledger.start_s if name == "seconds" else ledger.joules
            books = np.zeros_like(account)
            for peer, part_name, state, value in zip(ledger.peer, ledger.part, ledger.state, values, strict=True):
                books[peer, PARTS.index(part_name), STATES.index(state)] += value
            np.testing.assert_allclose(account, books, rtol=REL, atol=1e-9 * books.sum(axis=2).max(), err_msg=name)


@pytest.fixture(scope="session")
def books() -> type[Books]:
    return Books
