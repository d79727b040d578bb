import json

import pytest
from convolutions import cosim_s, plain_s, scenario_of
from energy_study import POINTS, change, check, timed_run
from flame import ROOMS, by_room, room_of
from fresh_process import printed
from images import NoiseImages
from power_study import compared, rates, still
from workloads import (
    SUMMARY,
    carry_out,
    dry,
    evaluates_after,
    in_neighbours,
    logistic_graph,
    mobile_wifi,
    ready,
    timed_data_plane,
    w1,
)

from cosim.pricing import Pricing


def test_a_dry_run_does_the_work_of_the_timing_plane():
    scenario = w1(6, 4, SUMMARY)
    whole, alone = carry_out(ready(scenario)), dry(scenario)
    assert alone.ready_s > 0
    assert alone.run_s > 0
    assert alone.summary["tasks"]["executed"] == 0 < whole["tasks"]["executed"]
    equal = ("energy_j", "messages_delivered", "bytes_on_air", "simulated_s")
    assert {key: alone.summary[key] for key in equal} == {key: whole[key] for key in equal}


def test_the_data_plane_is_timed_once_even_where_its_calls_are_nested():
    ticks = iter(range(1000))
    with timed_data_plane(lambda: float(next(ticks))) as spent:
        ready(w1(6, 2)).run()
    asked = next(ticks)
    assert spent[0] == asked / 2 > 0


def test_models_are_evaluated_every_twenty_rounds_and_at_the_end():
    assert [step for step in range(50) if evaluates_after(step, 50)] == [19, 39, 49]


def test_all_hear_four_and_themselves():
    heard = in_neighbours(w1(8, 1))
    assert sum(map(len, heard)) == 8 * 5
    assert [peers[0] for peers in heard] == list(range(8))


def test_mobile_peers_have_about_eight_neighbours():
    experiment = ready(mobile_wifi(100, 1))
    out = [len(experiment.world.neighbours(peer)) for peer in range(100)]
    assert 5 < sum(out) / 100 < 9  # fewer than 8: many live at the edge of a small square
    assert carry_out(experiment)["messages_delivered"] > 0


def test_the_large_graph_has_650_parameters():
    assert ready(logistic_graph(5, 1)).learner.initial.shape == (1, 650)


def test_powers_change_what_is_heard():
    scenarios = still(1)
    heard = [dry(scenarios[i]).summary["messages_delivered"] for i in (0, -1)]
    assert len(scenarios) == 20
    assert heard[0] < heard[1]


def test_a_plain_loop_and_cosim_train_any_model():
    scenario = scenario_of("lenet5", NoiseImages(samples=64, test_samples=4), 5, 1)
    assert cosim_s(scenario) > 0
    assert plain_s(scenario) > 0


def test_a_program_of_its_own_gives_its_last_line_or_its_complaint(tmp_path):
    good, bad = tmp_path / "good.py", tmp_path / "bad.py"
    good.write_text(f"print('first'); print({json.dumps(json.dumps({'a': 1}))})")
    bad.write_text("raise OSError('the disk is full')")
    assert printed(str(good)) == {"a": 1}
    with pytest.raises(RuntimeError, match=r"bad\.py ended with 1: OSError: the disk is full"):
        printed(str(bad))


def test_frames_belong_to_rooms():
    assert {name for name, _ in ROOMS} >= {"programs", "event queue", "transfers", "gradient", "tables"}
    assert room_of("_batch (cosim/learning/learner.py:9)") == "batches"
    assert room_of("train (cosim/learning/learner.py:9)") == "gradient"
    assert room_of("Executor._mix (cosim/learning/executor.py:9)") == "mixing"
    assert room_of("burst (cosim/sim/energy.py:9)") == "ledger"
    assert room_of("advance (cosim/sim/clock.py:9)") == "event queue"
    assert room_of("uniforms (cosim/rng.py:9)") is None


def test_samples_count_for_the_innermost_room_below_the_run():
    run = "<module> (flame.py:1);simulate (flame.py:2)"
    lines = [
        f"{run};advance (cosim/sim/clock.py:3);_draw (cosim/sim/luck.py:4);u (cosim/rng.py:5) 3",
        f"{run};advance (cosim/sim/clock.py:3) 2",
        f"{run} 1",
        "<module> (flame.py:1);<module> (cosim/experiment.py:2) 50",
    ]
    assert by_room(lines) == {"transfers": 3, "event queue": 2, "other": 1}


def test_no_two_points_of_the_energy_study_have_the_same_prices_and_all_are_prices_only():
    scenario = w1(5, 2)
    pricing = Pricing(timed_run(scenario)[1])
    totals = {pricing.reprice(scenario.with_(change(number)))["energy_j"]["total"] for number in range(POINTS)}
    assert len(totals) == POINTS


def test_the_energy_study_notices_when_pricing_again_differs_from_running_again(monkeypatch):
    check(w1(5, 2))
    monkeypatch.setattr("energy_study.Pricing.reprice", lambda self, scenario: {"energy_j": {"total": 1.0}})
    with pytest.raises(ValueError, match="pricing again gives"):
        check(w1(5, 2))


def test_a_study_recalls_where_nothing_else_is_heard():
    ratios, study = compared(rates(2)[:3], 1)
    assert ratios[0] > 0
    assert study.different_points() == 1
    assert [tasks["executed"] > 0 for tasks in study.of("tasks")] == [True, False, False]
    assert [tasks["recalled"] > 0 for tasks in study.of("tasks")] == [False, True, True]
