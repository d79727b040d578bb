"""At which of its rates a Wi-Fi radio sends: the parts of the section `rate_control`, within a Wi-Fi radio."""

from typing import Annotated, ClassVar, NamedTuple, Protocol, final, runtime_checkable

from pydantic import Field

from cosim.part import Count, part


@runtime_checkable
class RateControl(Protocol):
    """A way to choose the rate of data frames; the rates of a radio are numbered from the slowest."""

    @property
    def max_per(self) -> float | None:
        """Chosen is the fastest rate that loses at most this share of full frames; None where losses do not decide."""
        ...

    @property
    def learns(self) -> bool:
        """Whether the rate follows from what became of earlier frames: such a medium must send frame by frame."""
        ...


@final
@part
class FixedRate:
    """The rate of the radio."""

    source: ClassVar[str] = "fixed rate, as configured"

    @property
    def max_per(self) -> None:
        """Losses do not decide."""
        return None

    @property
    def learns(self) -> bool:
        """Never."""
        return False


@final
@part
class IdealRate:
    """The fastest rate whose mean frame error rate at the receiver's SNR is at most a target, known without cost.

    An oracle: the sender knows the mean SNR at the worst of its intended hearers when a message begins. Like ns-3's
    `IdealWifiManager`, except that that asks for a bit error rate of 1e-6 at the SNR of the last answer. Where no rate
    is good enough the most robust one is taken; channel width and guard interval stay as they are.

    Attributes:
        max_per: largest share of full frames that may be lost.
    """

    source: ClassVar[str] = "fastest rate below a frame error rate; after G. Holland et al., RBAR, MobiCom 2001"

    max_per: Annotated[float, Field(gt=0, lt=1)] = 0.1

    @property
    def learns(self) -> bool:
        """Never."""
        return False


@final
@part
class Arf:
    """Auto rate fallback (A. Kamerman, L. Monteban, "WaveLAN-II", Bell Labs Technical Journal 2(3), 1997).

    After so many successive acknowledgements, or so many frames since the last change, the next faster rate is
    probed; a probe whose first frame fails goes back at once, and otherwise so many successive failures go one down.
    The timer counts frames, as in ns-3's `ArfWifiManager`. A link begins at the radio's own rate.

    Attributes:
        up_after: successive acknowledgements that raise the rate.
        down_after: successive failures that lower it.
        timer_frames: frames after which it is raised all the same.
    """

    source: ClassVar[str] = "auto rate fallback: Kamerman & Monteban, Bell Labs Technical Journal 1997"

    up_after: Count = 10
    down_after: Count = 2
    timer_frames: Count = 15

    @property
    def max_per(self) -> None:
        """Losses do not decide by themselves."""
        return None

    @property
    def learns(self) -> bool:
        """From every frame."""
        return True

    def start(self, rate: int, rates: int) -> "ArfState":
        """The state of a link that begins at one of so many rates."""
        return ArfState(self, rates - 1, rate)


class ArfState(NamedTuple):
    """What a sender remembers of a link; `rate` numbers the rate of its next frame."""

    control: Arf
    fastest: int
    rate: int
    successes: int = 0
    failures: int = 0
    timer: int = 0
    probing: bool = False
    """The next frame is the first one at a rate that was just raised."""

    def after(self, success: bool) -> "ArfState":
        """The state once a frame was acknowledged, or was not."""
        return self._after_success() if success else self._after_failure()

    def _after_success(self) -> "ArfState":
        successes, timer = self.successes + 1, self.timer + 1
        due = successes >= self.control.up_after or timer >= self.control.timer_frames
        if due and self.rate < self.fastest:
            return ArfState(self.control, self.fastest, self.rate + 1, probing=True)
        return self._replace(successes=successes, failures=0, timer=timer, probing=False)

    def _after_failure(self) -> "ArfState":
        failures = self.failures + 1
        if self.probing or failures >= self.control.down_after:
            return ArfState(self.control, self.fastest, max(self.rate - 1, 0))
        return self._replace(successes=0, failures=failures, timer=self.timer + 1)
