import pytest

from cosim.scenario import ScenarioError
from cosim.sim.network import NetworkMedium

RADIO = {
    "kind": "erasure", "rate_bit_per_s": 1.0, "header_bytes": 40, "fragment_bytes": 40,
    "transceiver": {"kind": "custom", "idle_w": 0.5, "receive_w": 0.75, "transmit_w": 2.0, "sleep_w": 0.125},
}  # fmt: skip
"""A dense model, 400 bytes, is ten frames; its rate plays no part."""


@pytest.fixture
def medium(tmp_path):
    """A packet every 100 ms up, every 50 ms down; peer 0 has a wire."""
    (tmp_path / "up").write_text("100\n")
    (tmp_path / "down").write_text("50\n")
    return {"kind": "capacity_trace", "up": [str(tmp_path / "up")], "down": [str(tmp_path / "down")], "wired": [0]}


@pytest.fixture
def network(noted, medium):
    def run(*programs, peers=3, **sections):
        sections = {"radio": RADIO, "graph": {"kind": "complete"}, **sections}
        return noted(*programs, peers=peers, **{"medium": medium, **sections})

    return run


def send_to(destination, wait_s=0.0, **options):
    def program(peer):
        yield peer.pause(wait_s)
        sent = yield peer.send(destination, peer.initial_model, **options)
        peer.note((sent.ok, sent.attempts, pytest.approx(sent.time_s)))

    return program


def listen(peer):
    while message := (yield peer.recv(timeout_s=20.0, partial=True)):
        peer.note((message.source, sum(message.fragments)))


def test_a_message_to_a_wire_takes_ten_opportunities(network):
    run, notes = network(listen, send_to(0, 0.02))
    assert notes[0] == [(pytest.approx(1.0), (1, 10))]
    assert notes[1] == [(pytest.approx(1.0), (True, 10, 0.98))]
    assert run.spent(1, "radio", "transmit") == pytest.approx((0.98, 1.96))
    assert run.spent(0, "radio", "receive")[0] == 0.0


def test_a_message_from_a_wire_takes_ten_opportunities_down(network, medium):
    run, notes = network(send_to(2, 0.02), None, listen, medium={**medium, "latency_s": 0.2})
    # It comes to the network at 0.22 s, and the first opportunity after that is at 0.25 s.
    assert notes[2] == [(pytest.approx(0.7), (0, 10))]
    assert run.spent(2, "radio", "receive") == pytest.approx((0.48, 0.36))
    assert run.spent(0, "radio", "transmit")[0] == 0.0


def test_between_phones_a_message_waits_until_it_is_whole(network):
    _, notes = network(None, send_to(2), listen)
    # Up at 1 s, when there is an opportunity to go down at once.
    assert notes[2] == [(pytest.approx(1.45), (1, 10))]


def test_messages_of_one_phone_go_one_after_the_other(network):
    def twice(peer):
        yield peer.wait_all([peer.send(0, peer.initial_model), peer.send(0, peer.initial_model)])
        peer.note()

    run, notes = network(listen, twice)
    assert [time_s for time_s, _ in notes[0]] == pytest.approx([1.0, 2.0])
    assert run.spent(1, "radio", "transmit")[0] == pytest.approx(2.0)


def test_a_server_hears_many_phones_at_once(network):
    _, notes = network(listen, send_to(0), send_to(0))
    assert [time_s for time_s, _ in notes[0]] == pytest.approx([1.0, 1.0])


def test_both_ways_of_a_phone_work_at_once_and_sending_is_what_it_draws(network):
    run, notes = network(send_to(1), lambda peer: both(peer))
    assert notes[0] == [(pytest.approx(0.5), (True, 10, 0.5))]
    assert run.spent(1, "radio", "transmit")[0] == pytest.approx(1.0)
    assert run.spent(1, "radio", "receive")[0] == 0.0


def both(peer):
    yield peer.send(0, peer.initial_model)


def test_a_broadcast_goes_up_once_and_down_to_each(network):
    def program(peer):
        peer.note((yield peer.broadcast(peer.initial_model)))

    run, notes = network(listen, program, listen, listen, peers=4)
    assert notes[1] == [(pytest.approx(1.0), (0, 2, 3))]
    assert [notes[peer][0][0] for peer in (0, 2, 3)] == pytest.approx([1.0, 1.45, 1.45])
    (sent,) = run.transmissions
    assert (sent.payload_bits, sent.end_s) == (3200, pytest.approx(1.45))


