from cosim import plugins
from cosim.scenario import shipped


def test_list_has_every_scenario_section_and_kind(cosim):
    done = cosim("list")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    for name in shipped():
        assert any(line.startswith(f"  {name} ") for line in lines)
    for section in plugins.sections():
        assert section in lines
        for kind in plugins.kinds(section):
            assert any(line.startswith(f"  {kind}:") or line == f"  {kind}" for line in lines)


def test_list_of_a_section_has_parameters_with_range_and_default(cosim):
    lines = cosim("list", "algorithm").stdout.splitlines()
    assert lines[0] == "algorithm"
    assert "      fraction: float > 0 <= 1, default 1.0" in lines
    assert "scenarios" not in lines


def test_scenarios_are_listed_with_what_they_show(cosim):
    lines = cosim("list", "scenarios").stdout.splitlines()[1:]
    assert len(lines) == len(shipped())
    assert all(len(line.split(maxsplit=1)[1]) > 20 for line in lines)


def test_a_misspelt_section_gets_a_suggestion(cosim):
    done = cosim("list", "algoritm")
    assert done.exit_code == 2
    assert "did you mean 'algorithm'?" in done.stderr
