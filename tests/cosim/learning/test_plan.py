from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from cosim.learning import plan
from cosim.learning.plan import HOPELESS, MARGIN, TRIALS, WAYS, Plan, choose, fixed, measured, question

CONVOLUTIONS = {"data": "digits", "model": "resnet20"}


def never(question: str, make: Callable[[], str]) -> str:
    raise AssertionError(f"nobody should ask {question}")


def forgetful(question: str, make: Callable[[], str]) -> str:
    return make()


# --- the rule, and what the scenario says ------------------------------------------------------------------------


def test_the_rule_stacks_dense_models_loops_over_convolutions_on_a_cpu_and_stacks_all_on_a_gpu(bench) -> None:
    dense, pictures = bench().learner, bench(**CONVOLUTIONS).learner
    assert fixed("rule", dense) == Plan("stacked", "stacked", "stacked")
    assert fixed("rule", pictures) == Plan("loop", "loop", "stacked")
    pictures.device = torch.device("cuda")
    assert fixed("rule", pictures) == Plan("stacked", "stacked", "stacked")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("stacked", Plan("stacked", "stacked", "stacked")),
        ("loop", Plan("loop", "loop", "loop")),
        ("debug", Plan("loop", "loop", "loop", debug=True)),
        ("rule", Plan("loop", "loop", "stacked")),
    ],
)
def test_what_the_scenario_says_is_done_and_nobody_is_asked(bench, name, expected) -> None:
    assert choose(bench(**CONVOLUTIONS, execution={"plan": name}).learner, never) == expected
    more = bench(**CONVOLUTIONS, execution={"plan": name, "threads": 3}).learner
    assert choose(more, never) == replace(expected, threads=3)


def test_a_plan_is_named_by_what_changes_bits() -> None:
    assert Plan("loop", "stacked", "stacked", 2).text == "train-loop evaluate-stacked kernels-stacked threads-2"
    assert Plan("loop", "loop", "loop", debug=True).text == Plan("loop", "loop", "loop").text


# --- what is asked, and remembered -------------------------------------------------------------------------------


def test_what_is_remembered_is_never_measured_again(bench, monkeypatch) -> None:
    at = bench(execution={"plan": "measured", "device": "cpu"}).learner
    known: dict[str, str] = {}

    def remember(asked: str, make: Callable[[], str]) -> str:
        return known[asked] if asked in known else known.setdefault(asked, make())

    first = choose(at, remember)
    assert set(known) == {question("train", at), question("evaluate", at)}
    assert {first.train, first.evaluate} <= set(WAYS)
    monkeypatch.setattr(plan, "TRIAL_OF", {})
    assert choose(bench(execution={"plan": "measured", "device": "cpu"}).learner, remember) == first
    known.update(dict.fromkeys(known, "loop"))
    assert choose(at, remember) == Plan("loop", "loop", "stacked", 1)


def test_an_answer_that_is_none_is_refused(bench) -> None:
    with pytest.raises(ValueError, match="remembered way of 'train' is 'fast', which is neither loop nor stacked"):
        measured("train", bench().learner, lambda asked, make: "fast")


def test_a_question_names_everything_that_the_answer_depends_on(bench) -> None:
    at = bench().learner
    assert question("train", at) == question("train", bench(seeds={"learning": 5}).learner)
    assert "\n" not in question("train", at)
    changes = [
        {"model": {"kind": "mlp", "hidden": [17]}},
        {"data": {"kind": "blobs", "classes": 5, "features": 13, "samples": 400}},
        {"data": {"kind": "blobs", "classes": 4, "features": 12, "samples": 400}},
        {"precision": "float64"},
        {"peers": {"nodes": {"count": 7}}},
        {"execution": {"threads": 2}},
        {"execution": {"lane_width": 32}},
    ]
    for operation, own in (
        ("train", [{"optimizer": {"kind": "sgd", "learning_rate": 0.1}}, {"training": {"batch_size": 8}}]),
        ("evaluate", [{"evaluation": {"samples": 7}}]),
    ):
        asked = [question(operation, at), *(question(operation, bench(**change).learner) for change in changes + own)]
        assert len(set(asked)) == len(asked)
    assert torch.__version__ in question("train", at)
    assert torch.backends.cpu.get_cpu_capability() in question("train", at)


