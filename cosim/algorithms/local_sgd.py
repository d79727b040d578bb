"""Local SGD without communication: what a peer learns alone.

The baseline below every decentralised algorithm: n independent runs of SGD, zero bytes.
"""

from typing import final

from cosim.part import part
from cosim.peer import Peer, Program


@final
@part
class LocalSgd:
    """Every peer trains on its own samples and talks to nobody."""

    def program(self, peer: Peer) -> Program:
        """The program of one peer."""
        model = peer.initial_model
        for round_index in peer.rounds():
            model = yield peer.train(model)
            peer.observe(model, tag=round_index)
