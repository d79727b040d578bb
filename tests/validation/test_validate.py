import json

import pytest
import validate
from quantity import Point, Quantity

TABLE = "# measured somewhere\nx,theirs\n1,2\n3,6\n"


def compared(rows):
    return [
        Quantity(
            "double", "double.csv", [Point("", float(r["x"]), 2 * float(r["x"]), float(r["theirs"])) for r in rows], 0.1
        )
    ]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with one table, of which one comparison is known."""
    monkeypatch.setattr(validate, "COMPARISONS", (("double.csv", compared), ("other.csv", compared)))
    monkeypatch.setattr(validate, "without_tables", list)
    (tmp_path / "double.csv").write_text(TABLE)
    return tmp_path


def run(folder, *options):
    return validate.main([str(folder), "--out", str(folder / "out"), *options])


def test_agreement_is_a_page_numbers_and_exit_0(folder, capsys):
    assert run(folder) == 0
    (row,) = json.loads((folder / "out/validation.json").read_text())
    assert (row["quantity"], row["rows"], row["worst_deviation"], row["tolerance"], row["pass"]) == (
        "double",
        2,
        0,
        0.1,
        True,
    )
    page = (folder / "out/index.html").read_text()
    assert "1 of 1 quantities agree" in page
    assert "Not there, and so not compared: other.csv." in page
    assert "1 of 1 quantities agree" in capsys.readouterr().out


def test_one_disagreement_is_exit_1(folder):
    (folder / "double.csv").write_text(TABLE + "4,9\n")
    assert run(folder) == 1
    (row,) = json.loads((folder / "out/validation.json").read_text())
    assert (row["rows"], row["pass"]) == (3, False)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x,theirs\n", "at least one row"),
        ("x,theirs\n1,2,3\n", "double.csv:2: 3 entries for 2 columns"),
        ("x\n1\n", "there is no column or model 'theirs'"),
        ("x,theirs\n1,two\n", "could not convert"),
    ],
)
def test_a_table_that_cannot_be_compared_is_one_sentence_and_exit_2(folder, capsys, text, said):
    (folder / "double.csv").write_text(text)
    assert run(folder) == 2
    assert said in capsys.readouterr().err
    assert not (folder / "out").exists()


def test_a_folder_without_tables_or_none_at_all_is_exit_2(folder, capsys):
    (folder / "double.csv").unlink()
    assert run(folder) == 2
    assert run(folder / "nowhere") == 2
    said = capsys.readouterr().err.splitlines()
    assert "holds none of the reference tables double.csv, other.csv" in said[0]
    assert "there is no such folder" in said[1]
