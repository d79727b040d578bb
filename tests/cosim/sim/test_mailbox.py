import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cosim.peer import Message
from cosim.sim.clock import Clock
from cosim.sim.mailbox import Mailbox
from cosim.sim.together import first_of

REPEATABLE = settings(deadline=None, derandomize=True)
FOREVER = float("inf")


def message(source, tag=0, time_s=0.0, fragments=(True,)):
    return Message(source, tag, 1.0, None, (), time_s, fragments)


class Desk:
    """A mailbox, a clock, and programs that note what they receive."""

    def __init__(self):
        self.clock = Clock()
        self.mailbox = Mailbox()
        self.received = []

    def receipt(self, tag=None, source=None, partial=False, until_s=FOREVER):
        return self.mailbox.receipt(self.clock, tag, source, partial, until_s, 0)

    def arrive(self, time_s, *args, **kwargs):
        self.clock.at(time_s, order=5, call=lambda _: self.mailbox.put(message(*args, time_s=time_s, **kwargs)))

    def run(self, *programs):
        for program in programs:
            self.clock.process(program)
        self.clock.advance(FOREVER)
        return self.received

    def waiting(self, *args, **kwargs):
        """A program that waits for one message."""
        got = yield self.receipt(*args, **kwargs)
        self.received.append((self.clock.time_s, None if got is None else got.source))


def test_a_message_that_is_there_is_given_at_once():
    desk = Desk()
    desk.mailbox.put(message(4))
    assert desk.run(desk.waiting()) == [(0.0, 4)]


def test_a_message_to_come_is_waited_for():
    desk = Desk()
    desk.arrive(2.0, 4)
    assert desk.run(desk.waiting()) == [(2.0, 4)]


def test_the_oldest_that_fits_comes_first_and_the_others_stay():
    desk = Desk()
    for source, tag in ((1, 7), (2, 8), (3, 7), (2, 7)):
        desk.mailbox.put(message(source, tag))
    programs = [desk.waiting(7), desk.waiting(source=2), desk.waiting(7, 2), desk.waiting(), desk.waiting(9)]
    assert desk.run(*programs) == [(0.0, 1), (0.0, 2), (0.0, 2), (0.0, 3)]


def test_who_waits_longest_is_served_first():
    desk = Desk()
    desk.arrive(1.0, 4)
    desk.arrive(2.0, 5)
    first, second = desk.waiting(), desk.waiting()
    assert desk.run(first, second) == [(1.0, 4), (2.0, 5)]


def test_partial_messages_are_for_those_who_ask_for_them():
    desk = Desk()
    desk.arrive(1.0, 4, fragments=(True, False))
    desk.arrive(2.0, 5)
    assert desk.run(desk.waiting(), desk.waiting(partial=True)) == [(1.0, 4), (2.0, 5)]


def test_a_time_out_gives_nothing_and_takes_nothing():
    desk = Desk()
    desk.arrive(2.0, 4)

    def program():
        yield from desk.waiting(until_s=1.0)
        yield from desk.waiting(until_s=9.0)

    assert desk.run(program()) == [(1.0, None), (2.0, 4)]


def test_a_time_out_that_is_no_longer_needed_does_not_prolong_the_run():
    desk = Desk()
    desk.arrive(2.0, 4)
    desk.run(desk.waiting(until_s=1000.0))
    assert desk.clock.time_s == 2.0


def test_a_message_at_the_instant_of_the_time_out():
    """What was scheduled first decides, and in neither case is a message lost."""
    early, late = Desk(), Desk()
    early.clock.at(1.0, order=-1, call=lambda _: early.mailbox.put(message(4)))
    assert early.run(early.waiting(until_s=1.0)) == [(1.0, 4)]
    late.arrive(1.0, 4)

    def program():
        yield from late.waiting(until_s=1.0)
        yield from late.waiting()

    assert late.run(program()) == [(1.0, None), (1.0, 4)]


def test_an_abandoned_wait_never_swallows_a_later_message():
    desk = Desk()
    desk.arrive(2.0, 4)

    def program():
        done = yield first_of(desk.clock, [desk.receipt(), desk.clock.at(1.0, order=0)])
        assert done == [(1, None)]
        yield from desk.waiting()

    assert desk.run(program()) == [(2.0, 4)]


def test_an_abandoned_wait_may_be_taken_up_again():
    desk = Desk()
    desk.arrive(2.0, 4)

    def program():
        receipt = desk.receipt()
        yield first_of(desk.clock, [receipt, desk.clock.at(1.0, order=0)])
        yield desk.clock.at(3.0, order=0)
        got = yield receipt
        desk.received.append((desk.clock.time_s, got.source))

    assert desk.run(program()) == [(3.0, 4)]


