"""Programs that do anything at any time: whatever happens, the books balance, twice the same.

`simulate` checks them: no second is counted twice or not at all, what a battery lost is what its peer spent, and an
account rebuilt from transmissions, receptions and tasks agrees with the ledger.
"""

import random

import pytest

TRANSCEIVER = {"kind": "custom", "idle_w": 0.5, "receive_w": 0.75, "transmit_w": 2.0, "sleep_w": 0.125}
ERASURE = {"kind": "erasure", "rate_bit_per_s": 3200.0, "transceiver": TRANSCEIVER}
RADIOS = [
    ERASURE,
    {**ERASURE, "loss": 0.3},
    {**ERASURE, "loss": 0.3, "fragment_bytes": 40, "latency_s": 0.01},
    {"kind": "wifi_80211a", "rate_bit_per_s": 6e6, "fragment_bytes": 60, "transceiver": TRANSCEIVER},
    {"kind": "first_order", "rate_bit_per_s": 3200.0, "range_m": 80.0, "fragment_bytes": 100},
]
MEDIA = [{"kind": "scheduled"}, {"kind": "csma_ca"}, {"kind": "csma_ca", "fidelity": "packet"}]
"""Of Wi-Fi, whose radios may also contend."""
ACTIONS = [
    "train", "broadcast", "broadcast", "empty", "send", "send", "reliable", "sleep", "pause", "receive", "collect",
    "tune", "value", "race", "beside", "change",
]  # fmt: skip
DEVICE = {
    "kind": "custom", "idle_w": 1.0, "active_w": 3.0, "peak_flops_per_s": 1e7, "efficiency": 1.0,
    "memory_bytes_per_s": None, "overhead_s": 0.0, "domain": "soc",
}  # fmt: skip


class Chaos:
    """A program of random actions, each lasting about `scale_s`."""

    def __init__(self, seed, scale_s, tunable):
        self.seed, self.scale_s, self.tunable = seed, scale_s, tunable

    def __call__(self, peer):
        dice = random.Random(f"{self.seed}, {peer.id}")
        for t in peer.rounds():
            for _ in range(dice.randint(1, 5)):
                others = [other for other in range(len(peer.workload.samples)) if other != peer.id]
                duration_s = dice.random() * self.scale_s
                yield from getattr(self, dice.choice(ACTIONS))(peer, t, dice.choice(others), duration_s, dice)

    def train(self, peer, t, other, duration_s, dice):
        yield peer.train(peer.initial_model)

    def broadcast(self, peer, t, other, duration_s, dice):
        yield peer.broadcast(peer.initial_model, tag=t)

    def empty(self, peer, t, other, duration_s, dice):
        yield peer.broadcast(None, tag=t)

    def send(self, peer, t, other, duration_s, dice):
        yield peer.send(other, peer.initial_model, tag=t)

    def reliable(self, peer, t, other, duration_s, dice):
        yield peer.send(other, peer.initial_model, tag=t, reliable=True, timeout_s=3 * duration_s)

    def sleep(self, peer, t, other, duration_s, dice):
        yield peer.sleep(duration_s)

    def pause(self, peer, t, other, duration_s, dice):
        yield peer.pause(duration_s)

    def receive(self, peer, t, other, duration_s, dice):
        yield peer.recv(timeout_s=duration_s)

    def collect(self, peer, t, other, duration_s, dice):
        yield peer.collect(tag=t, until_s=peer.now_s + duration_s)

    def tune(self, peer, t, other, duration_s, dice):
        power_dbm = dice.uniform(0.0, 20.0) if self.tunable else None
        peer.radio(tx_power_dbm=power_dbm, channel=dice.choice([0, 0, 0, 1]))
        yield from ()

    def value(self, peer, t, other, duration_s, dice):
        yield peer.value(peer.initial_model)

    def race(self, peer, t, other, duration_s, dice):
        yield peer.wait_any([peer.recv(), peer.pause(duration_s), peer.send(other, peer.initial_model)])

    def beside(self, peer, t, other, duration_s, dice):
        def side():
            yield peer.send(other, peer.initial_model, tag=t)
            yield peer.broadcast(peer.initial_model)

        peer.spawn(side())
        yield from ()

    def change(self, peer, t, other, duration_s, dice):
        yield peer.wait_any([peer.changed("graph"), peer.changed("battery"), peer.pause(duration_s)])


def power(dice, scale_s):
    small = {"kind": "battery", "capacity_j": dice.uniform(1.0, 60.0) * scale_s}
    large = {"kind": "battery", "capacity_j": 1e4, "initial_fraction": dice.choice([0.0, 1.0])}
    return dice.choice(["mains", small, small, large])


def groups(dice, scale_s, device):
    """One or two groups; the second may join later and leave."""
    made = {"a": {"count": dice.randint(2, 5), "power": power(dice, scale_s), "device": device}}
    if dice.random() < 0.6:
        join_s = dice.choice([0.0, dice.uniform(0.0, 5.0) * scale_s])
        leave_s = dice.choice([None, join_s + dice.uniform(0.1, 8.0) * scale_s])
        made["b"] = {
            "count": dice.randint(1, 2), "power": power(dice, scale_s), "device": device, "join_s": join_s,
            "leave_s": leave_s,
        }  # fmt: skip
    return made


def world(seed):
    """Arguments of `simulate` for a random world."""
    dice = random.Random(seed)
    radio = dice.choice(RADIOS)
    fast = radio["kind"] == "wifi_80211a"
    scale_s = 0.01 if fast else 2.0
    walk = {"kind": "random_waypoint", "area_m": [150, 150], "speed_m_per_s": [5, 50]}
    graphs = [{"kind": "complete"}, {"kind": "directed_ring"}, {"kind": "random_k_out", "k": 1, "period_s": scale_s}]
    if radio["kind"] != "erasure":
        graphs += [{"kind": "radio", "sample_s": scale_s}] * 2
    rounds = {"count": dice.randint(1, 4)}
    for key, low, high in (("period_s", 1.0, 5.0), ("stop_s", 1.0, 20.0), ("energy_j", 1.0, 100.0)):
        if dice.random() < 0.4:
            rounds[key] = dice.uniform(low, high) * scale_s
    return {
        "program": Chaos(seed, scale_s, tunable=fast),
        "peers": groups(dice, scale_s, {**DEVICE, "peak_flops_per_s": 1e9 if fast else 1e7}),
        "radio": radio,
        "medium": dice.choice(MEDIA) if fast else MEDIA[0],
        "rounds": rounds,
        "seeds": {"learning": 1, "world": seed},
        "mobility": dice.choice([{"kind": "uniform", "area_m": [60, 60]}, walk]),
        "graph": dice.choice(graphs),
    }


def books(run):
    traffic = run.world.traffic
    rows = traffic.transmissions, traffic.receptions, run.world.ledger.rows, run.world.links.changes
    return [buffer.tobytes() for buffer in rows] + [run.end_s, run.world.deaths, run.world.clock.events]


@pytest.mark.parametrize("seed", range(60))
def test_whatever_happens_the_books_balance_and_a_run_repeats_itself(simulate, seed):
    assert books(simulate(**world(seed))) == books(simulate(**world(seed)))


def test_all_that_can_happen_to_a_message_does_happen_here(simulate):
    outcomes = {outcome for seed in range(25) for *_, outcome in simulate(**world(seed)).outcomes()}
    assert outcomes == {"heard", "lost", "busy", "below_sensitivity", "asleep", "off", "collided"}
