from cosim.sim.gathering import Gathering
from cosim.sim.medium import Content


def gathering(fragments=3, hearers=(1, 2)):
    return Gathering(Content(None, 1.0, (), 5, 8 * 25), fragments, 10, hearers)


def test_the_first_turn_is_the_message_and_counts_as_payload():
    content = gathering().turn()
    assert (content.sent_bits, content.air_bits, content.bits) == (200, 200, 200)


def test_what_is_reported_is_sent_again_and_handed_over_once_it_is_complete():
    some = gathering()
    first = some.turn()
    assert first.received(1, (True, True, True)) == (True, True, True)
    assert first.received(2, (True, False, False)) == ()
    assert some.lacking() == [2]
    assert some.report(2).received(0, (True,)) == ()
    assert some.reporters() == (2,)
    again = some.turn()
    assert (again.sent_bits, again.air_bits) == (0, 8 * 15)
    assert again.received(2, (True, True)) == (True, True, True)
    assert again.received(2, (True, True)) == ()


def test_a_report_that_is_lost_says_nothing_and_one_that_knows_nothing_is_not_sent():
    some = gathering()
    first = some.turn()
    first.received(1, (True, False, True))
    first.received(2, (False, False, False))
    assert some.lacking() == [1]
    report = some.report(1)
    assert (report.air_bits, report.sent_bits) == (3, 0)
    report.received(0, (False,))
    assert some.reporters() == ()


def test_the_last_turn_hands_over_what_there_is():
    some = gathering()
    some.last = True
    assert some.turn().received(1, (True, False, True)) == (True, False, True)
