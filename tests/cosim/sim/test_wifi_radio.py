import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from cosim.scenario import load
from cosim.scenario.problem import ScenarioError
from cosim.sim.error_rate import DsssErrorRate, NistErrorRate, TableErrorRate
from cosim.sim.links import weakest_snr_db
from cosim.sim.rate_control import Arf, IdealRate
from cosim.sim.wifi import Wifi80211a, Wifi80211g
from cosim.sim.wifi_dsss import Wifi80211b
from cosim.sim.wifi_mcs import Wifi80211ac, Wifi80211ax, Wifi80211n
from cosim.sim.wifi_radio import Wifi
from radio_models.dcf import Dcf

REPEATABLE = settings(deadline=None, derandomize=True)
IDEAL = Wifi80211a(rate_control=IdealRate())
RADIOS = [Wifi80211a(), Wifi80211g(), Wifi80211b(), Wifi80211n(), Wifi80211ac(), Wifi80211ax()]
SCENARIO = {
    "name": "arf",
    "rounds": {"count": 1, "period_s": 1.0},
    "peers": {"phones": {"count": 2}},
    "propagation": [{"kind": "log_distance", "exponent": 3.0, "reference_loss_db": 46.7}],
    "data": "blobs",
    "model": "logistic_regression",
    "algorithm": "d_psgd",
    "graph": "ring",
}


def test_what_contention_takes_from_80211a():
    fast = Wifi80211a(rate_bit_per_s=54e6, max_attempts=4)
    expected = (9e-6, 16e-6, 34e-6, 15, 1023, 4, 28e-6, 45e-6)
    assert isinstance(fast.dcf, Dcf)
    assert tuple(fast.dcf) == pytest.approx(expected, rel=1e-12)
    # SIFS, a slot, and 20 us until the receiver has found the answer: five slots, as ns-3's stations wait.
    assert round(fast.dcf.ack_timeout_s / fast.dcf.slot_s) == 5


@pytest.mark.parametrize(
    ("radio", "sifs_us", "slot_us", "cw_min", "ack_us", "timeout_us"),
    [
        (Wifi80211g(), 10, 9, 15, 50, 39),
        (Wifi80211b(rate_bit_per_s=11e6), 10, 20, 31, 203, 222),
        (Wifi80211b(rate_bit_per_s=11e6, short_preamble=True), 10, 20, 31, 107, 126),
        (Wifi80211n(mcs=7), 16, 9, 15, 28, 45),
        (Wifi80211n(mcs=1, band="2.4GHz"), 10, 9, 15, 38, 39),
        (Wifi80211ac(mcs=0), 16, 9, 15, 44, 45),
        (Wifi80211ax(mcs=11, band="2.4GHz"), 10, 9, 15, 34, 39),
    ],
)
def test_timing_by_phy(radio, sifs_us, slot_us, cw_min, ack_us, timeout_us):
    dcf = radio.dcf
    assert (dcf.sifs_s, dcf.slot_s, dcf.ack_s) == pytest.approx((sifs_us / 1e6, slot_us / 1e6, ack_us / 1e6))
    assert dcf.difs_s == pytest.approx((sifs_us + 2 * slot_us) / 1e6)
    assert dcf.ack_timeout_s == pytest.approx(timeout_us / 1e6)
    assert (dcf.cw_min, dcf.cw_max) == (cw_min, 1023)
    assert radio.gap_s == pytest.approx(dcf.difs_s + cw_min / 2 * dcf.slot_s)


@pytest.mark.parametrize("radio", RADIOS)
def test_every_radio_names_its_source(radio):
    assert "IEEE Std 802.11" in radio.source
    assert radio.adapted(3.0) is radio


def test_noise_grows_with_the_channel():
    narrow, wide = Wifi80211ax(width_mhz=20), Wifi80211ax(width_mhz=160)
    assert narrow.noise_dbm == Wifi80211a().noise_dbm
    assert wide.noise_dbm - narrow.noise_dbm == pytest.approx(10 * np.log10(8))
    assert Wifi80211b().noise_dbm - narrow.noise_dbm == pytest.approx(10 * np.log10(1.1))


def test_preambles_are_sought_in_20_mhz():
    # 80 MHz have a quarter of their power in 20: -82 dBm there are -76 dBm in all.
    wide = Wifi80211ac(width_mhz=80)
    edge_db = -82.0 + 10 * np.log10(4) - wide.noise_dbm
    assert wide.hears(np.array([edge_db - 0.01, edge_db + 0.01]), 1.0).tolist() == [False, True]
    assert float(wide.most_loss_db(20.0)) == pytest.approx(20.0 + 82.0 - 10 * np.log10(4))
    assert float(Wifi80211a().most_loss_db(20.0)) == 102.0


