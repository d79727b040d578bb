"""The validation page: a table of all quantities, and for each our curve over the points of the reference."""

import base64
import io
import math
from collections.abc import Sequence

import jinja2
import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot
from quantity import Point, Quantity

MOST_CURVES = 9
"""More curves than these cannot be told apart; then our number is drawn against that of the reference."""

PAGE = jinja2.Environment(autoescape=True).from_string("""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>cosim: validation</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root { color-scheme: light dark; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .25rem .6rem; }
tr { border-bottom: 1px solid #8884; } td.n { text-align: right; font-variant-numeric: tabular-nums; }
.pass { color: #00795a; font-weight: 600; } .fail { color: #c8102e; font-weight: 700; }
figure { display: inline-block; margin: 1rem 1rem 0 0; max-width: 34rem; } img { width: 100%; background: #fff; }
figcaption { font-size: .85rem; }
</style></head><body>
<h1>Validation</h1>
<p>{{ passed }} of {{ quantities|length }} quantities agree, {{ rows }} numbers in all. A <em>deviation</em> is the
largest of its quantity; where it says n se, n numbers beyond the tolerance lie within three standard
errors of the reference.
{{ origin }}</p>
<table><thead>
<tr><th>quantity</th><th>table</th><th>numbers</th><th>largest deviation</th><th>tolerance</th><th></th></tr>
</thead><tbody>
{% for q in quantities %}<tr><td><a href="#q{{ loop.index }}">{{ q.name }}</a></td><td>{{ q.table }}</td>
<td class="n">{{ q.points|length }}</td><td class="n">{{ number(q.worst) }} {{ measured(q) }}</td>
<td class="n">{{ number(q.tolerance) }} {{ measured(q) }}</td>
<td class="{{ 'pass' if q.agrees else 'fail' }}">{{ 'pass' if q.agrees else 'fail' }}{% if q.excused %}, {{ q.excused }}
se{% endif %}</td></tr>
{% endfor %}</tbody></table>
{% for q in quantities %}<figure id="q{{ loop.index }}"><img alt="{{ q.name }}: ours over the reference"
src="data:image/png;base64,{{ pictures[loop.index0] }}"><figcaption><b>{{ q.name }}</b>. Lines: ours. Points:
{{ q.table }}. {{ q.note }}</figcaption></figure>
{% endfor %}</body></html>
""")


def page(quantities: Sequence[Quantity], origin: str) -> str:
    """The page as HTML that needs nothing else."""
    return PAGE.render(
        quantities=quantities,
        pictures=[picture(quantity) for quantity in quantities],
        passed=sum(quantity.agrees for quantity in quantities),
        rows=sum(len(quantity.points) for quantity in quantities),
        origin=origin,
        number=lambda value: f"{value:.3g}",
        measured=measured,
    )


def measured(quantity: Quantity) -> str:
    """What the deviations of a quantity are counted in."""
    if quantity.measure == "standard errors":
        return "se"
    return "(relative)" if quantity.measure == "relative" else "" if quantity.unit == "1" else quantity.unit


def picture(quantity: Quantity) -> str:
    """A plot as base64 text of a PNG."""
    figure, axes = pyplot.subplots(figsize=(5.4, 3.4), dpi=110, constrained_layout=True)
    curves = curves_of(quantity.points)
    if len(curves) > MOST_CURVES or all(len(points) < 2 for points in curves.values()):
        against_each_other(axes, quantity)
    else:
        over_each_other(axes, quantity, curves)
    axes.grid(alpha=0.3)
    axes.set_title(quantity.name, loc="left", fontsize=9)
    written = io.BytesIO()
    figure.savefig(written, format="png")
    pyplot.close(figure)
    return base64.b64encode(written.getvalue()).decode()


def curves_of(points: Sequence[Point]) -> dict[str, list[Point]]:
    """Points by curve, those of each in order."""
    curves: dict[str, list[Point]] = {}
    for point in sorted(points, key=lambda point: point.x):
        if not math.isnan(point.theirs):
            curves.setdefault(point.series, []).append(point)
    return curves


def over_each_other(axes, quantity: Quantity, curves: dict[str, list[Point]]) -> None:
    """Our curves as lines, the reference as points."""
    for i, (series, points) in enumerate(sorted(curves.items())):
        x = [point.x for point in points]
        # A line needs two points; where there is one, a cross stands for it.
        axes.plot(
            x, [point.ours for point in points], "-" if len(x) > 1 else "x", color=f"C{i}", linewidth=1.3, label=series
        )
        axes.plot(x, [point.theirs for point in points], "o", color=f"C{i}", markersize=3)
    axes.set_xlabel(quantity.x_label)
    axes.set_ylabel("" if quantity.unit == "1" else quantity.unit)
    if quantity.logarithmic:
        axes.set_xscale("log")
    if any(curves):
        axes.legend(fontsize=6)


def against_each_other(axes, quantity: Quantity) -> None:
    """Our numbers over those of the reference; agreement is the diagonal."""
    known = [point for point in quantity.points if not math.isnan(point.theirs)]
    theirs = [point.theirs for point in known]
    axes.plot(theirs, [point.ours for point in known], "o", markersize=3, alpha=0.6)
    axes.plot(
        [min(theirs, default=0), max(theirs, default=1)], [min(theirs, default=0), max(theirs, default=1)], "k-", lw=0.6
    )
    axes.set_xlabel(f"reference {quantity.unit}")
    axes.set_ylabel(f"ours {quantity.unit}")
