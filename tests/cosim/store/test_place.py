from pathlib import Path

from cosim.store import place
from cosim.store.index import NAME
from cosim.store.store import Store


def test_the_scenario_chooses_before_the_environment(monkeypatch) -> None:
    monkeypatch.setenv(place.VARIABLE, "/somewhere")
    assert place.root("here/there") == Path("here/there")
    assert place.root("none") is None
    assert place.root() == Path("/somewhere")


def test_an_empty_variable_is_none(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv(place.VARIABLE, "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert place.root() == tmp_path / "cosim" / "store"


def test_the_environment_may_say_that_nothing_is_remembered(monkeypatch) -> None:
    monkeypatch.setenv(place.VARIABLE, "none")
    assert place.root() is None


def test_by_default_it_lies_in_the_users_cache(monkeypatch, tmp_path) -> None:
    monkeypatch.delenv(place.VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = place.root()
    assert folder is not None
    assert folder.name == "store"
    assert tmp_path in folder.parents


def test_stores_lie_side_by_side(tmp_path) -> None:
    for name in ("b", "a"):
        Store(tmp_path / name).close()
    (tmp_path / "stranger").mkdir()
    (tmp_path / "stranger" / NAME).write_bytes(b"SQLite format 3\0" + bytes(100))
    assert place.names(tmp_path) == ["a", "b"]
    assert place.names(tmp_path / "nowhere") == []
