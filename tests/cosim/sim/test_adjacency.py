import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.sim.adjacency import Adjacency


@st.composite
def graphs(draw):
    peers = draw(st.integers(1, 8))

    def graph():
        return [
            tuple(sorted(draw(st.sets(st.integers(0, peers - 1))) - {peer})) if peers > 1 else ()
            for peer in range(peers)
        ]

    return graph(), graph()


@settings(deadline=None, derandomize=True)
@given(graphs())
def test_a_graph_is_what_it_was_made_of(pair):
    for graph in pair:
        adjacency = Adjacency.of(graph)
        assert [adjacency.out(peer) for peer in range(len(graph))] == graph


@settings(deadline=None, derandomize=True)
@given(graphs())
def test_changes_are_those_of_the_sets_of_links(pair):
    before, after = ({(a, b) for a, out in enumerate(graph) for b in out} for graph in pair)
    changed = Adjacency.of(pair[0]).changed_to(Adjacency.of(pair[1]))
    rows = [*zip(changed.sources.tolist(), changed.destinations.tolist(), changed.up.tolist(), strict=True)]
    assert rows == [(*link, link in after) for link in sorted(before ^ after)]


@settings(deadline=None, derandomize=True)
@given(graphs(), st.data())
def test_links_of_some_sources_can_be_replaced(pair, data):
    before, after = pair
    replaced = data.draw(st.sets(st.integers(0, len(before) - 1)))
    links = [(a, b) for a in replaced for b in after[a]]
    sources, destinations = np.asarray(links, dtype=np.int64).reshape(-1, 2).T
    mixed = Adjacency.of(before).with_out(sources, destinations, np.asarray(sorted(replaced), dtype=np.int64))
    expected = [after[peer] if peer in replaced else before[peer] for peer in range(len(before))]
    assert [mixed.out(peer) for peer in range(len(before))] == expected
