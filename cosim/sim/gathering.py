"""What the hearers of a repeated broadcast have of it, and what its sender was told they lack."""

from collections.abc import Sequence

from cosim.sim.medium import Content, Fragments
from radio_models.units import BITS_PER_BYTE


class Gathering:
    """One message on its way to several hearers, in turns.

    Attributes:
        last: no turn follows: what has arrived by then is handed over, complete or not.
    """

    def __init__(self, content: Content, fragments: int, full_bytes: int, hearers: Sequence[int]) -> None:
        """A message of so many fragments, before anything of it was sent."""
        self.last = False
        self._content = content
        self._full_bits = BITS_PER_BYTE * full_bytes
        self._whole: Fragments = (True,) * fragments
        self._has = {hearer: [False] * fragments for hearer in hearers}
        self._sent: Sequence[int] = ()
        self._told: dict[int, list[int]] = {}

    def lacking(self) -> list[int]:
        """Hearers that know of the message and do not have all of it."""
        return [hearer for hearer, has in self._has.items() if True in has and False in has]

    def reporters(self) -> tuple[int, ...]:
        """Hearers of whom the sender knows that they lack something."""
        return tuple(self._told)

    def turn(self) -> Content:
        """What to broadcast now: the whole message first, then what was reported."""
        first = not self._sent
        self._sent = range(len(self._whole)) if first else sorted({i for lacked in self._told.values() for i in lacked})
        self._told = {}
        last = len(self._whole) - 1
        rest_bits = self._content.bits - self._full_bits * last
        air_bits = sum(rest_bits if i == last else self._full_bits for i in self._sent)
        return self._content.carried(self._content.bits if first else 0, air_bits, self._arrive)

    def _arrive(self, hearer: int, fragments: Fragments) -> Fragments:
        """Note what arrived; what the hearer is handed: everything once, and before the last turn nothing else."""
        has = self._has[hearer]
        if False not in has:
            return ()
        for i, arrived in zip(self._sent, fragments, strict=True):
            has[i] |= arrived
        if False not in has:
            return self._whole
        return tuple(has) if self.last else ()

    def report(self, hearer: int) -> Content:
        """What a hearer tells the sender, a bit per fragment; no program sees it."""
        lacked = [i for i, has in enumerate(self._has[hearer]) if not has]

        def told(_: int, fragments: Fragments) -> Fragments:
            if False not in fragments:
                self._told[hearer] = lacked
            return ()

        return Content(None, 1.0, (), self._content.tag, 0).carried(0, len(self._whole), told)