def test_only_peers_that_train_and_share_a_batch_count(bench) -> None:
    """As many peers as a batch has lanes, or more: the same question."""
    settings = {"execution": {"lane_width": 4}}
    few, many = (bench(peers={"nodes": {"count": count}}, **settings).learner for count in (4, 9))
    assert question("train", few) == question("train", many)


# --- the measurement ---------------------------------------------------------------------------------------------


class Clock:
    """Time that passes only in trials; counts them."""

    def __init__(self, **seconds: float) -> None:
        self.now = 0.0
        self.seconds = seconds
        self.trials = dict.fromkeys(seconds, 0)

    def perf_counter(self) -> float:
        return self.now

    def trial(self, learner: object, way: str) -> float:
        self.trials[way] += 1
        self.now += self.seconds[way]
        return 3.0


def decided(monkeypatch, at, clock: Clock) -> str:
    monkeypatch.setattr(plan, "time", clock)
    monkeypatch.setattr(plan, "TRIAL_OF", {"train": clock.trial})
    return measured("train", at.learner, forgetful)


@pytest.mark.parametrize(
    ("task", "loop_s", "stacked_s", "expected"),
    [
        ({}, 1.0, 1.0, "stacked"),
        ({}, MARGIN + 0.01, 1.0, "stacked"),
        ({}, MARGIN - 0.01, 1.0, "loop"),
        (CONVOLUTIONS, 1.0, 1.0, "loop"),
        (CONVOLUTIONS, 1.0, MARGIN - 0.01, "stacked"),
    ],
)
def test_the_rule_is_left_only_for_what_is_faster(bench, monkeypatch, task, loop_s, stacked_s, expected) -> None:
    clock = Clock(loop=loop_s, stacked=stacked_s)
    assert decided(monkeypatch, bench(**task), clock) == expected
    assert clock.trials == {"loop": 2 + TRIALS, "stacked": 2 + TRIALS}


def test_what_is_hopeless_is_not_tried_again(bench, monkeypatch) -> None:
    clock = Clock(loop=HOPELESS + 0.1, stacked=1.0)
    assert decided(monkeypatch, bench(), clock) == "stacked"
    assert clock.trials == {"loop": 2, "stacked": 2}


def test_one_slow_trial_changes_nothing(bench, monkeypatch) -> None:
    clock = Clock(loop=1.0, stacked=1.0)
    usual = clock.trial

    def disturbed(learner: object, way: str) -> float:
        clock.now += 100.0 if clock.trials["stacked"] == 4 and way == "stacked" else 0.0
        return usual(learner, way)

    clock.trial = disturbed
    assert decided(monkeypatch, bench(), clock) == "stacked"


def test_what_cannot_be_done_is_not_chosen(bench, monkeypatch) -> None:
    clock = Clock(loop=1.0, stacked=0.1)

    def refused(learner: object, way: str) -> float:
        if way == "stacked":
            raise RuntimeError("vmap: not this one")
        return clock.trial(learner, way)

    monkeypatch.setattr(plan, "TRIAL_OF", {"train": refused})
    assert measured("train", bench(**CONVOLUTIONS).learner, forgetful) == "loop"


@pytest.mark.parametrize("task", [{}, CONVOLUTIONS])
@pytest.mark.parametrize("operation", ["train", "evaluate"])
def test_a_trial_says_how_many_of_its_kind_make_one_batch(bench, operation, task) -> None:
    """8 peers in a batch of 16: a loop does 8 models; stacked lanes are 16, of which a trial may do fewer."""
    at = bench(**task, execution={"lane_width": 16}, partition={"kind": "iid"}).learner
    with torch.no_grad():
        assert plan.TRIAL_OF[operation](at, "loop") == 8
        assert plan.TRIAL_OF[operation](at, "stacked") == (2.0 if task else 1.0)


def test_a_measurement_leaves_threads_and_models_as_they_were(bench) -> None:
    at = bench(execution={"plan": "measured", "threads": 2, "device": "cpu"})
    before, threads = at.learner.initial.clone(), torch.get_num_threads()
    choose(at.learner, forgetful)
    assert torch.equal(at.learner.initial, before)
    assert torch.get_num_threads() == threads
