import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radio_models.lora_capture import (
    CAPTURE_MODELS,
    Frames,
    capture_model,
    lock_after_s,
    required_db,
    survives,
    vulnerable_window,
)

REPEATABLE = settings(deadline=None, derandomize=True)
NAMES = st.sampled_from(sorted(CAPTURE_MODELS))
FACTORS = st.integers(7, 12)
LEVELS = st.floats(-140, -40)
TIMES = st.floats(-2.0, 2.0)
CHANNEL_HZ = 868.1e6
SYMBOL_S = 2.0**7 / 125e3
WANTED = Frames(-100.0, 0.0, 0.1, 7, CHANNEL_HZ)


def _alive(name, *others, wanted=WANTED):
    columns = zip(*others, strict=True) if others else [[]] * 6
    return bool(survives(CAPTURE_MODELS[name], wanted, Frames(*(np.array(column, dtype=float) for column in columns))))


def _other(level=-100.0, start_s=0.0, end_s=0.1, factor=7, hertz=CHANNEL_HZ, bandwidth_hz=125e3):
    return level, start_s, end_s, factor, hertz, bandwidth_hz


def test_the_matrices_of_the_reference(reference_table):
    for row in reference_table("lora_interference_matrix.csv"):
        model, factor = CAPTURE_MODELS[row["model"]], int(row["sf"])
        assert required_db(model, factor, np.arange(7, 13)).tolist() == [float(row[f"i{i}"]) for i in range(7, 13)]


@pytest.mark.parametrize("name", sorted(CAPTURE_MODELS))
def test_alone_a_frame_survives(name):
    assert _alive(name)
    assert not _alive(name, _other())
    assert _alive(name, _other(level=-np.inf))


@pytest.mark.parametrize(("name", "needed_db"), [("lorasim", 6.0), ("flora", 1.0), ("goursaud", 6.0)])
def test_the_same_spreading_factor_needs_its_ratio(name, needed_db):
    assert _alive(name, _other(level=-100.0 - needed_db - 1e-9))
    assert not _alive(name, _other(level=-100.0 - needed_db + 1e-9))


@pytest.mark.parametrize(("name", "needed_db"), [("flora", -9.0), ("goursaud", -19.0)])
def test_other_spreading_factors_disturb_when_they_are_strong(name, needed_db):
    assert _alive(name, _other(level=-100.0 - needed_db - 1e-9, factor=10))
    assert not _alive(name, _other(level=-100.0 - needed_db + 1e-9, factor=10))


def test_in_lorasim_spreading_factors_are_orthogonal():
    assert _alive("lorasim", _other(level=0.0, factor=8))


@pytest.mark.parametrize(("name", "symbols"), [("lorasim", 3), ("flora", 2)])
def test_the_first_symbols_of_a_preamble_may_be_disturbed(name, symbols):
    assert _alive(name, _other(level=0.0, start_s=-1.0, end_s=symbols * SYMBOL_S))
    assert not _alive(name, _other(level=0.0, start_s=-1.0, end_s=symbols * SYMBOL_S * (1 + 1e-9)))


@pytest.mark.parametrize(("khz", "apart_khz"), [(125, 30), (250, 60), (500, 120)])
def test_lorasim_hears_neighbouring_frequencies(khz, apart_khz):
    wanted = WANTED._replace(bandwidth_hz=khz * 1e3)
    near, far = CHANNEL_HZ + apart_khz * 1e3, CHANNEL_HZ + apart_khz * 1e3 + 1.0
    assert not _alive("lorasim", _other(hertz=near, bandwidth_hz=khz * 1e3), wanted=wanted)
    assert _alive("lorasim", _other(hertz=far, bandwidth_hz=khz * 1e3), wanted=wanted)
    assert _alive("flora", _other(hertz=near, bandwidth_hz=khz * 1e3), wanted=wanted)


def test_with_energies_a_short_overlap_does_no_harm():
    # At equal levels a quarter of the frame is 6.02 dB.
    assert _alive("goursaud", _other(start_s=0.075, end_s=0.2))
    assert not _alive("goursaud", _other(start_s=0.0745, end_s=0.2))


def test_energies_of_one_spreading_factor_add_up():
    weak = _other(level=-108.0)
    assert _alive("goursaud", weak)
    assert not _alive("goursaud", weak, weak)
    assert _alive("lorasim", weak, weak)


