"""Time and joules of transfers, and the number of repetitions, in closed form."""

import math
from typing import Any

import numpy as np
import pytest

REL = 1e-9
PAYLOAD_BYTES = 43 * 4
"""A model of 43 parameters in single precision: 4 x 5 + 5 + 5 x 3 + 3."""


def ppdu_s(payload_bytes: int, data_bits_per_symbol: int) -> float:
    """IEEE 802.11-2012, 18.4.3: preamble 16 us, SIGNAL 4 us, symbols of 4 us; 16 service and 6 tail bits.

    The PSDU has 24 bytes of header, 8 of LLC/SNAP and 4 of FCS beside the payload.
    """
    return 1e-6 * (20 + 4 * math.ceil((16 + 6 + 8 * (24 + 8 + 4 + payload_bytes)) / data_bits_per_symbol))


def ack_s(data_bits_per_symbol: int) -> float:
    """14 bytes."""
    return 1e-6 * (20 + 4 * math.ceil((16 + 6 + 8 * 14) / data_bits_per_symbol))


BACKOFF_S = 1e-6 * 7.5 * 9
"""Mean at CWmin; a frame that finds the air idle, as the first one does, goes without."""
GAP_S = 1e-6 * (16 + 2 * 9) + BACKOFF_S
"""DIFS and the mean backoff of 802.11a."""
SIFS_S = 16e-6
RATES = pytest.mark.parametrize(("rate", "data_bits", "ack_bits"), [(6e6, 24, 24), (54e6, 216, 96)])


def pair(distance_m: float, rate: float = 6e6) -> dict[str, Any]:
    """Two peers with 802.11a, so far apart."""
    return {
        "mobility": {"kind": "static", "positions_m": [[0.0, 0.0], [distance_m, 0.0]]},
        "propagation": [{"kind": "log_distance", "exponent": 3.0, "reference_loss_db": 46.6777}],
        "radio": {"kind": "wifi_80211a", "rate_bit_per_s": rate, "fragment_bytes": 100},
    }


@RATES
def test_time_and_joules_of_a_broadcast_at_a_fixed_distance(books, rate, data_bits, ack_bits) -> None:
    run = books("broadcast_then_listen", **pair(10.0, rate))
    air_s = ppdu_s(100, data_bits) + ppdu_s(PAYLOAD_BYTES - 100, data_bits)
    (sent,), (heard,) = run.transmissions.itertuples(), run.receptions.itertuples()
    assert sent.payload_bits == 8 * PAYLOAD_BYTES
    assert sent.start_s == 0.0
    assert sent.end_s == pytest.approx(2 * GAP_S - BACKOFF_S + air_s, rel=REL)
    assert sent.joules == pytest.approx(2.3 * air_s, rel=REL)
    assert heard.outcome == "heard"
    assert heard.distance_m == 10.0
    assert heard.joules == pytest.approx(0.97 * air_s, rel=REL)
    for peer, state, watts in ((0, "transmit", 2.3), (1, "receive", 0.97)):
        assert run.spent(peer, "radio", state) == pytest.approx((air_s, watts * air_s), rel=REL)
        assert run.spent(peer, "radio", "idle") == pytest.approx((1.0 - air_s, 0.53 * (1.0 - air_s)), rel=REL)
        assert run.spent(peer, "processor", "idle") == pytest.approx((1.0, 0.7), rel=REL)
    assert run.summary["energy_j"]["total"] == pytest.approx(
        2 * 0.7 + 2 * 0.53 * (1.0 - air_s) + (2.3 + 0.97) * air_s, rel=REL
    )


@RATES
def test_time_and_joules_of_an_acknowledged_message_over_a_good_link(books, rate, data_bits, ack_bits) -> None:
    run = books("unicast_then_listen", **pair(10.0, rate))
    air_s, answer_s = ppdu_s(100, data_bits) + ppdu_s(PAYLOAD_BYTES - 100, data_bits), 2 * ack_s(ack_bits)
    total_s = 2 * (GAP_S + SIFS_S) - BACKOFF_S + air_s + answer_s
    (sent,), (heard,) = run.transmissions.itertuples(), run.receptions.itertuples()
    assert (sent.attempts, sent.acknowledged, heard.outcome) == (2, True, "heard")
    assert sent.end_s == pytest.approx(total_s, rel=REL)
    assert sent.joules == pytest.approx(2.3 * air_s + 0.97 * answer_s, rel=REL)
    assert heard.joules == pytest.approx(0.97 * air_s + 2.3 * answer_s, rel=REL)
    told = run.world.peers[0].sent
    assert (told.ok, told.attempts) == (True, 2)
    assert (told.time_s, told.energy_j) == pytest.approx((total_s, sent.joules), rel=REL)
    assert run.spent(0, "radio", "transmit") == pytest.approx((air_s, 2.3 * air_s), rel=REL)
    assert run.spent(0, "radio", "receive") == pytest.approx((answer_s, 0.97 * answer_s), rel=REL)
    assert run.spent(1, "radio", "receive") == pytest.approx((air_s, 0.97 * air_s), rel=REL)
    assert run.spent(1, "radio", "transmit") == pytest.approx((answer_s, 2.3 * answer_s), rel=REL)
    on_air = 8 * (PAYLOAD_BYTES + 2 * 36 + 2 * 14)
    assert sent.bits_on_air == on_air


@pytest.mark.statistical
@pytest.mark.parametrize(("loss", "ack_loss", "most"), [(0.4, 0.2, 4), (0.3, 0.0, 2), (0.6, 0.5, 7)])
def test_mean_number_of_attempts_and_losses_of_an_erasure_link(books, loss, ack_loss, most) -> None:
    """E = (1 - (1 - s)^M) / s, lost p^M, not acknowledged (1 - s)^M; false alarm 1e-5 for each of the three."""
    radio = {"kind": "erasure", "rate_bit_per_s": 1e4, "loss": loss, "ack_loss": ack_loss, "max_attempts": most}
    run = books("many_short_messages", radio=radio)
    sent = run.world.peers[0].sent
    attempts = np.array([one.attempts for one in sent])
    success = (1 - loss) * (1 - ack_loss)
    counts = np.arange(1, most + 1)
    chances = np.append(success * (1 - success) ** (counts[:-1] - 1), (1 - success) ** (most - 1))
    mean = (1 - (1 - success) ** most) / success
    assert (chances * counts).sum() == pytest.approx(mean, rel=1e-12)
    deviation = math.sqrt((chances * counts**2).sum() - mean**2)
    assert abs(attempts.mean() - mean) < 4.42 * deviation / math.sqrt(len(sent))
    silent = np.mean([not one.ok for one in sent])
    lost = 1 - run.summary["messages_delivered"] / len(sent)
    for share, chance in ((silent, (1 - success) ** most), (lost, loss**most)):
        assert abs(share - chance) < 4.42 * math.sqrt(chance * (1 - chance) / len(sent))
    assert run.summary["simulated_s"] == pytest.approx(attempts.sum() * 32 / 1e4, rel=REL)
