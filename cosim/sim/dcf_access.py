"""The distributed coordination function of IEEE 802.11, station by station and slot by slot.

IEEE Std 802.11-2012, 9.3.4: a frame handed to a station that senses an idle channel, with no backoff running, goes out
after DIFS; all others wait for a backoff of 0 to CW slots, which runs while the channel has been idle for DIFS and
stands while it is busy. After a failed attempt the window doubles, after a success or the last attempt it is CWmin
again; after each transmission a backoff runs, with something to send or without. After a frame received with errors
EIFS takes the place of DIFS. Who decodes a frame for somebody else takes the channel as busy until its acknowledgement
is over, heard or not (network allocation vector, 9.3.2.4). Slots of stations that sensed the same end of a frame are
aligned.

A preamble is noticed 4 us after it began: who begins meanwhile collides. Propagation takes no time.
"""

from typing import final

import numpy as np
from numpy.typing import NDArray

from cosim.sim.access import NEVER_S, Answer, Draws, Due, Peers
from cosim.sim.air import Air
from cosim.sim.sensing import PREAMBLE_DETECTION_S
from cosim.sim.wifi_radio import Wifi
from radio_models.dcf import Dcf

BUSY_DBM = -82.0
"""Level from which on 802.11 signals make the channel busy, with a preamble found or missed (IEEE Std 802.11-2012,
18.3.10.6, and ns-3.37 `WifiPhy::CcaSensitivity`). A station that missed a preamble because it was receiving something
else thus still waits for the end of that frame."""


@final
class DcfAccess:
    """All stations under DCF."""

    label = "csma_ca (802.11 DCF)"
    detection_s = PREAMBLE_DETECTION_S
    senses = True
    busy_dbm = BUSY_DBM

    def __init__(self, dcf: Dcf, eifs_s: float, stations: int, seed: int) -> None:
        """Begin with idle channels.

        Args:
            dcf: slots, interframe spaces and windows.
            eifs_s: interframe space after a frame with errors: SIFS + DIFS + an acknowledgement at the lowest rate.
            stations: number of stations.
            seed: of the backoffs.
        """
        self.answer: Answer | None = Answer(dcf.sifs_s, dcf.ack_timeout_s)
        self._slot_s, self._difs_s = dcf.slot_s, dcf.difs_s
        self._errors_s = eifs_s - dcf.difs_s
        self._cw_min, self._cw_max = dcf.cw_min, dcf.cw_max
        self._draws = Draws(seed, "backoff", stations)
        self._window = [dcf.cw_min] * stations
        self._slots = np.zeros(stations, dtype=np.int64)
        self._idle_s = np.zeros(stations)
        # Until when each waits after errors (without DIFS), and for how long others have reserved the channel (NAV).
        self._wary_s = np.zeros(stations)
        self._reserved_s = np.zeros(stations)
        self._wants = np.zeros(stations, dtype=np.bool_)
        self._planned_s = np.full(stations, NEVER_S)
        # Who sends after DIFS without a backoff, unless the channel becomes busy before.
        self._direct = np.zeros(stations, dtype=np.bool_)

    def request(self, peer: int, now_s: float, busy: bool) -> None:
        """See Access."""
        if busy or self._reserved_s[peer] > now_s:
            if self._slots[peer] == 0:
                self._draw(peer)
        elif self._idle_s[peer] + self._difs_s + self._slots[peer] * self._slot_s <= now_s or self._slots[peer] == 0:
            # No backoff runs: after DIFS, if the channel stays idle.
            self._slots[peer] = 0
            self._idle_s[peer] = max(float(self._idle_s[peer]), now_s)
            self._direct[peer] = True
        self._plan(peer, busy)

    def proceed(self, peer: int, now_s: float, busy: bool) -> None:
        """See Access."""
        self._plan(peer, busy)

    def _plan(self, peer: int, busy: bool) -> None:
        self._wants[peer] = True
        if not busy:
            self._planned_s[peer] = self._idle_s[peer] + self._difs_s + self._slots[peer] * self._slot_s

    def finished(self, peer: int, now_s: float, ok: bool, again: bool) -> None:
        """See Access."""
        self._window[peer] = min(2 * self._window[peer] + 1, self._cw_max) if again else self._cw_min
        self._idle_s[peer] = max(float(self._idle_s[peer]), now_s)
        self._draw(peer)

    def _draw(self, peer: int) -> None:
        self._slots[peer] = int(self._draws.next(peer) * (self._window[peer] + 1))

    def transmitted(self, peer: int, begin_s: float, end_s: float) -> None:
        """Only the channel limits who may send."""

    def withdraw(self, peer: int) -> None:
        """See Access."""
        self._wants[peer] = self._direct[peer] = False
        self._planned_s[peer] = NEVER_S

    def became_busy(self, peers: Peers, now_s: float) -> None:
        """See Access."""
        self._count(peers, now_s)
        self._planned_s[peers] = NEVER_S
        direct = peers[self._direct[peers]]
        if len(direct):
            self._direct[direct] = False
            for peer in direct.tolist():
                self._draw(peer)

    def _count(self, peers: Peers, now_s: float) -> None:
        """Take off the slots that have passed since the channel was idle for DIFS."""
        passed = now_s - self._difs_s - self._idle_s[peers]
        passed /= self._slot_s
        np.maximum(passed, 0.0, out=passed)
        slots = self._slots[peers]
        slots -= np.minimum(passed, slots).astype(np.int64)
        self._slots[peers] = slots

    def heard(self, peers: Peers, came: NDArray[np.bool_], now_s: float, reserved_s: float) -> None:
        """See Access. After errors EIFS begins here, whatever else is on the air; it ends with a frame that came."""
        if came.all():
            self._wary_s[peers] = 0.0
        else:
            self._wary_s[peers] = np.where(came, 0.0, now_s + self._errors_s)
            peers = peers[came]
        if reserved_s > 0.0:
            self._reserved_s[peers] = np.maximum(self._reserved_s[peers], now_s + reserved_s)

    def became_idle(self, peers: Peers, now_s: float) -> None:
        """See Access."""
        since_s = np.maximum(self._wary_s[peers], self._reserved_s[peers])
        self._idle_s[peers] = np.maximum(since_s, now_s, out=since_s)
        wanting = peers[self._wants[peers]]
        self._planned_s[wanting] = self._idle_s[wanting] + self._difs_s + self._slots[wanting] * self._slot_s

    def next_s(self) -> float:
        """See Access."""
        return float(self._planned_s.min())

    def due(self, now_s: float, air: Air) -> Due:
        """See Access."""
        (sending,) = np.nonzero(self._planned_s <= now_s)
        self._planned_s[sending] = NEVER_S
        self._wants[sending] = self._direct[sending] = False
        self._slots[sending] = 0
        return Due(sending.tolist(), [])


def dcf_access(radio: Wifi, stations: int, seed: int) -> DcfAccess:
    """Stations with a Wi-Fi radio; EIFS reckons with an acknowledgement to the slowest rate (9.3.7)."""
    dcf = radio.dcf
    slowest_s = max(each.ack_airtime_s for each in radio.at_each_rate())
    return DcfAccess(dcf, dcf.sifs_s + dcf.difs_s + slowest_s, stations, seed)
