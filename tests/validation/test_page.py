import base64

from page import curves_of, page, picture
from quantity import Point, Quantity


def losses(n, series="free space"):
    return [Point(series, float(x), 2.0 * x, 2.0 * x) for x in range(n, 0, -1)]


def test_the_page_shows_every_quantity_with_a_picture_and_whether_it_agrees():
    good = Quantity("path loss", "path_loss.csv", losses(5), 1e-4, unit="dB", note="Thirty metres <at most>.")
    bad = Quantity("air time", "airtime.csv", [Point("a", 0.0, 1.0, 2.0)], 0.1)
    text = page([good, bad], "Tables of ns-3.37.")
    assert "1 of 2 quantities agree, 6 numbers in all" in text
    assert text.count("data:image/png;base64,") == 2
    assert 'class="pass">pass' in text and 'class="fail">fail' in text
    assert "Thirty metres &lt;at most&gt;." in text


def test_curves_run_in_order_and_leave_out_what_the_reference_does_not_know():
    points = [*losses(3), Point("free space", 9.0, 1.0, float("nan"))]
    assert [point.x for point in curves_of(points)["free space"]] == [1.0, 2.0, 3.0]


def test_a_picture_is_drawn_whether_curves_are_few_or_many():
    few = picture(Quantity("loss", "t", losses(4), 1.0))
    many = picture(Quantity("loss", "t", [point for n in range(12) for point in losses(3, str(n))], 1.0))
    for text in (few, many):
        assert base64.b64decode(text).startswith(b"\x89PNG")
