import numpy as np
import pytest

from cosim import run
from cosim.sim.luck import LinkLuck
from cosim.whatif.receptions import LATE, NOT_MEANT, NOT_SENT, are_recorded, compare_receptions


def other(kept, changes):
    return run(kept.scenario.with_(changes))


def lowest_draws(kept, seed):
    """The lowest draw of every intended reception of a run whose peers broadcast once a round."""
    both = kept.receptions.merge(kept.transmissions, on="transmission")
    luck = LinkLuck(seed, "delivery")
    return np.asarray([
        luck.draws(row.source, row.peer, row.tag, row.fragments).min()
        for row in both[both["intended"]].itertuples()
    ])  # fmt: skip


def test_equal_runs_receive_the_same(kept):
    found = compare_receptions(kept, kept)
    assert found.compared == kept.receptions["intended"].sum() > 0
    assert (found.differing, found.causes, found.first) == (0, {}, None)


def test_a_little_more_loss_changes_what_was_drawn_in_between_and_nothing_else(few):
    """0.200 -> 0.205: of n messages of f fragments n (0.800^f - 0.795^f) are expected, within 4 standard deviations."""
    radio = {"kind": "erasure", "rate_bit_per_s": 1e8, "loss": 0.2, "fragment_bytes": 40}
    kept = few(radio=radio, graph="complete", rounds={"count": 150, "period_s": 0.5}, seeds={"world": 3})
    found = compare_receptions(kept, other(kept, {"radio.loss": 0.205}))
    lowest = lowest_draws(kept, seed=3)
    between = np.count_nonzero((lowest >= 0.2) & (lowest < 0.205))
    assert found.causes == {"heard -> lost": between}
    (fragments,) = set(kept.receptions["fragments"])
    share = 0.8**fragments - 0.795**fragments
    expected = share * len(lowest)
    assert found.compared == len(lowest) == 150 * 6 * 5
    assert abs(between - expected) < 4 * np.sqrt(expected * (1 - share))
    draw = float(found.first.rpartition(" ")[2].rstrip(")"))
    assert 0.2 <= draw < 0.205


def test_the_first_difference_is_told_with_its_draw(kept):
    found = compare_receptions(kept, other(kept, {"radio.loss": 0.6}))
    both = kept.receptions.merge(kept.transmissions, on="transmission").query("intended and outcome == 'heard'")
    draws = [LinkLuck(1, "delivery").draws(r.source, r.peer, r.tag, 1)[0] for r in both.itertuples()]
    first = both[np.asarray(draws) < 0.6].sort_values(["end_s", "source", "peer"]).iloc[0]
    message = f"the message of peer {first.source}, round {first.tag}, to peer {first.peer}"
    assert (
        found.first
        == f"{message}: before heard, after lost (draw {min(d for d in draws if f'{d:.6f}' in found.first):.6f})"
    )
    assert found.first_s == first.end_s


def test_messages_that_were_not_sent_or_not_meant_are_told_apart(kept):
    shorter = compare_receptions(kept, other(kept, {"rounds.count": 6}))
    assert all(cause.endswith(f"-> {NOT_SENT}") for cause in shorter.causes)
    assert shorter.differing == 2 * 6 * 2
    complete = compare_receptions(kept, other(kept, {"graph": "complete"}))
    assert all(cause.startswith(f"{NOT_MEANT} ->") for cause in complete.causes)
    assert complete.differing == 8 * 6 * (5 - 2)


def test_messages_that_come_too_late_are_told(kept):
    slow = compare_receptions(kept, other(kept, {"radio.latency_s": 0.6}))
    assert slow.causes == {f"heard -> {LATE}": slow.differing}
    assert slow.differing == (kept.receptions["outcome"] == "heard").sum()


def test_without_a_common_clock_nothing_is_late(few):
    free = few(rounds={"count": 4}, graph="ring")
    assert compare_receptions(free, other(free, {"radio.latency_s": 0.6})).differing == 0


def test_ratios_of_signal_to_noise_are_told(few):
    wifi = {"kind": "wifi_80211a", "tx_power_dbm": 16.0}
    place = {"kind": "circle", "radius_m": 45.0}
    kept = few(radio=wifi, mobility=place, rounds={"count": 3, "period_s": 0.5})
    found = compare_receptions(kept, other(kept, {"radio.tx_power_dbm": 6.0}))
    assert found.differing > 0
    was, now = (float(text.split(" dB")[0]) for text in found.first.replace("after ", "before ").split("before ")[-2:])
    assert was - now == pytest.approx(10.0, abs=0.011)


def test_only_what_was_recorded_can_be_compared(kept):
    assert are_recorded(kept)
    assert not are_recorded(other(kept, {"recording.level": "summary"}))
