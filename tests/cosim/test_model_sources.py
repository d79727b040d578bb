from dataclasses import dataclass
from typing import ClassVar

from cosim.model_sources import model_sources
from cosim.scenario import load


@dataclass(frozen=True)
class Quoted:
    """A loss with a source."""

    source: ClassVar[str] = "Friis 1946 (A)"
    fixed: ClassVar[bool] = False
    loss: float = 1.0

    def loss_db(self, distance_m, senders, receivers, seed):
        return distance_m * 0.0


def scenario(**sections):
    return load(
        {"rounds": {"count": 1}, "peers": {"a": {"count": 2}, "b": {"count": 2}}, "algorithm": "local_sgd", **sections}
    )


def test_every_part_that_states_its_source_is_listed_where_it_is_used():
    sources = model_sources(scenario(propagation=[Quoted()]))
    assert sources["propagation.0"] == "Friis 1946 (A)"
    assert sources["radio.transceiver"].startswith("ns-3.37 WifiRadioEnergyModel")


def test_equal_parts_are_listed_once_and_different_ones_each():
    sources = model_sources(scenario(propagation=[Quoted(), Quoted(), Quoted(loss=2.0)]))
    assert [place for place in sources if place.startswith("propagation")] == ["propagation.0", "propagation.2"]
