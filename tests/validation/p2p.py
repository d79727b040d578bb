"""`wifi_p2p.csv`: one saturated 802.11a sender and its receiver, over distance, held against the closed form."""

import math
from collections.abc import Sequence

from quantity import Point, Quantity
from scipy.optimize import brentq

from radio_models import wifi
from radio_models.dcf import Dcf
from radio_models.error_rate import chunk_success_rate
from radio_models.lone_sender import HEADER_S, LoneSender, Reception, lone_sender
from radio_models.wifi_modes import Mode

TABLE = "wifi_p2p.csv"
PREAMBLE_DETECT_S = 20e-6
"""ns-3.37 gives up an acknowledgement SIFS + slot + this after the frame."""
WATTS = {"tx": 3.0 * 0.380, "rx": 3.0 * 0.313, "idle": 3.0 * 0.273}
"""Defaults of ns-3.37 `WifiRadioEnergyModel` and `BasicEnergySource`; CCA busy counts as idle."""
CLIFF = (0.005, 0.995)
"""Between these probabilities of failure a row is compared on the axis of SNR."""

Row = dict[str, str]


def ofdm_dcf(rate: Mode) -> Dcf:
    """DCF of 802.11a as in the table's header."""
    slot_s, sifs_s = wifi.OFDM.slot_us * 1e-6, wifi.sifs_s(wifi.OFDM)
    return Dcf(slot_s, sifs_s, wifi.difs_s(wifi.OFDM), 15, 1023, 7, wifi.ack_s(rate, wifi.OFDM),
               sifs_s + slot_s + PREAMBLE_DETECT_S)  # fmt: skip


def rate_of(row: Row) -> Mode:
    """The rate of a row."""
    return wifi.ofdm_rate(round(float(row["rate_Mbps"]) * 1e6))


def reception(frame_s: float, rate: Mode, snr_db: float, *, detected: float = 1.0) -> Reception:
    """NIST chances of a frame: 24 bits of SIGNAL, then all bits that fit in its symbols of data (as ns-3 counts)."""
    header = _success(snr_db, wifi.ofdm_rate(6e6), 24.0)
    return Reception(detected, header, _success(snr_db, rate, (frame_s - HEADER_S) * rate.bit_per_s))


def _success(snr_db: float, rate: Mode, bits: float) -> float:
    return float(chunk_success_rate(snr_db, rate.constellation, rate.code_numerator, bits))


def detected(row: Row) -> float:
    """Whether preambles are found at the level of a row."""
    if row["preamble_detection"] == "none":
        return 1.0
    found = float(row["snr_dB"]) >= wifi.PREAMBLE_SNR_DB and float(row["rx_dBm"]) >= wifi.PREAMBLE_RX_DBM
    return float(found)


def modelled(row: Row, snr_db: float | None = None) -> LoneSender:
    """The closed form for a row, at its SNR or another one."""
    snr_db = float(row["snr_dB"]) if snr_db is None else snr_db
    rate, found = rate_of(row), detected(row)
    frame_s = float(wifi.ppdu_s(int(row["msdu_bytes"]) + 36, rate, wifi.OFDM))
    dcf = ofdm_dcf(rate)
    data = reception(frame_s, rate, snr_db, detected=found)
    return lone_sender(dcf, frame_s, data, reception(dcf.ack_s, wifi.ack_mode(rate), snr_db, detected=found))


def quantities(rows: Sequence[Row]) -> list[Quantity]:
    """All quantities of the table."""
    pairs = [(row, modelled(row)) for row in rows]
    steep = [row for row in rows if CLIFF[0] < float(row["attempt_fail_prob"]) < CLIFF[1]]
    clear = [(row, ours) for row, ours in pairs if float(row["attempt_fail_prob"]) <= CLIFF[0]]
    return [
        Quantity("802.11a pair: attempts per frame", TABLE, [_attempts(row, ours) for row, ours in pairs], 0.03,
                 "relative", x_label="SNR [dB]"),
        Quantity("802.11a pair: SNR of the measured attempts per frame", TABLE, [_snr(row) for row in steep], 0.05,
                 unit="dB", x_label="SNR [dB]", note="Rows where an attempt fails with 0.5 to 99.5 %."),
        Quantity("802.11a pair: goodput", TABLE, [_goodput(row, ours) for row, ours in clear], 0.01, "relative",
                 "Mb/s", x_label="SNR [dB]", note="Rows where at most 0.5 % of the attempts fail."),
        Quantity("802.11a pair: loss after ARQ, p^7", TABLE, [_loss(row) for row in rows], 0.01,
                 x_label="loss p of an attempt"),
        Quantity("802.11a pair: head-of-line latency", TABLE, [_latency(row, ours) for row, ours in clear], 0.01,
                 "relative", "ms", x_label="SNR [dB]", note="Rows where at most 0.5 % of the attempts fail."),
        Quantity("802.11a pair: shares of time in transmit, receive, CCA busy", TABLE,
                 [point for row, ours in pairs for point in _states(row, ours)], 0.01, x_label="SNR [dB]"),
        Quantity("802.11a pair: energy", TABLE, [point for row, ours in pairs for point in _energy(row, ours)], 0.01,
                 "relative", "J", "SNR [dB]"),
        Quantity("802.11a pair: energy for given state times", TABLE,
                 [point for row in rows for point in given_times(row)], 0.01, "relative", "J", "SNR [dB]"),
    ]  # fmt: skip


