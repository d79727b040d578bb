from cosim.scenario.node import Position
from cosim.scenario.problem import Problem, ScenarioError, problem


def test_a_problem_is_one_line_with_its_place_and_path():
    assert (
        str(problem(Position("a.yaml", 3, 7), ("propagation", 1, "x"), "is\nwrong"))
        == "a.yaml:3:7: propagation.1.x: is wrong"
    )


def test_a_problem_of_the_whole_document_has_a_path_too():
    assert str(problem(Position("a.yaml"), (), "is wrong")) == "a.yaml:1:1: scenario: is wrong"


def test_keys_that_cannot_be_printed_stay_on_one_line():
    assert str(problem(Position("a"), ("x\ny",), "m")) == "a:1:1: 'x\\ny': m"


def test_an_error_lists_each_problem_once_in_the_order_of_the_file():
    late, early = Problem("f", 10, 1, "b", "m"), Problem("f", 2, 30, "a", "m")
    error = ScenarioError([late, early, late])
    assert error.problems == (early, late)
    assert str(error) == "f:2:30: a: m\nf:10:1: b: m"
