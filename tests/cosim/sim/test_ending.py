WIFI = {"kind": "wifi_80211a", "rate_bit_per_s": 6e6, "fragment_bytes": 100}


def test_rows_tell_what_became_of_each_hearer(simulate):
    def program(peer):
        if peer.id == 0:
            yield peer.broadcast(peer.initial_model, tag=7)

    run = simulate(
        program, 3, radio=WIFI, medium={"kind": "csma_ca"},
        mobility={"kind": "static", "positions_m": [[0.0, 0.0], [5.0, 0.0], [400.0, 0.0]]},
    )  # fmt: skip
    (sent,), (near, far) = run.transmissions, run.receptions
    assert (sent.tag, sent.attempts, sent.bits_on_air, sent.payload_bits) == (7, 4, 4 * 8 * 136, 3200)
    assert (near.outcome, near.fragments_heard) == ("heard", 4)
    assert (far.outcome, far.fragments_heard, far.receive_s) == ("below_sensitivity", 0, 0.0)
    traffic = run.world.traffic
    assert (traffic.sent_messages, traffic.delivered_messages, traffic.bits_delivered) == (1, 1, 3200)


def test_what_was_lost_to_others_is_told_from_what_noise_took(simulate):
    def program(peer):
        if peer.id:
            yield peer.broadcast(peer.initial_model)

    run = simulate(
        program, 3, radio={**WIFI, "fragment_bytes": 1472}, medium={"kind": "csma_ca"},
        mobility={"kind": "static", "positions_m": [[0.0, 0.0], [5.0, 0.0], [0.0, 5.0]]},
    )  # fmt: skip
    assert {row.outcome for row in run.receptions} == {"collided"}
    assert run.world.traffic.delivered_messages == 0