def _series(row: Row) -> str:
    return f"{row['rate_Mbps']} Mb/s, {row['preamble_detection']}"


def _frames(row: Row) -> float:
    return max(float(row["attempts"]) / float(row["attempts_per_frame"]), 1.0)


def _attempts(row: Row, ours: LoneSender) -> Point:
    # The number of attempts of a frame scatters by at most half of its range, 7 - 1.
    failure = min(max(float(row["attempt_fail_prob"]), 0.0), 1.0)
    error = 3.0 * math.sqrt(failure * (1.0 - failure) / _frames(row))
    return Point(_series(row), float(row["snr_dB"]), ours.attempts_per_frame, float(row["attempts_per_frame"]), error)


def _snr(row: Row) -> Point:
    """The SNR at which an attempt fails as often as measured, beside that of the row."""
    theirs, snr_db = float(row["attempt_fail_prob"]), float(row["snr_dB"])
    rate, found = rate_of(row), detected(row)
    frame_s = float(wifi.ppdu_s(int(row["msdu_bytes"]) + 36, rate, wifi.OFDM))
    ack_s = wifi.ack_s(rate, wifi.OFDM)

    def excess(candidate_db: float) -> float:
        data = reception(frame_s, rate, candidate_db, detected=found)
        return 1.0 - data.success * reception(ack_s, wifi.ack_mode(rate), candidate_db, detected=found).success - theirs

    slope = (excess(snr_db + 0.05) - excess(snr_db - 0.05)) / 0.1
    scatter = math.sqrt(theirs * (1.0 - theirs) / float(row["attempts"]))
    error = scatter / abs(slope) if slope else 0.0
    if excess(snr_db - 1.0) * excess(snr_db + 1.0) > 0.0:
        return Point(_series(row), snr_db, math.inf, snr_db)
    return Point(_series(row), snr_db, float(brentq(excess, snr_db - 1.0, snr_db + 1.0)), snr_db, error)


def _goodput(row: Row, ours: LoneSender) -> Point:
    mbps = ours.goodput_bit_per_s(8 * int(row["msdu_bytes"])) / 1e6
    return Point(_series(row), float(row["snr_dB"]), mbps, float(row["goodput_Mbps"]))


def _loss(row: Row) -> Point:
    failure, loss = float(row["attempt_fail_prob"]), float(row["loss_fraction"])
    error = math.sqrt(max(loss * (1.0 - loss), 0.0) / _frames(row))
    return Point(_series(row), failure, failure**7, loss, error)


def _latency(row: Row, ours: LoneSender) -> Point:
    return Point(_series(row), float(row["snr_dB"]), 1e3 * ours.latency_s, float(row["hol_latency_ms"]))


def _states(row: Row, ours: LoneSender) -> list[Point]:
    seconds, snr_db = float(row["sim_s"]), float(row["snr_dB"])
    points = list[Point]()
    for end, shares in (("sender", ours.sender), ("receiver", ours.receiver)):
        for state, share in (("tx", shares.transmit), ("rx", shares.receive), ("ccabusy", shares.cca_busy)):
            theirs = float(row[f"{state}_s_{end}"]) / seconds
            points.append(Point(f"{_series(row)}, {end} {state}", snr_db, share, theirs))
    return points


def _energy(row: Row, ours: LoneSender) -> list[Point]:
    return [
        Point(f"{_series(row)}, {end}", float(row["snr_dB"]),
              shares.power_w(WATTS["tx"], WATTS["rx"], WATTS["idle"], WATTS["idle"]) * float(row["sim_s"]),
              float(row[f"energy_J_{end}"]))
        for end, shares in (("sender", ours.sender), ("receiver", ours.receiver))
    ]  # fmt: skip


def given_times(row: Row) -> list[Point]:
    """Energy from the measured seconds per state."""
    points = list[Point]()
    for end in ("sender", "receiver"):
        transmit_s, receive_s = float(row[f"tx_s_{end}"]), float(row[f"rx_s_{end}"])
        idle_s = float(row["sim_s"]) - transmit_s - receive_s
        joules = WATTS["tx"] * transmit_s + WATTS["rx"] * receive_s + WATTS["idle"] * idle_s
        points.append(Point(f"{_series(row)}, {end}", float(row["snr_dB"]), joules, float(row[f"energy_J_{end}"])))
    return points
