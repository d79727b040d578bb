import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radio_models import lora
from radio_models.lora import Modulation
from radio_models.noise import noise_floor_dbm

REPEATABLE = settings(deadline=None, derandomize=True)
SIZES = st.integers(0, 255)
MODULATIONS = st.builds(
    Modulation,
    spreading_factor=st.integers(6, 12),
    bandwidth_hz=st.sampled_from([125e3, 250e3, 500e3]),
    coding_rate=st.integers(1, 4),
    preamble_symbols=st.integers(6, 16),
    implicit_header=st.booleans(),
    crc=st.booleans(),
)


@pytest.mark.parametrize(
    ("spreading_factor", "payload_bytes", "microseconds"),
    [(7, 10, 41_216), (7, 222, 348_416), (10, 51, 616_448), (11, 115, 2_461_696), (12, 222, 8_036_352)],
)
def test_times_on_air(spreading_factor, payload_bytes, microseconds):
    assert float(lora.time_on_air_s(payload_bytes, Modulation(spreading_factor))) == microseconds / 1e6


def test_the_optimisation_comes_with_long_symbols():
    optimised = [
        (factor, khz) for khz in (125, 250, 500) for factor in range(6, 13) if Modulation(factor, khz * 1e3).optimised
    ]
    assert optimised == [(11, 125), (12, 125), (12, 250)]
    assert Modulation(7, low_data_rate=True).optimised
    assert not Modulation(12, low_data_rate=False).optimised


def _modulation(row, **more):
    return Modulation(
        spreading_factor=int(row["sf"]),
        bandwidth_hz=float(row["bw_hz"]),
        coding_rate=int(row["cr_index"]),
        preamble_symbols=int(row["n_preamble"]),
        implicit_header=row["implicit_header"] == "1",
        **more,
    )


def test_times_on_air_of_the_reference(reference_table):
    for row in reference_table("lora_toa.csv"):
        modulation, size = _modulation(row, crc=row["crc"] == "1"), int(row["payload_bytes"])
        assert modulation.optimised == (row["de"] == "1"), row
        assert float(lora.payload_symbols(size, modulation)) == float(row["n_payload_symbols"]), row
        assert float(lora.time_on_air_s(size, modulation)) == float(row["toa_us"]) / 1e6, row


def test_times_on_air_of_another_simulator(reference_table):
    rounded = 0
    for row in reference_table("lora_toa_expected_signetlab.csv"):
        modulation = _modulation(row, low_data_rate=row["de"] == "1")
        air_s, theirs_s = float(lora.time_on_air_s(int(row["payload_bytes"]), modulation)), float(row["expected_s"])
        assert air_s == pytest.approx(theirs_s, abs=1e-5), row
        rounded += air_s != theirs_s
    assert rounded <= 1


@REPEATABLE
@given(MODULATIONS, SIZES, SIZES)
def test_air_time_rises_with_size(modulation, one, other):
    short_s, long_s = lora.time_on_air_s(np.array(sorted((one, other))), modulation)
    assert short_s <= long_s


@REPEATABLE
@given(MODULATIONS, SIZES)
def test_headers_redundancy_and_preambles_take_time(modulation, size):
    air_s = float(lora.time_on_air_s(size, modulation))
    assert float(lora.time_on_air_s(size, modulation._replace(implicit_header=True))) <= air_s
    assert float(lora.time_on_air_s(size, modulation._replace(crc=False))) <= air_s
    assert float(lora.time_on_air_s(size, modulation._replace(coding_rate=4))) >= air_s
    longer_s = float(lora.time_on_air_s(size, modulation._replace(preamble_symbols=modulation.preamble_symbols + 1)))
    assert longer_s - air_s == pytest.approx(modulation.symbol_s, rel=1e-9)


def test_sensitivities_of_the_reference(reference_table):
    columns = {"sx1272_ds": "sx1272", "lorasim_measured": "lorasim", "sx1301_gw": "sx1301"}
    seen = dict.fromkeys(lora.SENSITIVITIES_DBM, 0)
    for row in reference_table("lora_sensitivity.csv"):
        for column, source in columns.items():
            if row[column]:
                assert lora.sensitivity_dbm(int(row["sf"]), float(row["bw_hz"]), source) == float(row[column]), row
                seen[source] += 1
    assert seen == {source: len(table) for source, table in lora.SENSITIVITIES_DBM.items()}


@pytest.mark.parametrize("spreading_factor", lora.SPREADING_FACTORS)
def test_sensitivities_are_noise_and_the_needed_ratio(spreading_factor):
    """The data sheet of the SX1272 and noise plus the table of the SX1276, at 125 kHz, differ by a decibel or less."""
    noise_dbm = float(noise_floor_dbm(125e3, lora.NOISE_FIGURE_DB))
    expected = noise_dbm + float(lora.needed_snr_db(spreading_factor))
    assert lora.sensitivity_dbm(spreading_factor, 125e3) == pytest.approx(expected, abs=1.1)


def test_ratios_fall_by_two_and_a_half_decibels():
    assert lora.needed_snr_db(lora.SPREADING_FACTORS).tolist() == [-5.0, -7.5, -10.0, -12.5, -15.0, -17.5, -20.0]


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: lora.time_on_air_s(256, Modulation()), r"A LoRa payload \(bytes\) must be at least 0 and at most 255"),
        (lambda: lora.time_on_air_s(1, Modulation(13)), "A LoRa spreading factor"),
        (lambda: lora.time_on_air_s(1, Modulation(7, 1e6)), "A LoRa bandwidth"),
        (lambda: lora.time_on_air_s(1, Modulation(7, coding_rate=5)), "A LoRa coding rate"),
        (lambda: lora.time_on_air_s(1, Modulation(7, preamble_symbols=0)), "A LoRa preamble"),
        (lambda: lora.sensitivity_dbm(7, 125e3, "sx1280"), "the sources sx1272, lorasim, sx1301; got sx1280"),
        (lambda: lora.sensitivity_dbm(7, 500e3, "sx1301"), "SF12/125 kHz; got SF7/500 kHz"),
        (lambda: lora.needed_snr_db(5), "A LoRa spreading factor"),
    ],
)
def test_outside_the_range_is_refused(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