@REPEATABLE
@given(st.sampled_from(RADIOS), st.booleans(), st.floats(-40, 30), st.floats(60, 160))
def test_what_loses_more_than_the_most_is_not_heard(radio, detection, power_dbm, loss_db):
    radio = type(radio)(preamble_detection=detection)
    snr_db = radio.snr_db(loss_db, power_dbm)
    if loss_db > float(radio.most_loss_db(power_dbm)) + 1e-9:
        assert not radio.hears(snr_db, 1.0)


def test_an_error_model_of_another_modulation_is_refused():
    with pytest.raises(ValidationError, match="error_rate does not know DSSS and CCK: dsss do"):
        Wifi80211b(error_rate=NistErrorRate())
    with pytest.raises(ValidationError, match="error_rate does not know OFDM: nist, yans and table do"):
        Wifi80211n(error_rate=DsssErrorRate())
    assert Wifi80211n(error_rate=TableErrorRate()).error_rate == TableErrorRate()


def test_ideal_rates_lose_no_more_than_the_target():
    for snr_db in np.arange(4.0, 30.0, 0.5):
        chosen = IDEAL.adapted(float(snr_db))
        assert chosen.frame_error_rate(snr_db, 1472) <= 0.1
        faster = [radio for radio in IDEAL.at_each_rate() if radio.rate_bit_per_s > chosen.rate_bit_per_s]
        assert all(radio.frame_error_rate(snr_db, 1472) > 0.1 for radio in faster)


class Steps:
    """9 Mb/s needs 20 dB, all other rates a decibel per Mb/s."""

    def covers(self, rate):
        return True

    def frame_error_rate(self, snr_db, rate, psdu_bytes):
        least_db = 20.0 if rate.bit_per_s == 9e6 else rate.bit_per_s / 1e6
        return np.where(np.broadcast_arrays(snr_db, psdu_bytes)[0] < least_db, 1.0, 0.0)


def test_rates_that_need_more_than_a_faster_one_are_never_chosen():
    ladder = Wifi80211a(error_rate=Steps(), rate_control=IdealRate()).ladder
    assert [radio.rate_bit_per_s / 1e6 for radio in ladder.radios] == [6, 12, 18, 24, 36, 48, 54]
    assert ladder.least_snr_db == pytest.approx([-np.inf, 12, 18, 24, 36, 48, 54], abs=1e-6)


def test_below_all_thresholds_the_most_robust_rate_is_taken():
    assert IDEAL.adapted(-np.inf).rate_bit_per_s == IDEAL.adapted(-50.0).rate_bit_per_s == 6e6
    assert IDEAL.adapted(100.0).rate_bit_per_s == 54e6
    assert weakest_snr_db(IDEAL.adapted(-np.inf), 0.1) == weakest_snr_db(Wifi80211a(), 0.1)


class Hopeless:
    """Nothing is ever decoded."""

    def covers(self, rate):
        return True

    def frame_error_rate(self, snr_db, rate, psdu_bytes):
        return np.ones(np.broadcast(snr_db, psdu_bytes).shape)


def test_where_no_rate_is_good_the_slowest_is_taken():
    radio = Wifi80211n(error_rate=Hopeless(), rate_control=IdealRate(), mcs=5)
    assert radio.adapted(50.0).mcs == 0


@pytest.mark.parametrize("radio", RADIOS)
def test_all_rates_of_a_radio_rise_and_differ_in_nothing_else(radio):
    each = radio.at_each_rate()
    assert {type(other) for other in each} == {type(radio)}
    assert {other.width_hz for other in each} == {radio.width_hz}
    times_s = [other.frames(8 * 1472).full_airtime_s for other in each]
    assert times_s == sorted(times_s, reverse=True)
    assert radio in each


def test_a_control_that_learns_from_frames_is_refused_at_transfer_fidelity():
    radio = {"kind": "wifi_80211a", "rate_control": "arf", "transceiver": "ns3_wifi"}
    with pytest.raises(ScenarioError, match=r"radio\.rate_control: .*needs a medium with fidelity: packet"):
        load({**SCENARIO, "radio": radio})
    assert Wifi80211a(rate_control=Arf()).rate_control.learns


def test_what_is_shared_is_no_radio_by_itself():
    with pytest.raises(TypeError, match="abstract"):
        Wifi()
