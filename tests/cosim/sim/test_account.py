import numpy as np
import pytest

from cosim.results.tables import RECEPTIONS, TRANSMISSIONS
from cosim.sim.account import TrafficAccount
from cosim.sim.arq import Repeated, exchanges
from cosim.sim.budget import Reach
from cosim.sim.energy import RADIO, Ledger, Meter
from cosim.sim.medium import Content
from cosim.sim.repair import Repair
from cosim.sim.station import ASLEEP, HEARD, LOST, Station
from cosim.sim.transfer import BROADCAST, Cut, Transfer, broadcast_timeline, unicast_timeline
from cosim.sim.wifi import Wifi80211a

WIFI = Wifi80211a(fragment_bytes=100)
REACH = Reach((1, 2, 3), [21.0, 22.0, 23.0], [5.0, 6.0, 7.0], [True, True, True])
STATION = Station(1, Meter(Ledger(2), 1, RADIO), WIFI, 16.0, None)


def broadcast(payload_bytes=250):
    content = Content(None, 1.0, (), 9, 8 * payload_bytes)
    frames = WIFI.frames(content.bits)
    made = Transfer(0, BROADCAST, (1, 2), content, frames, REACH, WIFI)
    made.occupy(10.0, broadcast_timeline(frames, WIFI))
    made.transmit_w, made.number = 2.0, 5
    return made


def unicast(attempts=(1, 3, 2), answers=(1, 2, 1)):
    made = broadcast()
    counts = np.asarray(attempts), np.asarray(answers)
    made.destination, made.recipients = 1, (1,)
    made.fate = exchanges(Repeated(counts[0], counts[1] > 0, counts[1] > 0, counts[1]), 3)[0]
    made.occupy(10.0, unicast_timeline(made.frames, WIFI, made.fate))
    return made


def rows(table, buffer):
    names = table.column_names()
    return [dict(zip(names, row, strict=True)) for row in np.reshape(buffer, (-1, len(names))).tolist()]


def air_and_answer_s(made):
    return made.data_end_s - made.data_at_s, made.end_s - made.data_end_s


def test_a_broadcast():
    account, made = TrafficAccount(), broadcast()
    air_s, _ = air_and_answer_s(made)
    assert account.sent(made, WIFI, air_s, 0.0, 0.9) == 3
    # Three frames of 36 bytes of headers.
    assert (account.sent_messages, account.payload_bits, account.bits_on_air) == (1, 2000, 2000 + 3 * 8 * 36)
    assert account.payload_bits_of == {0: 2000}
    assert rows(TRANSMISSIONS, account.transmissions) == [
        {
            "transmission": 5, "start_s": 10.0, "end_s": made.end_s, "source": 0, "destination": -1, "tag": 9,
            "payload_bits": 2000, "bits_on_air": 2864, "attempts": 3, "air_s": air_s, "acknowledgement_s": 0.0,
            "joules": air_s * 2.0, "acknowledged": 0.0,
        }
    ]  # fmt: skip


def test_a_unicast_counts_repetitions_and_acknowledgements():
    account, made = TrafficAccount(), unicast()
    air_s, answer_s = air_and_answer_s(made)
    assert account.sent(made, WIFI, air_s, answer_s, 0.9) == 6
    frames_bits = 4 * (800 + 288) + 2 * (400 + 288)
    (row,) = rows(TRANSMISSIONS, account.transmissions)
    assert row["bits_on_air"] == account.bits_on_air == frames_bits + 4 * 112
    assert account.payload_bits == 2000
    assert row["joules"] == pytest.approx(air_s * 2.0 + answer_s * 0.9)
    assert row["acknowledged"] == 1.0


def test_a_unicast_of_which_a_fragment_was_not_acknowledged():
    account, made = TrafficAccount(), unicast((1, 7, 2), (1, 0, 1))
    account.sent(made, WIFI, *air_and_answer_s(made), 0.9)
    assert rows(TRANSMISSIONS, account.transmissions)[0]["acknowledged"] == 0.0


def test_a_transmission_cut_in_the_middle_counts_what_was_sent():
    account, made = TrafficAccount(), broadcast()
    air_s = 0.5 * (made.data_end_s - made.data_at_s)
    made.leave(0, Cut(made.data_at_s + air_s, ASLEEP, 0.0, 0.0))
    assert account.sent(made, WIFI, air_s, 0.0, 0.9) == 1
    (row,) = rows(TRANSMISSIONS, account.transmissions)
    assert row["end_s"] == made.data_at_s + air_s
    assert row["bits_on_air"] == 2864 // 2
    assert row["joules"] == air_s * 2.0


