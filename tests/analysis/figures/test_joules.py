import pytest

from analysis.energy import by_part_and_state, split
from analysis.figures import joules
from analysis.figures.style import paper_style

ENERGY = "peer part state start_s end_s watts joules"


def drawn(run):
    with paper_style():
        return joules.draw(run)


def stacks(axes):
    return [patch.get_bbox() for bars in axes.containers for patch in bars.patches]


def lengths(axes, state):
    return [length for bars in axes.containers if bars.get_label() == state for length in bars.datavalues]


def test_bars_are_the_sums_by_part_and_state(world_run):
    sums = by_part_and_state(world_run).set_index(["part", "state"])["joules"]
    all_peers = drawn(world_run).axes[0]
    assert lengths(all_peers, "idle") == pytest.approx([sums["processor", "idle"], sums["radio", "idle"]])
    assert lengths(all_peers, "transmit") == pytest.approx([0.0, sums["radio", "transmit"]])
    assert [label.get_text() for label in all_peers.get_yticklabels()] == ["processor", "radio"]


def test_bars_above_idle_add_up(world_run):
    _, above, peers = drawn(world_run).axes
    for axes, factor in ((above, 1.0), (peers, 1e3 if "(mJ)" in peers.get_ylabel() else 1.0)):
        total = sum(sum(bars.datavalues) for bars in axes.containers)
        assert total / factor == pytest.approx(split(world_run).marginal_j)


@pytest.mark.parametrize("dead_peer", [None, 0])
def test_bars_end_before_the_axes_do(make_world, dead_peer):
    all_peers, above, peers = drawn(make_world(dead_peer=dead_peer)).axes
    for axes, (_, end), longest in (
        (all_peers, all_peers.get_xlim(), max(box.x1 for box in stacks(all_peers))),
        (above, above.get_xlim(), max(box.x1 for box in stacks(above))),
        (peers, peers.get_ylim(), max(box.y1 for box in stacks(peers))),
    ):
        assert longest < 0.97 * end, axes.get_title(loc="left")


def test_axes_have_units(world_run):
    all_peers, above, peers = drawn(world_run).axes
    assert (all_peers.get_xlabel(), above.get_xlabel()) == ("Energy (J)", "Energy above idle (J)")
    assert peers.get_ylabel().startswith("Energy above idle (")
    assert peers.get_xlabel() == "Peer"


def test_only_states_that_cost_joules_are_in_the_legend(make_world):
    (legend,) = drawn(make_world(dead_peer=0)).legends
    assert [text.get_text() for text in legend.get_texts()] == ["idle", "receive", "transmit", "compute"]


def test_a_state_below_idle_is_drawn_to_the_other_side(make_run):
    energy = make_run.rows(ENERGY, (0, "radio", "idle", 0, 1, 2.0, 2.0), (0, "radio", "receive", 1, 2, 0.5, 0.5),
                           (0, "radio", "transmit", 2, 3, 5.0, 5.0))  # fmt: skip
    above = drawn(make_run(energy=energy, end_s=3.0)).axes[1]
    spans = {bars.get_label(): sorted(bars.patches[0].get_bbox().intervalx) for bars in above.containers}
    assert (spans["receive"], spans["transmit"]) == ([-1.5, 0.0], [0.0, 3.0])


def test_many_peers_are_sorted(make_world):
    peers = drawn(make_world(peers=70, rounds=2, reach_m=10.0)).axes[2]
    heights = [sum(parts) for parts in zip(*(bars.datavalues for bars in peers.containers), strict=True)]
    assert len(heights) == 70
    assert heights == sorted(heights, reverse=True)
    assert peers.get_xlabel() == "Peers, from most to least joules"


def test_an_unknown_baseline_is_not_drawn_as_zero(make_run):
    energy = make_run.rows(ENERGY, (0, "radio", "transmit", 0, 1, 2.0, 2.0))
    run = make_run(energy=energy, peers=1)
    assert [axes.get_title(loc="left") for axes in drawn(run).axes] == ["(a) All peers", "(b) Each peer"]
    assert "not known" in joules.caption(run)


def test_the_caption_has_the_split(world_run):
    caption = joules.caption(world_run)
    assert "of which idling alone would have cost" in caption
    assert "sorted" not in caption


def test_no_intervals_no_figure(make_run, world_run):
    assert joules.missing(make_run()) == "the run recorded no energy intervals"
    assert joules.missing(world_run) is None


def test_a_run_of_ideal_parts_has_no_figure(make_run):
    energy = make_run.rows(ENERGY, (0, "radio", "idle", 0, 1, 0.0, 0.0))
    assert joules.missing(make_run(energy=energy)) == "no part of the run drew power"