def test_a_receipt_that_nobody_waited_for_takes_nothing():
    desk = Desk()
    desk.arrive(1.0, 4)

    def program():
        desk.receipt()
        receipt = desk.receipt()
        yield desk.clock.at(2.0, order=0)
        got = yield receipt
        desk.received.append((desk.clock.time_s, got.source))

    assert desk.run(program()) == [(2.0, 4)]


def test_a_program_that_is_interrupted_swallows_nothing():
    desk = Desk()
    desk.arrive(2.0, 4)
    interrupted = desk.clock.process(desk.waiting())
    interrupted.defused = True
    desk.clock.at(1.0, order=0, call=lambda _: interrupted.interrupt())
    assert desk.run() == []
    assert gathered(desk.mailbox, None, False) == [(4, 0)]


def test_waits_that_are_given_up_are_forgotten():
    desk = Desk()

    def program():
        for k in range(1, 101):
            yield first_of(desk.clock, [desk.receipt(), desk.clock.at(float(k), order=0)])

    desk.run(program())
    assert desk.mailbox.waiting == 0


def test_two_messages_at_once_are_both_given():
    desk = Desk()
    for source, tag in ((1, 7), (2, 8)):
        desk.mailbox.put(message(source, tag))

    def program():
        done = yield first_of(desk.clock, [desk.receipt(8), desk.receipt(7), desk.receipt(9)])
        desk.received.extend((i, got.source) for i, got in done)

    assert desk.run(program()) == [(0, 2), (1, 1)]


@REPEATABLE
@given(
    arrivals=st.lists(st.tuples(st.integers(0, 20), st.integers(0, 3)), max_size=15),
    waits=st.lists(
        st.tuples(st.integers(0, 6), st.sampled_from(["recv", "any", "skip"]), st.integers(0, 3)), max_size=15
    ),
)
def test_every_message_is_received_once_or_is_still_there(arrivals, waits):
    desk = Desk()
    for number, (time_s, tag) in enumerate(arrivals):
        desk.arrive(float(time_s), number, tag)

    def program():
        for duration_s, kind, tag in waits:
            until_s = desk.clock.time_s + duration_s
            if kind == "recv":
                got = yield desk.receipt(tag, until_s=until_s)
                desk.received += [] if got is None else [got]
            elif kind == "any":
                done = yield first_of(desk.clock, [desk.receipt(tag), desk.receipt(), desk.clock.at(until_s, order=0)])
                desk.received += [got for i, got in done if i < 2]
            else:
                desk.receipt()
                yield desk.clock.at(until_s, order=0)

    received = [got.source for got in desk.run(program())]
    left = [got.source for got in desk.mailbox.gather(None, False)]
    assert sorted(received + left) == list(range(len(arrivals)))


# Gathering


def gathered(mailbox, *args):
    return [(got.source, got.tag) for got in mailbox.gather(*args)]


def filled(*messages):
    mailbox = Mailbox()
    for one in messages:
        mailbox.put(one)
    return mailbox


def test_gathering_takes_a_tag_by_sender_drops_earlier_ones_and_keeps_later_ones():
    mailbox = filled(message(3, 5), message(1, 5), message(2, 4), message(0, 6), message(4, 3))
    assert gathered(mailbox, 5, False) == [(1, 5), (3, 5)]
    assert mailbox.late == 2
    assert gathered(mailbox, 6, False) == [(0, 6)]
    assert mailbox.late == 2


def test_gathering_any_tag_drops_nothing():
    mailbox = filled(message(3, 5), message(1, 9), message(3, 4))
    assert gathered(mailbox, None, False) == [(1, 9), (3, 5), (3, 4)]
    assert mailbox.late == 0


@pytest.mark.parametrize(("partial", "heard", "counted"), [(False, [(2, 5)], 1), (True, [(1, 5), (2, 5)], 0)])
def test_partial_messages_are_dropped_and_counted_unless_asked_for(partial, heard, counted):
    mailbox = filled(message(1, 5, fragments=(True, False)), message(2, 5))
    assert gathered(mailbox, 5, partial) == heard
    assert mailbox.partial == counted
    assert gathered(mailbox, 5, True) == []


def test_what_came_at_the_end_of_a_round_is_not_of_that_round():
    mailbox = filled(message(1, 5, time_s=0.9), message(2, 5, time_s=1.0))
    assert gathered(mailbox, 5, False, 1.0) == [(1, 5)]
    assert gathered(mailbox, 6, False, 2.0) == []
    assert mailbox.late == 1