def test_who_sleeps_misses_what_comes_down(network):
    def sleeper(peer):
        yield peer.sleep(3.0)

    run, notes = network(send_to(1), sleeper)
    assert notes[0][0][1][0] is False
    assert run.outcomes() == [(0, 1, "asleep")]


def test_who_falls_asleep_keeps_what_has_come_down(network):
    def sleeper(peer):
        yield peer.pause(0.26)
        yield peer.sleep(1.0)
        yield from listen(peer)

    run, notes = network(send_to(1), sleeper)
    assert notes[1][0][1] == (0, 5)
    (heard,) = run.receptions
    assert (heard.outcome, heard.receive_s) == ("asleep", pytest.approx(0.26))


def test_a_sender_that_leaves_has_sent_what_is_up(network):
    peers = {"all": {"count": 2}, "hasty": {"count": 1, "leave_s": 0.45}}
    run, notes = network(listen, None, send_to(0), peers=peers)
    assert notes[0] == [(pytest.approx(0.45), (2, 4))]
    assert 2 not in notes
    assert run.outcomes() == [(0, 0, "lost")]
    assert run.spent(2, "radio", "transmit")[0] == pytest.approx(0.45)


def test_an_end_of_time_is_in_the_books(network):
    run, _ = network(listen, send_to(2), listen, rounds={"stop_s": 1.2})
    (heard,) = run.receptions
    assert (heard.outcome, heard.fragments_heard) == ("lost", 4)


@pytest.mark.parametrize(("capacity_j", "death_s", "arrived"), [(5.0, 1.9 + 0.8 / 1.5, 10), (2.85, 1.45, 5)])
def test_a_battery_pays_for_what_the_terminal_does(network, capacity_j, death_s, arrived):
    """1.5 W until 1 s, then 3 W for 0.9 s, then 1.5 W again; what is up when it dies arrives."""
    peers = {"server": {"count": 1}, "phone": {"count": 1, "power": {"kind": "battery", "capacity_j": capacity_j}}}

    def linger(peer):
        yield from send_to(0, 1.0)(peer)
        yield peer.pause(9.0)

    run, notes = network(listen, linger, peers=peers)
    assert run.world.deaths == {1: pytest.approx(death_s)}
    assert notes[0][0][1] == (1, arrived)


def test_phones_with_one_trace_may_begin_apart(network, tmp_path, medium):
    (tmp_path / "up").write_text("".join(f"{ms}\n" for ms in [*range(1, 11), 1000]))
    _, notes = network(listen, send_to(0), send_to(0), medium={**medium, "stagger_s": 0.5})
    assert sorted(time_s for time_s, _ in notes[0]) == pytest.approx([0.01, 0.509])


@pytest.mark.parametrize(
    ("changes", "radio", "complaint"),
    [
        ({"down": ["nowhere"]}, RADIO, "nowhere: there is no such file"),
        ({"up": ["nowhere", "nowhere"]}, RADIO, "2 traces up and 1 down"),
        ({"wired": [7]}, RADIO, "there is no peer 7: the 2 peers count from 0"),
        ({}, {**RADIO, "fragment_bytes": 1472}, "must fit into packets of 1500 bytes"),
        ({}, {"kind": "wifi_80211a"}, "a radio without positions"),
    ],
)
def test_what_cannot_be_is_refused(make_world, medium, changes, radio, complaint):
    with pytest.raises(ScenarioError, match=complaint):
        make_world(None, 2, medium={**medium, **changes}, radio=radio)


def test_the_label_says_what_the_air_is(make_world, medium):
    world, _ = make_world(None, 2, medium=medium, radio=RADIO)
    assert isinstance(world.medium, NetworkMedium)
    assert world.medium.label.startswith("medium: recorded access capacity")


def test_a_receiver_that_sleeps_by_its_schedule_hears_in_its_windows_alone(network):
    """Awake for 0.3 s of every second; what comes down in between is lost, what goes up is sent all the same."""
    sleep = {"kind": "periodic", "period_s": 1.0, "on_s": 0.3, "offset_s": 0.0}
    peers = {"server": {"count": 1}, "phone": {"count": 1, "sleep": sleep}}

    def server(peer):
        yield from send_to(1)(peer)
        yield from send_to(1, 0.1)(peer)
        yield from listen(peer)

    run, notes = network(server, send_to(0, 2.0), peers=peers)
    assert [what[0] for _, what in notes[0][:2]] == [False, False]
    assert notes[1][0][1][0] is True
    assert {row.outcome for row in run.receptions if row.peer == 1} == {"asleep"}
    assert run.spent(1, "radio", "sleep")[0] > 1.0