def test_a_unicast_whose_hearer_left_counts_all_frames_and_the_answers_until_then():
    account, made = TrafficAccount(), unicast()
    made.leave(1, Cut(made.data_end_s, ASLEEP, 0.0, 0.0))
    air_s, _ = air_and_answer_s(made)
    assert account.sent(made, WIFI, air_s, 0.0, 0.9) == 6
    assert account.bits_on_air == 4 * (800 + 288) + 2 * (400 + 288)
    assert rows(TRANSMISSIONS, account.transmissions)[0]["acknowledged"] == 0.0


def test_only_whole_messages_at_those_they_were_meant_for_are_delivered():
    account, made = TrafficAccount(), broadcast()
    account.received(made, 0, 3, HEARD, 0.1, 0.0, STATION)
    account.received(made, 1, 2, LOST, 0.1, 0.0, STATION)
    account.received(made, 2, 3, HEARD, 0.1, 0.0, STATION)
    assert (account.delivered_messages, account.bits_delivered) == (1, 2000)
    assert [(row["peer"], row["intended"], row["fragments_heard"]) for row in rows(RECEPTIONS, account.receptions)] == [
        (1, 1, 3),
        (2, 1, 2),
        (3, 0, 3),
    ]


def test_what_a_reception_costs():
    account, made = TrafficAccount(), unicast()
    account.received(made, 0, 3, HEARD, 0.2, 0.01, STATION)
    (row,) = rows(RECEPTIONS, account.receptions)
    assert row["joules"] == 0.2 * STATION.receive_w + 0.01 * STATION.transmit_w
    assert (row["distance_m"], row["snr_db"], row["fragments"]) == (5.0, 21.0, 3)


def test_a_repaired_message_is_delivered_when_it_is_complete():
    account, made = TrafficAccount(), unicast()
    made.repair = Repair(made.content, made.frames, 0)
    account.received(made, 0, 3, HEARD, 0.2, 0.01, STATION)
    assert account.delivered_messages == 0
    account.delivered(2000)
    assert (account.delivered_messages, account.bits_delivered) == (1, 2000)


def test_who_missed_it_paid_nothing():
    account, made = TrafficAccount(), broadcast()
    account.missed(made, 1, ASLEEP)
    (row,) = rows(RECEPTIONS, account.receptions)
    assert (row["outcome"], row["fragments"], row["fragments_heard"], row["joules"]) == (ASLEEP, 3, 0, 0.0)


def test_sums_are_kept_without_rows():
    account, made = TrafficAccount(keep=False), broadcast()
    account.sent(made, WIFI, *air_and_answer_s(made), 0.9)
    account.received(made, 0, 3, HEARD, 0.1, 0.0, STATION)
    account.missed(made, 1, ASLEEP)
    assert (len(account.transmissions), len(account.receptions)) == (0, 0)
    assert (account.sent_messages, account.delivered_messages, account.bits_on_air) == (1, 1, 2864)


def booked(account, number, sender, start_s):
    """A broadcast of which the hearers are booked from the last to the first."""
    made = broadcast()
    made.sender, made.number = sender, number
    made.occupy(start_s, broadcast_timeline(made.frames, WIFI))
    account.sent(made, WIFI, *air_and_answer_s(made), 0.9)
    for i in (1, 0):
        account.received(made, i, 3, HEARD, 0.1, 0.0, STATION)
    return made.end_s


def test_rows_are_taken_in_the_order_of_ends_and_an_instant_only_when_it_is_over():
    account = TrafficAccount()
    end_s = booked(account, 7, 4, 11.0)
    booked(account, 9, 3, 11.0)
    assert booked(account, 8, 6, 10.0) < end_s
    assert account.rows == 9
    sent, heard = account.take(end_s)
    assert (sent[:, 0].tolist(), heard[:, :2].tolist()) == ([8.0], [[8.0, 1.0], [8.0, 2.0]])
    assert account.rows == 6
    assert booked(account, 10, 0, 11.0) == end_s
    sent, heard = account.take(float("inf"))
    assert sent[:, 0].tolist() == [10.0, 9.0, 7.0]
    assert heard[:, :2].tolist() == [[number, peer] for number in (10.0, 9.0, 7.0) for peer in (1.0, 2.0)]
    assert account.rows == len(account.transmissions) == len(account.receptions) == 0
    assert [len(rows) for rows in account.take(float("inf"))] == [0, 0]
