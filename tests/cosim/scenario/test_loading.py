import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cosim.scenario import Scenario, ScenarioError, load, loading, resolved_yaml, shipped

REPEATABLE = settings(deadline=None, derandomize=True)
REPEATABLE_WITH_FILES = settings(
    deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
"""Each example writes the same file anew."""

ROOTS = [str(Path(path).resolve()) for path in sys.path]
HEAVY = ("torch", "sklearn", "matplotlib", "pandas", "simpy", "networkx", "pyarrow", "rich", "typer")


def test_validation_imports_nothing_heavy(write, minimal):
    code = (
        "import sys; from cosim.scenario import load, resolved_yaml, digest, json_schema; "
        f"scenario = load({write(minimal)!r}); resolved_yaml(scenario); digest(scenario); json_schema(); "
        "print(*sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(ROOTS)}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment)
    assert run.stderr == ""
    modules = run.stdout.split()
    assert "cosim.scenario.schema" in modules
    assert [module for module in modules if module.partition(".")[0] in HEAVY] == []


def test_a_file_without_a_name_is_called_after_its_file(write, minimal):
    text = minimal.replace("name: minimal\n", "")
    assert load(write(text, "my run-2.yaml")).name == "my_run-2"
    assert load(write(text, "_.yaml")).name == "unnamed"
    assert load(write(minimal, "other.yaml")).name == "minimal"


def test_a_mapping_is_a_scenario(minimal):
    assert load({"rounds": {"count": 1}, "peers": {"a": {"count": 2}}, "algorithm": "local_sgd"}).peer_count == 2


def test_overrides_change_single_values(write, minimal):
    path = write(minimal)
    changed = load(path, ["radio.tx_power_dbm=3", "graph.kind=random_k_out", "graph.k=2", "propagation.0.exponent=2.5"])
    assert (changed.radio.tx_power_dbm, changed.graph.k, changed.propagation[0].exponent) == (3.0, 2, 2.5)
    assert load(path, {"radio.tx_power_dbm": 3}).radio == changed.radio
    assert load(path, {"propagation": {"0": {"exponent": 2.5}}}).propagation == changed.propagation
    assert load(path, ["peers.phones.device.idle_w=2"]).peers["phones"].device.idle_w == 2.0
    assert load(path, ["radio.transceiver.sleep_w=0"]).radio.transceiver.sleep_w == 0.0


def test_wrong_overrides_have_positions(write, minimal, problems):
    lines = problems(write(minimal), ["radio.tx_powr_dbm=3", "rounds.count=none", "oops"])
    assert lines[0].startswith("--set:1:7: radio.tx_powr_dbm: unknown key 'tx_powr_dbm'; did you mean 'tx_power_dbm'?")
    assert lines[1:] == [
        "--set:2:14: rounds.count: must be a whole number, not 'none'",
        "--set:3:1: scenario: an override is written path.to.key=value, not 'oops'",
    ]


def test_what_an_override_leaves_out_is_missing_in_the_file(write, problems):
    path = write("rounds: {count: 1}\npeers: {a: {}}\n")
    assert problems(path, ["peers.a.join_s=1"]) == [
        "s.yaml:1:1: algorithm: is required, but missing",
        "s.yaml:2:12: peers.a.count: is required, but missing",
    ]


def test_a_scenario_extends_another(write, minimal):
    write(minimal + "graph: {kind: random_k_out, k: 3}\nradio: {max_attempts: 3}\n", "below/parent.yaml")
    write("extends: parent.yaml\nradio: {tx_power_dbm: 3}\n", "below/middle.yaml")
    child = load(write("extends: below/middle.yaml\ngraph: ring\npeers: {cars: {count: 2}}\n", "child.yaml"))
    assert (child.name, child.peer_count, list(child.peers)) == ("child", 10, ["phones", "cars"])
    assert (child.radio.max_attempts, child.radio.tx_power_dbm) == (3, 3.0)
    assert child.graph == load({"extends": "below/parent.yaml", "graph": "ring"}).graph


def test_a_changed_kind_drops_the_parameters_of_a_default(write, minimal):
    write(minimal + "graph: {max_per: 0.2}\nmobility: {pause_s: 3}\n", "parent.yaml")
    child = load(
        write("extends: parent.yaml\ngraph: {kind: radio, sample_s: 2}\nmobility: {kind: circle, radius_m: 9}\n")
    )
    assert (child.graph.max_per, child.graph.sample_s, child.mobility.radius_m) == (0.2, 2.0, 9.0)


def test_problems_of_a_parent_are_shown_in_the_parent(write, minimal, problems):
    write(minimal.replace("50", "-50") + "radio: {max_attempts: .inf}\n", "parent.yaml")
    child = write("extends: parent.yaml\ntraining: {local_steps: 0}\n", "child.yaml")
    assert problems(child) == [
        "child.yaml:2:25: training.local_steps: must be at least 1, not 0",
        "parent.yaml:2:17: rounds.count: must be at least 1, not -50",
        "parent.yaml:5:23: radio.max_attempts: must be a finite number, not .inf",
    ]


@pytest.mark.parametrize("middle", ["child.yaml", "./child.yaml"])
def test_circles_are_refused(write, problems, middle):
    write(f"extends: {middle}\n", "middle.yaml")
    assert problems(write("extends: middle.yaml\n", "child.yaml")) == [
        "middle.yaml:1:10: extends: a scenario cannot extend itself: child.yaml -> middle.yaml -> child.yaml"
    ]


def test_a_parent_has_to_be_there(write, problems, minimal):
    assert problems(write("extends: nowhere.yaml\n")) == [
        "s.yaml:1:10: extends: there is no file 'nowhere.yaml', nor a shipped scenario of this name"
        + loading.suggestion("nowhere", shipped())
    ]
    assert problems(write("extends: [a]\n" + minimal)) == [
        "s.yaml:1:10: extends: must be a file or the name of a shipped scenario"
    ]
    assert problems(write("extends: bad.yaml\na: .nan")) == problems("s.yaml")


def test_a_parent_that_cannot_be_read_says_why(write, problems):
    write("a: [", "bad.yaml")
    assert problems(write("extends: bad.yaml\nname: .nan\n")) == [
        "bad.yaml:1:5: a: no valid YAML: while parsing a flow node expected the node content, but found '<stream end>'",
        "s.yaml:2:7: name: must be a finite number, not .nan",
    ]


@pytest.fixture
def shelf(tmp_path, monkeypatch, minimal):
    """A package of shipped scenarios."""
    package = tmp_path / "shelf"
    package.mkdir()
    (package / "quickstart.yaml").write_text(minimal)
    (package / "small_one.yaml").write_text("extends: quickstart\npeers: {phones: {count: 2}}\n")
    (package / "README.md").write_text("no scenario")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(loading, "SHIPPED_PACKAGE", "shelf")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_shipped_scenarios_are_found_by_name(shelf):
    assert list(shipped()) == ["quickstart", "small_one"]
    assert load("small_one").peer_count == 2
    assert load({"extends": "small_one"}).peer_count == 2


def test_a_folder_does_not_hide_a_shipped_scenario_but_a_file_does(shelf, minimal):
    (shelf / "quickstart").mkdir()
    assert load("quickstart").peer_count == 8
    (shelf / "small_one").write_text(minimal.replace("8", "3"))
    assert load("small_one").peer_count == 3


def test_an_unknown_name_is_answered_with_the_nearest(shelf, problems):
    assert problems("quickstrat") == [
        "quickstrat:1:1: scenario: there is no file 'quickstrat', nor a shipped scenario of this name; "
        "did you mean 'quickstart'? Allowed: quickstart, small_one"
    ]


def test_without_the_package_nothing_is_shipped(monkeypatch):
    monkeypatch.setattr(loading, "SHIPPED_PACKAGE", "no_such_package_at_all")
    assert shipped() == {}


@pytest.mark.parametrize("name", ["", "a\0b", "x" * 5000, "."])
def test_names_that_no_file_can_have(problems, name):
    assert len(problems(name)) == 1


BAD_FILES = [
    b"",
    b"\x89PNG\r\n\x1a\n\x00\x00",
    bytes(range(256)),
    b"a:\n\tb: 1\n",
    b"name: x\nname: y\n",
    b"rounds: {count: .nan}\n",
    b"a: !!python/object/apply:os.system ['true']\n",
    b"x" * 10_000_000,
    b"a: &a [x, x]\n"
    + b"".join(b"a%d: &b%d [*%s, *%s]\n" % (n, n, p, p) for n in range(30) for p in [b"b%d" % (n - 1) if n else b"a"]),
]


@pytest.mark.parametrize("content", BAD_FILES, ids=range(len(BAD_FILES)))
def test_each_bad_file_is_refused_with_places(write, problems, content):
    lines = problems(write(content))
    assert lines
    assert all(line.startswith("s.yaml:") and line.count(": ") >= 2 for line in lines)


@REPEATABLE_WITH_FILES
@given(content=st.binary(max_size=300))
def test_arbitrary_bytes_never_end_in_another_error(write, content):
    with pytest.raises(ScenarioError):
        load(write(content))


@REPEATABLE_WITH_FILES
@given(data=st.data())
def test_a_damaged_scenario_is_read_or_refused(write, minimal, data):
    text = (
        minimal
        + "radio: {kind: wifi_80211a, transceiver: ns3_wifi}\npropagation: [{kind: free_space, frequency_hz: 5e9}]\n"
    )
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(start + 5, len(text))))
    damaged = text[:start] + data.draw(st.text(max_size=5)) + text[end:]
    try:
        assert isinstance(load(write(damaged.encode("utf-8", "surrogatepass"))), Scenario)
    except ScenarioError as error:
        assert error.problems