def test_many_frames_at_once():
    levels, starts = np.array([-100.0, -90.0, -100.0]), np.array([0.0, 0.05, 5.0])
    each = Frames(levels, starts, starts + 0.1, 7, CHANNEL_HZ)
    others = Frames(np.where(np.eye(3) > 0, -np.inf, levels), starts, starts + 0.1, 7, CHANNEL_HZ)
    for model in CAPTURE_MODELS.values():
        assert survives(model, each, others).tolist() == [False, True, True]


@REPEATABLE
@given(NAMES, LEVELS, LEVELS, FACTORS, TIMES, st.floats(0.01, 2.0))
def test_capture_never_helps_the_weaker(name, one_dbm, other_dbm, factor, start_s, air_s):
    model = CAPTURE_MODELS[name]
    one = Frames(one_dbm, 0.0, air_s, factor, CHANNEL_HZ)
    other = Frames(other_dbm, start_s, start_s + air_s, factor, CHANNEL_HZ)
    first = bool(survives(model, one, Frames(*([value] for value in other))))
    second = bool(survives(model, other, Frames(*([value] for value in one))))
    meeting = abs(start_s) < air_s - 8 * 2.0**factor / 125e3
    if name != "goursaud" and meeting:
        assert not (first and second)
        assert not first or one_dbm > other_dbm
        assert not second or other_dbm > one_dbm
    if name == "goursaud" and first != second:
        assert first == (one_dbm > other_dbm)


@REPEATABLE
@given(NAMES, LEVELS, LEVELS, LEVELS, FACTORS, FACTORS, TIMES)
def test_a_stronger_interferer_or_a_weaker_signal_saves_nobody(name, wanted_dbm, one, other, mine, theirs, start_s):
    model, (weak, strong) = CAPTURE_MODELS[name], sorted((one, other))
    rivals = Frames([[weak], [strong]], start_s, start_s + 0.5, theirs, CHANNEL_HZ)
    calm, loud = survives(model, Frames([wanted_dbm] * 2, 0.0, 1.0, mine, CHANNEL_HZ), rivals)
    assert calm >= loud
    faint, clear = survives(
        model, Frames([weak, strong], 0.0, 1.0, mine, CHANNEL_HZ), rivals._replace(power_dbm=[-90.0])
    )
    assert clear >= faint


@REPEATABLE
@given(NAMES, FACTORS, FACTORS, LEVELS, LEVELS, st.floats(0.1, 2.0), st.floats(0.1, 2.0), st.floats(-3.0, 3.0))
def test_a_frame_dies_within_the_vulnerable_window(name, mine, theirs, one_dbm, other_dbm, one_s, other_s, start_s):
    model = CAPTURE_MODELS[name]
    locks_s = lock_after_s(model, 2.0**mine / 125e3)
    window = vulnerable_window(model, one_dbm - other_dbm, (one_s, other_s), (mine, theirs), locks_s)
    wanted = Frames(one_dbm, 0.0, one_s, mine, CHANNEL_HZ)
    alive = survives(model, wanted, Frames([other_dbm], [start_s], [start_s + other_s], [theirs], [CHANNEL_HZ]))
    if min(abs(start_s - window.from_s), abs(start_s - window.to_s)) > 1e-9:
        assert bool(alive) == (not window.from_s < start_s < window.to_s)


def test_pure_aloha_at_equal_levels():
    """A frame and its like: two air times less the harmless part of the preamble; by energies one and a half."""
    both = ((0.1, 0.1), (7, 7))
    for name, width_s in (
        ("lorasim", 0.2 - 3 * SYMBOL_S),
        ("flora", 0.2 - 2 * SYMBOL_S),
        ("goursaud", 0.2 * (1 - 0.2512)),
    ):
        model = CAPTURE_MODELS[name]
        window = vulnerable_window(model, 0.0, *both, lock_after_s(model, SYMBOL_S))
        assert float(window.to_s - window.from_s) == pytest.approx(width_s, abs=1e-5)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: capture_model("bor"), "lorasim, flora, goursaud; got bor"),
        (lambda: required_db(CAPTURE_MODELS["flora"], 6, 7), "A spreading factor in a capture model"),
        (lambda: survives(CAPTURE_MODELS["goursaud"], WANTED._replace(spreading_factor=13), WANTED), "at most 12"),
        (lambda: vulnerable_window(CAPTURE_MODELS["flora"], 0.0, (-1.0, 1.0), (7, 7), 0.0), "An air time"),
    ],
)
def test_outside_the_range_is_refused(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_models_have_names():
    assert capture_model("flora") is CAPTURE_MODELS["flora"]
