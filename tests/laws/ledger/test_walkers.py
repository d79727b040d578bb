"""Walking peers that contend for the air over links that fade: same luck every time, and books that balance."""

from typing import Any

import pytest

WALKERS: dict[str, Any] = {
    "mobility": {"kind": "random_waypoint", "area_m": [120.0, 120.0], "speed_m_per_s": [5.0, 20.0]},
    "propagation": [{"kind": "log_distance", "exponent": 3.0, "reference_loss_db": 46.6777},
                    {"kind": "log_normal_shadowing", "sigma_db": 3.0},
                    {"kind": "rayleigh", "frequency_hz": 5.18e9}],
    "radio": {"kind": "wifi_80211a", "rate_bit_per_s": 6e6, "fragment_bytes": 40},
    "medium": {"kind": "csma_ca", "jitter_s": 0.01},
    "graph": {"kind": "complete"},
    "rounds": {"count": 4, "period_s": 0.5},
}  # fmt: skip
CELL = {"kind": "battery", "capacity_j": 30.0}
WEAK = {"kind": "battery", "capacity_j": 2.5}


def walk(books: Any, seed: int, **changes: Any) -> Any:
    peers = {"a": {"count": 4, "power": CELL}, "b": {"count": 1, "power": WEAK}, "c": {"count": 1, "leave_s": 1.3}}
    return books("restless", peers=peers, seeds={"world": seed, "learning": 5}, **{**WALKERS, **changes})


def slept_s(run: Any) -> Any:
    slept = run.energy[run.energy.state == "sleep"]
    return lambda peer: float((slept[slept.peer == peer].end_s - slept[slept.peer == peer].start_s).sum())


@pytest.mark.parametrize("fading", [True, False])
@pytest.mark.parametrize("seed", [1, 2])
def test_ledger_second_account_and_batteries_agree(books, seed, fading) -> None:
    chain = WALKERS["propagation"] if fading else WALKERS["propagation"][:2]
    run = walk(books, seed, propagation=chain)
    run.check_balance()
    run.check_contiguous()
    run.check_second_account(slept_s(run))
    assert list(run.world.deaths) == [4]
    assert {"heard", "lost" if fading else "below_sensitivity"} <= set(run.receptions.outcome)


def test_the_same_walk_has_the_same_luck(books) -> None:
    first, second = (walk(books, 3) for _ in range(2))
    for name in ("transmissions", "receptions", "energy"):
        assert first.tables[name].equals(second.tables[name])


def test_who_only_listens_moves_no_luck(books) -> None:
    """Broadcasts reach the first peers as they did, whether or not two more walk about and listen."""
    heard = []
    for count in (4, 6):
        run = books("two_broadcasts", peers={"nodes": {"count": count}}, **WALKERS)
        rows = run.receptions[run.receptions.peer < 4]
        heard.append(rows[["transmission", "peer", "fragments_heard", "outcome"]].reset_index(drop=True))
    assert heard[0].equals(heard[1])
    assert heard[0].fragments_heard.sum() > 0
