import pytest

from cosim.sim.error_table import table_of

HEAD = "# simulated by hand\nmcs,size_bytes,snr_db,per\n"


@pytest.fixture
def written(tmp_path):
    def write(text, head=HEAD):
        file = tmp_path / "table.csv"
        file.write_text(head + text, encoding="utf-8")
        return str(file)

    return write


def test_a_table_is_read_by_scheme(written):
    tables = table_of(written("3,1000,9,0.5\n3,1000,8,0.9\n\n0,32,0,0.4\n0,1458,0,0.8\n"))
    assert set(tables) == {(16, 1), (2, 1)}
    assert float(tables[16, 1].error_rate(8.5, 1000)) == pytest.approx(0.7)
    assert float(tables[2, 1].error_rate(0.0, 32)) == pytest.approx(0.4)
    assert float(tables[2, 1].error_rate(0.0, 1458)) == pytest.approx(1 - 0.6 ** (399 / 32))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "there is no row in it"),
        ("0,1000,3\n", r"table\.csv:3: a row is 4 numbers"),
        ("0,1000,3,much\n", r"table\.csv:3: a row is 4 numbers"),
        ("0,1000,3,nan\n", r"table\.csv:3: a row is 4 numbers"),
        ("0,1000,3,0.5\n12,1000,3,0.5\n", r"table\.csv:4: mcs is a whole number from 0 to 11"),
        ("0.5,1000,3,0.5\n", "mcs is a whole number"),
        ("0,0,3,0.5\n", "size_bytes is at least 1, and per from 0 to 1"),
        ("0,1000,3,1.5\n", "size_bytes is at least 1, and per from 0 to 1"),
        ("0,1000,3,0.5\n0,1000,3,0.5\n", r"table\.csv:4: this ratio is there already"),
        ("0,1000,3,0.5\n0,1000,4,0.6\n", "per of mcs 0 at 1000 bytes rises with the ratio"),
        ("0,500,3,0.5\n0,1000,3,0.6\n", "mcs 0 has one size, or one below 400 bytes and one not below"),
    ],
)
def test_malformed_tables_are_refused_with_their_line(written, text, sentence):
    with pytest.raises(ValueError, match=sentence):
        table_of(written(text))


def test_other_columns_are_refused(written):
    with pytest.raises(ValueError, match=r"table\.csv:1: the columns are mcs, size_bytes, snr_db, per"):
        table_of(written("1,2,3,4\n", head="a,b,c,d\n"))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ValueError, match="cannot be read"):
        table_of(str(tmp_path / "nothing.csv"))
