import gzip
import zipfile

import pytest

from cosim.sim.trace_file import TraceError, lines, located, number_of, opened, version_of

TEXT = "# a comment\n\none 1\ntwo 2\n"


def test_lines_are_numbered_without_comments(tmp_path):
    plain, packed = tmp_path / "a.txt", tmp_path / "a.txt.gz"
    plain.write_text(TEXT)
    packed.write_bytes(gzip.compress(TEXT.encode()))
    for file in (plain, packed):
        assert list(lines(str(file))) == [(3, "one 1"), (4, "two 2")]


def test_the_only_member_of_an_archive_needs_no_name(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("folder/a.csv", TEXT)
        archive.writestr("__MACOSX/folder/._a.csv", b"\0\1")
    assert len(list(lines(str(tmp_path / "a.zip")))) == 2


def test_members_are_found_by_the_end_of_their_names(tmp_path):
    file = str(tmp_path / "a.zip")
    with zipfile.ZipFile(file, "w") as archive:
        for name in ("x/a.csv", "y/a.csv", "y/b.csv"):
            archive.writestr(name, name)
    assert list(lines(file, "b.csv")) == [(1, "y/b.csv")]
    assert list(lines(file, "x/a.csv")) == [(1, "x/a.csv")]
    with pytest.raises(TraceError, match=r"2 of them match 'a.csv'"):
        opened(file, "a.csv")
    with pytest.raises(TraceError, match="3 members: name one"):
        opened(file)


def test_files_are_looked_for_here_in_the_directory_of_data_and_among_scenarios(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "there.txt").write_text(TEXT)
    monkeypatch.setenv("COSIM_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    assert located("there.txt") == tmp_path / "data" / "there.txt"
    (tmp_path / "there.txt").write_text(TEXT)
    assert located("there.txt").resolve() == tmp_path / "there.txt"
    assert located("traces/cellular.up").is_file()
    with pytest.raises(TraceError, match=r"^nowhere.txt: there is no such file \(looked in .*data, "):
        located("nowhere.txt")


def test_what_is_no_text_is_refused_with_its_line(tmp_path):
    file = tmp_path / "a.txt"
    file.write_bytes(b"fine\n\xff\xfe\n")
    with pytest.raises(TraceError, match=r"a\.txt:2: is no text"):
        list(lines(str(file)))


def test_a_damaged_archive_is_refused(tmp_path):
    file = tmp_path / "a.txt.gz"
    file.write_bytes(gzip.compress(TEXT.encode() * 100)[:-12])
    with pytest.raises(TraceError, match=r"a\.txt\.gz:\d+: cannot be read"):
        list(lines(str(file)))


@pytest.mark.parametrize("text", ["", "nan", "-inf", "1,5", "x" * 99])
def test_numbers_are_finite(text):
    with pytest.raises(TraceError, match=r"^f:7: the speed must be a number, not '.{0,40}'$"):
        number_of(text, "the speed", "f", 7)
    assert number_of("-1.5e3", "the speed", "f", 7) == -1500.0


def test_another_content_is_another_version(tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("1")
    before = version_of(str(file))
    assert version_of(str(file)) == before
    file.write_text("12")
    assert version_of(str(file)) != before
