"""Scenarios: what a user writes, checked, with every default filled in."""

from cosim.scenario.json_schema import json_schema
from cosim.scenario.loading import load, shipped
from cosim.scenario.problem import Problem, ScenarioError
from cosim.scenario.resolved import digest, resolved_tree, resolved_yaml
from cosim.scenario.schema import Evaluation, Execution, PeerGroup, Recording, Rounds, Scenario, Seeds, Training

__all__ = [
    "Evaluation",
    "Execution",
    "PeerGroup",
    "Problem",
    "Recording",
    "Rounds",
    "Scenario",
    "ScenarioError",
    "Seeds",
    "Training",
    "digest",
    "json_schema",
    "load",
    "resolved_tree",
    "resolved_yaml",
    "shipped",
]
