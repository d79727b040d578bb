"""Batteries that are charged, leak or recover: what goes in and out adds up, and they end when they must."""

import math
from typing import Any

import pytest

from cosim.pricing import NoPriceError, Pricing

REL = 1e-9
SLOW = {"kind": "erasure", "rate_bit_per_s": 1e4, "fragment_bytes": 20}
REST_W = 0.53 + 0.7
"""Idle watts of the chip and the board."""
MONTH_S = 30 * 86400.0


def check_charges(run: Any) -> None:
    """initial + harvested - spilled - leaked - spent = remaining, for each peer and together."""
    energy, sums = run.energy, {"initial": 0.0, "harvested": 0.0, "spilled": 0.0, "self_discharge": 0.0, "spent": 0.0}
    for member in run.world.members:
        supply = member.supply
        initial_j = run.scenario.peers[member.group].power.initial_j
        spent_j = energy[energy.peer == member.peer].joules.sum()
        gone_j = supply.spilled_j + supply.leaked_j + spent_j
        assert supply.remaining_j() == pytest.approx(
            initial_j + supply.harvested_j - gone_j, abs=REL * (initial_j + supply.harvested_j)
        )
        for name, joules in zip(sums, (initial_j, supply.harvested_j, supply.spilled_j, supply.leaked_j, spent_j),
                                strict=True):  # fmt: skip
            sums[name] += joules
    told = run.summary["batteries_j"]
    assert {name: told[name] for name in sums} == pytest.approx(sums, rel=REL, abs=1e-12)
    run.check_contiguous()


def groups(count: int = 1, **power: Any) -> dict[str, Any]:
    return {"nodes": {"count": count, "power": {"kind": "battery", **power}}}


def test_constant_income_prolongs_a_life(books) -> None:
    run = books("wait", peers=groups(capacity_j=5.0, harvest={"kind": "constant", "power_w": 0.4}), radio=SLOW)
    assert run.world.deaths == {0: pytest.approx(5.0 / (REST_W - 0.4), rel=REL)}
    check_charges(run)


def test_what_does_not_fit_is_spilled(books) -> None:
    power = {"capacity_j": 8.0, "usable_fraction": 0.5, "harvest": {"kind": "constant", "power_w": 2.0}}
    run = books("wait", peers=groups(initial_fraction=0.5, **power), radio=SLOW)
    assert run.world.deaths == {}
    assert run.summary["batteries_j"]["remaining"] == 4.0
    assert run.summary["batteries_j"]["harvested"] == pytest.approx(20.0, rel=REL)
    assert run.summary["batteries_j"]["spilled"] == pytest.approx(10 * (2.0 - REST_W) - 2.0, rel=REL)
    check_charges(run)


def test_self_discharge_goes_on_whether_its_peer_is_on_or_not(books) -> None:
    """Five seconds before it joins, ten while it waits."""
    power = {"kind": "battery", "capacity_j": 20.0, "self_discharge_per_month": 1.0}
    leak_w = 20.0 / MONTH_S
    run = books("wait", peers={"nodes": {"count": 1, "power": power, "join_s": 5.0}}, radio=SLOW)
    assert run.summary["batteries_j"]["self_discharge"] == pytest.approx(15.0 * leak_w, rel=REL)
    check_charges(run)


def test_a_day_of_sun_in_closed_form(books) -> None:
    """Ten seconds that hold a whole day of a fast sun are not to be had; so from noon on, at the top of the curve."""
    sun = {"kind": "day_curve", "area_m2": 0.01, "efficiency": 0.2, "starts_at_s": 43200.0, "step_s": 1.0}
    run = books("wait", peers=groups(2, capacity_j=30.0, initial_fraction=0.5, harvest=sun), radio=SLOW)
    angle = math.pi * 10.0 / 43200.0
    each_j = 2.0 * 43200.0 / math.pi * math.sin(angle)
    assert run.summary["batteries_j"]["harvested"] == pytest.approx(2 * each_j, rel=REL)
    check_charges(run)


def test_a_kinetic_battery_leaves_what_is_bound(books) -> None:
    power = {"kind": "kinetic_battery", "capacity_j": 10.0, "available_fraction": 0.5, "rate_per_s": 1e-6}
    run = books("wait", peers={"nodes": {"count": 1, "power": power}}, radio=SLOW)
    # With hardly any flow between the wells the first one alone is drawn.
    assert run.world.deaths[0] == pytest.approx(5.0 / REST_W, rel=1e-4)
    assert run.summary["batteries_j"]["remaining"] == pytest.approx(5.0, rel=1e-4)
    check_charges(run)


@pytest.mark.parametrize("kind", ["constant", "trace", "kinetic"])
def test_books_balance_whatever_the_peers_do(books, tmp_path, kind) -> None:
    trace = tmp_path / "sun.csv"
    trace.write_text("time_s,w\n0,0\n0.4,6\n0.9,1.5\n1.3,0\n")
    cells = {
        "constant": {"kind": "battery", "capacity_j": 2.0, "harvest": {"kind": "constant", "power_w": 1.2},
                     "self_discharge_per_month": 1.0},
        "trace": {"kind": "battery", "capacity_j": 1.5, "initial_fraction": 0.7,
                  "harvest": {"kind": "trace", "path": str(trace), "repeat_s": 1.6}},
        "kinetic": {"kind": "kinetic_battery", "capacity_j": 9.0, "available_fraction": 0.4, "rate_per_s": 0.3},
    }  # fmt: skip
    cross = {"kind": "cross_factor", "transmit_j_per_frame": 2e-3, "receive_j_per_frame": 1e-2}
    lives = 0
    for world in range(1, 5):
        peers = {"a": {"count": 2, "power": cells[kind], "host": cross}, "b": {"count": 1, "power": cells[kind]}}
        run = books("restless", peers=peers, radio={**SLOW, "loss": 0.2}, rounds={"count": 4, "period_s": 0.7},
                    seeds={"world": world, "learning": world})  # fmt: skip
        check_charges(run)
        lives += 3 - len(run.world.deaths)
    assert 0 < lives < 12


def test_what_has_to_be_followed_in_time_is_not_priced_again(books) -> None:
    run = books("wait", peers=groups(capacity_j=50.0, harvest={"kind": "constant", "power_w": 0.4}), radio=SLOW)
    pricing = Pricing(run)
    with pytest.raises(NoPriceError, match="the batteries of 'nodes' are charged, leak or recover"):
        pricing.reprice(run.scenario)
