from dataclasses import dataclass, field
from typing import Annotated

import pytest

from cosim.part import PartOf, part
from cosim.scenario import ScenarioError, load

HERE = __name__


@part
class Centralised:
    """Needs a group to be its server."""

    server: str = "server"
    remark: str = "quiet"

    def check(self, scenario):
        if self.server not in scenario.peers:
            yield ("server",), f"there is no group '{self.server}'"
        if self.remark != "quiet":
            yield "remark", "too loud"
        if scenario.rounds.count is None:
            yield (), "needs a number of rounds"
            yield "rounds.stop_s", "is not enough"


@part
class Broken:
    """Its check fails."""

    def check(self, scenario):
        raise KeyError("oops")


@part
class Outer:
    """Holds a part that has a check."""

    inner: Annotated[Broken, PartOf("radio")]


@dataclass(frozen=True)
class Unwritable:
    """Has a value that no file can hold."""

    place: object = field(default_factory=object)
    reach_m: float = float("inf")


def test_evaluated_peers_exist(refused):
    assert refused("evaluation: {peers: [0, 7, phones, 8, phone]}") == [
        "5:36: evaluation.peers.3: there is no peer 8: the 8 peers count from 0",
        "5:39: evaluation.peers.4: there is no group 'phone'; did you mean 'phones'? Allowed: phones",
    ]


def test_a_radio_graph_needs_a_radio_with_positions(refused, write, minimal):
    radio = "radio: {kind: erasure, rate_bit_per_s: 1e6}\n"
    message = "a graph of kind radio follows from positions, which the radio 'erasure' does not use"
    assert refused(radio + "graph: radio") == [f"6:8: graph: {message}"]
    assert refused(radio) == [f"1:1: graph: {message}"]
    assert load(write(minimal + radio + "graph: ring")).peer_count == 8


def test_a_part_says_what_it_needs_of_the_scenario(write, problems):
    last = f"algorithm: {{kind: '{HERE}:Centralised', remark: loud}}"
    assert problems(write(f"rounds: {{stop_s: 1}}\npeers: {{phones: {{count: 8}}}}\n{last}\n")) == [
        "s.yaml:1:18: rounds.stop_s: is not enough",
        "s.yaml:3:12: algorithm: needs a number of rounds",
        "s.yaml:3:12: algorithm.server: there is no group 'server'",
        f"s.yaml:3:{last.index('loud') + 1}: algorithm.remark: too loud",
    ]


def test_parts_inside_parts_are_asked_too(refused):
    assert refused(f"mobility: {HERE}:Broken") == ["5:11: mobility: the check of Broken failed: KeyError: 'oops'"]
    assert refused(f"medium: {{kind: '{HERE}:Outer', inner: {HERE}:Broken}}") == [
        f"5:{len(HERE) + 33}: medium.inner: the check of Broken failed: KeyError: 'oops'"
    ]


def test_a_group_s_own_mobility_is_asked(write, problems):
    text = f"rounds: {{count: 1}}\npeers:\n  a: {{count: 1, mobility: '{HERE}:Broken'}}\nalgorithm: local_sgd\n"
    assert problems(write(text)) == ["s.yaml:3:27: peers.a.mobility: the check of Broken failed: KeyError: 'oops'"]


def test_parameters_have_to_be_writable(refused):
    lines = refused(f"data: {HERE}:Unwritable")
    assert len(lines) == 1
    assert lines[0].startswith("5:7: data: the value <object object at ")
    assert "the value inf of 'reach_m' of Unwritable cannot be written to a file" in lines[0]


def test_federated_averaging_needs_a_server(write, problems):
    text = "rounds: {count: 1}\npeers: {phones: {count: 8}}\nalgorithm: {kind: fedavg, server: hub}\n"
    assert problems(write(text)) == ["s.yaml:3:35: algorithm.server: there is no group 'hub' among the peers: phones"]
    assert load("s.yaml", ["peers.hub={count: 1, power: mains}"]).peers_of("hub") == range(8, 9)


