import json

import pytest

from analysis.caveats import caveats, contradictions


def test_labels_are_explained(world_run):
    sentences = caveats(world_run)
    assert sentences[0].startswith("scheduled: The medium is scheduled")
    assert sentences[1].startswith("oracle: neighbours: Peers know their neighbours without asking")
    assert len(sentences) == 2


def test_a_scheduled_medium_is_told_even_without_a_label(make_run):
    (first, *_) = caveats(make_run(scenario={"medium": {"kind": "scheduled"}}))
    assert "optimistic" in first


@pytest.mark.parametrize("label", ["scheduled", "medium: scheduled (no contention)"])
def test_a_scheduled_medium_is_told_once(make_run, label):
    run = make_run(scenario={"medium": {"kind": "scheduled"}}, labels=[label])
    assert sum("optimistic" in sentence for sentence in caveats(run)) == 1


def test_an_unknown_label_is_shown_as_it_is(make_run):
    assert "something new" in caveats(make_run(labels=["something new"]))


def test_tables_that_were_not_recorded_are_told(make_run):
    graph = make_run.rows("time_s source destination up", (0.0, 0, 1, True))
    assert caveats(make_run(graph=graph)) == [
        "Not recorded, hence not shown: transmissions, receptions, energy, metrics."
    ]


def test_a_sound_run_does_not_contradict_itself(world_run):
    assert contradictions(world_run) == []


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("payload_bytes", 1, "payload is 1 B in the summary and 144.6 kB in the tables"),
        ("energy_j", {"total": 1.0}, "energy is 1 J in the summary"),
        ("energy_j_marginal", 99.0, "energy above idle is 99 J in the summary"),
    ],
)
def test_a_contradiction_is_told(make_world, key, value, words):
    run = make_world()
    (run.folder / "summary.json").write_text(json.dumps(run.summary | {key: value}))
    (told,) = contradictions(type(run)(run.folder))
    assert words in told
