"""The journal against the long way: every row and every interval booked by itself."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.results.tables import RECEPTIONS, TRANSMISSIONS
from cosim.sim import journal as journals
from cosim.sim.account import TrafficAccount
from cosim.sim.budget import Reach
from cosim.sim.course import Course
from cosim.sim.energy import IDLE, RADIO, RECEIVE, TRANSMIT, Ledger, Meter
from cosim.sim.erasure import Erasure
from cosim.sim.journal import Journal
from cosim.sim.medium import Content
from cosim.sim.station import HEARD, LOST
from cosim.sim.transfer import BROADCAST, Transfer

REPEATABLE = settings(deadline=None, derandomize=True)
RADIO_USED = Erasure(rate_bit_per_s=1e6, fragment_bytes=100)
PEERS = 5
RECEIVE_W, TRANSMIT_W = 0.75, 2.0


class Books:
    """A ledger with a radio meter per peer that idles, and an account."""

    def __init__(self, keep=True):
        self.ledger, self.account = Ledger(PEERS, keep), TrafficAccount(keep)
        self.meters = [Meter(self.ledger, peer, RADIO) for peer in range(PEERS)]
        for meter in self.meters:
            meter.rest(0.0, IDLE, 0.5)
        self.journal = Journal(self.account, self.ledger, RECEIVE_W)

    def rows(self):
        self.journal.post()
        sent = np.reshape(self.account.transmissions, (-1, len(TRANSMISSIONS.columns)))
        heard = np.reshape(self.account.receptions, (-1, len(RECEPTIONS.columns)))
        return sent[sent[:, 0].argsort()].tolist(), heard[np.lexsort((heard[:, 1], heard[:, 0]))].tolist()


def course_of(sender, hearers, payload_bytes):
    reach = Reach(hearers, [20.0 + peer for peer in hearers], [5.0 * peer for peer in hearers], [True] * len(hearers))
    return Course(sender, [SimpleNamespace()] * len(hearers), 8 * payload_bytes, reach, RADIO_USED)


def broadcast(number, course, start_s, tag=3):
    content = Content(None, 1.0, (), tag, course.bits)
    made = Transfer(course.sender, BROADCAST, course.reach.ids, content, course.frames, course.reach, course.radio)
    made.occupy(start_s, course.timeline)
    made.number, made.transmit_w = number, TRANSMIT_W
    return made


def book_one_by_one(books, made, course, damage):
    """The same by single entries."""
    account, air_s = books.account, made.end_s - made.data_at_s
    books.meters[made.sender].burst(made.data_at_s, made.end_s, TRANSMIT, TRANSMIT_W)
    account.sent(made, RADIO_USED, air_s, 0.0, RECEIVE_W)
    station = SimpleNamespace(receive_w=RECEIVE_W, transmit_w=TRANSMIT_W)
    for i, peer in enumerate(made.recipients):
        books.meters[peer].burst(made.data_at_s, made.end_s, RECEIVE, RECEIVE_W)
        heard = sum(damage.get(i, course.whole))
        account.received(made, i, heard, LOST if i in damage else HEARD, air_s, 0.0, station)


SIZES = (0, 60, 250)
steps = st.lists(
    st.tuples(
        st.permutations(range(PEERS)),
        st.integers(1, PEERS - 1),
        st.sampled_from(SIZES),
        st.floats(0.0, 1.0),
        st.sets(st.integers(0, 3)),
        st.sampled_from(["", "", "", "post", "look", "rest"]),
    ),
    max_size=25,
)


class Both:
    """The same broadcasts in the short and in the long way."""

    def __init__(self, keep):
        self.short, self.long = Books(keep), Books(keep)
        self.courses, self.now_s, self.number = {}, 0.0, 0

    def send(self, sender, hearers, size, start_s, hurt):
        course = self.courses.setdefault((sender, hearers, size), course_of(sender, hearers, size))
        made = broadcast(self.number, course, start_s)
        damage = {i: (False,) * course.frames.count for i in sorted(hurt) if i < len(hearers)}
        self.short.journal.enter(made, course, damage)
        self.short.account.broadcast(course, len(damage))
        book_one_by_one(self.long, made, course, damage)
        self.now_s, self.number = made.end_s, self.number + 1

    def then(self, what, peer):
        if what == "post":
            self.short.journal.post()
        for books in (self.short, self.long):
            if what == "look":
                books.ledger.totals(self.now_s)
            if what == "rest":
                books.meters[peer].rest(self.now_s, IDLE, 0.25)


@REPEATABLE
@given(steps=steps, keep=st.booleans(), most_courses=st.sampled_from([1, 3, 4096]))
def test_posting_gives_what_booking_one_by_one_gives(steps, keep, most_courses):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(journals, "MOST_COURSES", most_courses)
        both = Both(keep)
        for order, hearers, size, wait_s, hurt, what in steps:
            both.send(order[0], tuple(order[1 : 1 + hearers]), size, both.now_s + wait_s, hurt)
            both.then(what, order[0])
    short, long, end_s = both.short, both.long, both.now_s + 1.0
    assert short.rows() == long.rows()
    if keep:
        assert short.ledger.intervals(end_s).tolist() == long.ledger.intervals(end_s).tolist()
    for one, other in zip(short.ledger.totals(end_s), long.ledger.totals(end_s), strict=True):
        assert one == pytest.approx(other, rel=1e-12, abs=1e-12)
    for counter in ("sent_messages", "payload_bits", "bits_on_air", "delivered_messages", "bits_delivered"):
        assert getattr(short.account, counter) == getattr(long.account, counter)
    assert short.account.payload_bits_of == long.account.payload_bits_of


def test_the_ledger_posts_before_it_is_read():
    books = Books()
    course = course_of(0, (1, 2), 250)
    made = broadcast(0, course, 1.0)
    books.journal.enter(made, course, {})
    assert len(books.journal) > 0
    seconds, joules = books.ledger.totals(5.0)
    assert seconds[1, RADIO, RECEIVE] == pytest.approx(0.002)
    assert joules[0, RADIO, TRANSMIT] == pytest.approx(0.004)
    assert len(books.journal) == 0


def test_sums_need_no_journal_kept():
    """What waits to be posted counts for the limit at which sums are taken."""
    ledger = Ledger(PEERS, keep=False, spill=500)
    for peer in range(PEERS):
        Meter(ledger, peer, RADIO).rest(0.0, IDLE, 0.5)
    journal = Journal(TrafficAccount(keep=False), ledger, RECEIVE_W)
    course = course_of(0, (1, 2, 3, 4), 100)
    for number in range(1000):
        journal.enter(broadcast(number, course, number * 1.0), course, {})
        ledger.relieve()
        assert len(journal) <= 500
        assert len(ledger.rows) == 0 or number < 50
    assert ledger.totals(1000.0)[0][0, RADIO, TRANSMIT] == pytest.approx(1000 * 800e-6)
