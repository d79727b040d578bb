from contextlib import suppress

import pytest
from simpy import Interrupt

from cosim.peer import Message
from cosim.sim.clock import Clock
from cosim.sim.mailbox import Mailbox


def message(source=0, tag=0, time_s=0.0, fragments=(True,)):
    return Message(source, tag, 1.0, None, (), time_s, fragments)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def mailbox():
    return Mailbox()


def ask(clock, mailbox, tag=None, source=None, partial=False, until_s=float("inf")):
    return mailbox.receipt(clock, tag, source, partial, until_s, 0)


def wait(clock, receipt, got):
    """Somebody waits for a receipt and notes (time, answer)."""

    def program():
        answer = yield receipt
        got.append((clock.time_s, answer))

    return clock.process(program())


def run(clock, until_s=100.0):
    clock.advance(until_s)


def test_messages_are_received_oldest_first(clock, mailbox) -> None:
    first, second, got = message(1), message(2), []
    mailbox.put(first)
    mailbox.put(second)
    for _ in range(2):
        wait(clock, ask(clock, mailbox), got)
    run(clock)
    assert got == [(0.0, first), (0.0, second)]


@pytest.mark.parametrize(
    ("wanted", "fitting"),
    [({"tag": 3}, message(1, 3)), ({"source": 2}, message(2, 0)), ({"tag": 3, "source": 2}, message(2, 3))],
)
def test_only_what_fits_is_received(clock, mailbox, wanted, fitting) -> None:
    got = []
    wait(clock, ask(clock, mailbox, **wanted), got)
    others = [message(5, 5), message(5, 3) if "source" in wanted else message(5, 4)]
    for one in (*others, fitting):
        clock.at(1.0, order=0, subject=one, call=lambda alarm: mailbox.put(alarm.subject))
    run(clock)
    assert got == [(1.0, fitting)]
    assert mailbox.gather(None, False) == others


def test_incomplete_messages_fit_only_where_they_are_asked_for(clock, mailbox) -> None:
    incomplete, got, patient = message(1, fragments=(True, False)), [], []
    mailbox.put(incomplete)
    wait(clock, ask(clock, mailbox, until_s=2.0), patient)
    run(clock)
    assert patient == [(2.0, None)]
    wait(clock, ask(clock, mailbox, partial=True), got)
    run(clock)
    assert got == [(2.0, incomplete)]


def test_who_waits_first_is_served_first(clock, mailbox) -> None:
    first, second = [], []
    wait(clock, ask(clock, mailbox), first)
    wait(clock, ask(clock, mailbox), second)
    clock.at(1.0, order=0, call=lambda alarm: mailbox.put(message(7)))
    run(clock)
    assert (first, second) == ([(1.0, message(7))], [])


def test_a_receive_given_up_at_its_time_out_swallows_no_later_message(clock, mailbox) -> None:
    early, late = [], []
    wait(clock, ask(clock, mailbox, until_s=1.0), early)
    clock.at(2.0, order=0, call=lambda alarm: mailbox.put(message(7)))
    run(clock)
    assert early == [(1.0, None)]
    wait(clock, ask(clock, mailbox), late)
    run(clock)
    assert late == [(2.0, message(7))]


def test_a_receive_that_nobody_waits_for_swallows_nothing(clock, mailbox) -> None:
    got = []
    ask(clock, mailbox)
    clock.at(1.0, order=0, call=lambda alarm: mailbox.put(message(7)))
    run(clock)
    wait(clock, ask(clock, mailbox), got)
    run(clock)
    assert got == [(1.0, message(7))]


def patient_until_interrupted(receipt):
    with suppress(Interrupt):
        yield receipt
        pytest.fail("the message is for somebody else")


def test_a_receive_whose_program_was_interrupted_swallows_nothing(clock, mailbox) -> None:
    given_up = clock.process(patient_until_interrupted(ask(clock, mailbox)))
    clock.at(1.0, order=0, call=lambda alarm: given_up.interrupt())
    clock.at(2.0, order=0, call=lambda alarm: mailbox.put(message(7)))
    run(clock)
    assert mailbox.gather(None, False) == [message(7)]


def test_a_receive_may_be_waited_for_again(clock, mailbox) -> None:
    receipt, got = ask(clock, mailbox), []
    given_up = clock.process(patient_until_interrupted(receipt))
    clock.at(1.0, order=0, call=lambda alarm: given_up.interrupt())
    clock.at(2.0, order=0, call=lambda alarm: mailbox.put(message(7)))
    clock.at(3.0, order=0, call=lambda alarm: wait(clock, receipt, got))
    run(clock)
    assert got == [(3.0, message(7))]


def test_a_time_out_that_came_too_late_does_nothing_and_costs_no_time(clock, mailbox) -> None:
    got = []
    wait(clock, ask(clock, mailbox, until_s=50.0), got)
    clock.at(1.0, order=0, call=lambda alarm: mailbox.put(message(7)))
    run(clock)
    assert got == [(1.0, message(7))]
    assert clock.time_s == 1.0


def test_gathering_takes_one_tag_by_sender_and_drops_and_counts_what_is_late(mailbox) -> None:
    for source, tag in ((3, 5), (1, 5), (2, 4), (0, 6), (4, 3)):
        mailbox.put(message(source, tag))
    assert [(one.source, one.tag) for one in mailbox.gather(5, False)] == [(1, 5), (3, 5)]
    assert mailbox.late == 2
    assert [(one.source, one.tag) for one in mailbox.gather(6, False)] == [(0, 6)]
    assert mailbox.gather(6, False) == []
    assert mailbox.late == 2


def test_gathering_without_a_tag_takes_everything(mailbox) -> None:
    for source, tag in ((3, 5), (1, 4)):
        mailbox.put(message(source, tag))
    assert [(one.source, one.tag) for one in mailbox.gather(None, False)] == [(1, 4), (3, 5)]
    assert mailbox.late == 0


def test_gathering_drops_and_counts_incomplete_messages_unless_they_are_wanted(mailbox) -> None:
    whole, torn = message(1), message(0, fragments=(False, True))
    for _ in range(2):
        mailbox.put(whole)
        mailbox.put(torn)
        wanted = mailbox.gather(0, mailbox.partial > 0)
    assert wanted == [torn, whole]
    assert mailbox.partial == 1


def test_what_comes_at_the_end_of_a_round_is_for_the_next(mailbox) -> None:
    mailbox.put(message(1, 0, time_s=0.9))
    mailbox.put(message(2, 0, time_s=1.0))
    assert [one.source for one in mailbox.gather(0, False, before_s=1.0)] == [1]
    assert mailbox.late == 0
    assert mailbox.gather(1, False, before_s=2.0) == []
    assert mailbox.late == 1
