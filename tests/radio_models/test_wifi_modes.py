from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radio_models.wifi_modes import LEGACY_RATES, PLANS, Format, mode_of, modes, reference_mode

REPEATABLE = settings(deadline=None, derandomize=True)
ALL = [
    mode
    for form, plan in PLANS.items()
    for width in plan.carriers
    for guard in plan.guards_ns
    for mode in modes(form, width, guard)
]


@pytest.mark.parametrize(
    ("form", "mcs", "width", "guard", "megabit_per_s"),
    [
        # IEEE Std 802.11-2016, tables 19-27, 19-31, 21-30, 21-46, 21-54; 802.11ax-2021, tables 27-79 to 27-111.
        (Format.OFDM, 7, 10, 800, 27.0),
        (Format.HT, 0, 20, 800, 6.5),
        (Format.HT, 7, 20, 800, 65.0),
        (Format.HT, 7, 40, 400, 150.0),
        (Format.VHT, 8, 20, 800, 78.0),
        (Format.VHT, 9, 40, 800, 180.0),
        (Format.VHT, 9, 80, 800, 390.0),
        (Format.VHT, 9, 160, 800, 780.0),
        (Format.HE, 0, 20, 1600, 8.125),
        (Format.HE, 11, 40, 3200, 243.75),
        (Format.HE, 11, 20, 800, 143.382353),
    ],
)
def test_rates_of_the_standard(form, mcs, width, guard, megabit_per_s):
    assert mode_of(form, mcs, width, guard).bit_per_s == pytest.approx(1e6 * megabit_per_s, abs=1.0)


@pytest.mark.parametrize("mode", LEGACY_RATES.values())
def test_a_legacy_symbol_holds_its_rate_for_4_microseconds(mode):
    assert mode.bits_per_symbol == Fraction(mode.bit_per_s * 4, 1_000_000)


@pytest.mark.parametrize("mode", ALL)
def test_coded_bits_fill_the_carriers(mode):
    coded = mode.coded_bit_per_s * mode.symbol_ns / 1e9
    bits_of_a_carrier = {2: 1, 4: 2, 16: 4, 64: 6, 256: 8, 1024: 10}[mode.constellation]
    assert coded == pytest.approx(PLANS[mode.format].carriers[mode.width_mhz] * bits_of_a_carrier, abs=0.1)


@pytest.mark.parametrize("form", Format)
def test_modes_rise_in_rate_but_for_legacy_bpsk(form):
    rates = [mode.bit_per_s for mode in modes(form)]
    assert rates == sorted(rates)


def test_a_second_encoder_has_its_tail():
    wide = {mcs: mode_of(Format.VHT, mcs, 160).encoders for mcs in range(10)}
    assert [mcs for mcs, encoders in wide.items() if encoders == 2] == [7, 8, 9]
    assert mode_of(Format.HE, 11, 160).encoders == mode_of(Format.HT, 7, 40).encoders == 1


@pytest.mark.parametrize(
    ("form", "mcs", "megabit_per_s"),
    [(Format.HT, 0, 6), (Format.HT, 2, 18), (Format.HT, 5, 48), (Format.HT, 7, 54), (Format.VHT, 8, 54),
     (Format.HE, 11, 54)],
)  # fmt: skip
def test_reference_rates_of_table_10_7(form, mcs, megabit_per_s):
    assert reference_mode(mode_of(form, mcs)).bit_per_s == megabit_per_s * 1_000_000


def test_what_the_standards_add_to_ns3():
    assert mode_of(Format.VHT, 0).preamble_ns(standard=True) - mode_of(Format.VHT, 0).preamble_ns() == 4000
    he = [mode_of(Format.HE, 0, 20, guard) for guard in (800, 1600, 3200)]
    assert [mode.preamble_ns(standard=True) - mode.preamble_ns() for mode in he] == [-800, 0, 8000]
    assert mode_of(Format.HT, 0).preamble_ns(standard=True) == mode_of(Format.HT, 0).preamble_ns() == 36_000


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((Format.HT, 8), "HT has MCS 0 to 7; got 8"),
        ((Format.HE, -1), "HE has MCS 0 to 11; got -1"),
        ((Format.HT, 0, 80), "HT has channels of 20, 40 MHz; got 80"),
        ((Format.HE, 0, 20, 400), "HE has guard intervals of 800, 1600, 3200 ns; got 400"),
        ((Format.VHT, 9, 20), "VHT MCS 9 does not exist in 20 MHz"),
    ],
)
def test_modes_that_do_not_exist_are_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        mode_of(*arguments)


@REPEATABLE
@given(st.sampled_from(ALL))
def test_modes_are_found_by_what_they_are(mode):
    assert mode_of(*mode) == mode