BASE = {"rounds": {"count": 1}, "peers": {"phones": {"count": 3}}, "algorithm": "local_sgd"}


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"graph": {"kind": "edges", "edges": [[[0, 99]]]}}, "graph", "there are only peers 0 to 2"),
        ({"graph": {"kind": "random_k_out", "k": 3}}, "graph", "needs at least 4 peers"),
        ({"graph": {"kind": "exponential"}}, "graph", "give graph.period_s, or rounds.period_s"),
        ({"mobility": {"kind": "static", "positions_m": [[0, 0]]}}, "mobility", "1 positions_m for 3 peers"),
        (
            {"peers": {"phones": {"count": 1, "mobility": {"kind": "static", "positions_m": [[0, 0], [1, 1]]}}}},
            "peers.phones.mobility",
            "2 positions_m for 1 peers",
        ),
        (
            {"peers": {"phones": {"count": 1, "device": "xiaomi_12_pro"}}},
            "peers.phones.device",
            "does not fit into a board",
        ),
    ],
)
def test_parts_that_cannot_be_together(changes, path, words):
    with pytest.raises(ScenarioError) as error:
        load({**BASE, **changes})
    (problem,) = error.value.problems
    assert problem.path == path
    assert words in problem.message


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"radio": {"kind": "wifi_80211a", "tx_power_dbm": 35.0}}, "radio.tx_power_dbm", "35 dBm are 3.16 W"),
        (
            {"peers": {"phones": {"count": 1, "tx_power_dbm": 33.0}}},
            "peers.phones.tx_power_dbm",
            "the transceiver draws 1.14 W",
        ),
    ],
)
def test_nothing_radiates_more_than_it_draws(changes, path, words):
    with pytest.raises(ScenarioError) as error:
        load({**BASE, **changes})
    (problem,) = error.value.problems
    assert problem.path == path
    assert words in problem.message


def test_a_transceiver_without_watts_may_radiate():
    radio = {"kind": "wifi_80211a", "tx_power_dbm": 35.0, "transceiver": "ideal"}
    assert load({**BASE, "radio": radio}).radio.tx_power_dbm == 35.0


def test_a_radio_graph_may_follow_the_links_of_a_medium(write, minimal):
    media = "medium: {kind: contacts, file: traces/office_contacts.tij}\ngraph: radio\n"
    assert load(write(minimal + "radio: {kind: erasure, rate_bit_per_s: 1e6}\n" + media)).medium.window_s == 20.0


def test_a_trace_that_is_malformed_is_refused_with_its_file_and_line(refused, tmp_path):
    (tmp_path / "a.tcl").write_text("# fine\n$node_(0) set X_ 1\nnonsense\n")
    (found,) = refused(f"mobility: {{kind: ns2_trace, file: {tmp_path / 'a.tcl'}}}")
    assert found.startswith(f"5:35: mobility.file: {tmp_path / 'a.tcl'}:3: must be $node_(I) set X_ v")


def test_a_trace_with_too_few_nodes_is_refused(refused):
    assert refused("mobility: {kind: sumo_fcd, file: traces/crossing.fcd.xml.gz, start_s: 60}") == [
        "5:11: mobility: the trace has 4 nodes from 60 s on, for 8 peers"
    ]


SHADOWS, FADES = {"kind": "log_normal_shadowing", "sigma_db": 3}, {"kind": "rayleigh", "frequency_hz": 5e9}
DISTANCE = {"kind": "log_distance", "exponent": 3.0, "reference_loss_db": 46.7}


@pytest.mark.parametrize(
    ("chain", "said"),
    [
        ([DISTANCE, {"kind": "free_space", "frequency_hz": 5e9}], "one path loss, not log_distance and free_space"),
        ([DISTANCE, FADES, FADES], "one fading, not rayleigh and rayleigh"),
        ([SHADOWS, FADES], "log_normal_shadowing and rayleigh come on top of a path loss, and there is none"),
    ],
)
def test_losses_that_make_no_chain_are_refused(chain, said):
    with pytest.raises(ScenarioError, match=said):
        load({"rounds": {"count": 1}, "peers": {"a": {"count": 2}}, "algorithm": "local_sgd", "propagation": chain})


@pytest.mark.parametrize("chain", [[], [DISTANCE], [DISTANCE, SHADOWS, SHADOWS, FADES]])
def test_one_path_loss_with_what_comes_on_top_is_a_chain(chain):
    load({"rounds": {"count": 1}, "peers": {"a": {"count": 2}}, "algorithm": "local_sgd", "propagation": chain})