@REPEATABLE
@given(
    st.lists(
        st.text(max_size=30) | st.from_regex(r"[a-z]{1,3}(\.[a-z0-9]{1,3})*=[a-z0-9\[\]{}:, .]*", fullmatch=True),
        max_size=3,
    )
)
def test_arbitrary_overrides_never_end_in_another_error(overrides):
    mapping = {"rounds": {"count": 1}, "peers": {"a": {"count": 1}}, "algorithm": "local_sgd"}
    try:
        assert isinstance(load(mapping, overrides), Scenario)
    except ScenarioError as error:
        assert error.problems


@pytest.mark.parametrize("name", list(shipped()))
def test_every_shipped_scenario_is_right_and_survives_its_text(write, name):
    scenario = load(name)
    assert scenario.name == name
    assert load(write(resolved_yaml(scenario))) == scenario


@pytest.mark.parametrize("text", ["[1, 2]\n", "5\n", "quickstart\n"])
def test_a_file_that_is_no_mapping_is_refused_at_its_place(tmp_path, text):
    file = tmp_path / "list.yaml"
    file.write_text(text)
    with pytest.raises(ScenarioError) as error:
        load(file)
    (problem,) = error.value.problems
    assert (problem.file, problem.line, problem.column) == (str(file), 1, 1)
    assert "a scenario is a mapping" in problem.message
