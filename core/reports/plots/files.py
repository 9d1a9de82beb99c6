"""The figure of one or several runs as a file (PNG, SVG, PDF) or as SVG within a web page.

A single run's figure is the window's drawing, with a legend added. Equal figures are equal bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Any

from core.reports.comparison import names_of
from core.reports.plots.comparison_figure import ComparisonFigure, Curve, Shown
from core.reports.plots.points import CurveOptions
from core.reports.plots.run_figure import CurveFigure
from core.reports.plots.style import DARK, LIGHT, PlotLook, color
from core.reports.words import ENGLISH, CurveWords
from core.runs.history import Axis, History, Quantity, series
from core.runs.run import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIZE = (9.6, 6.4)  # inches
_DPI, _SHARP = 96.0, 2.0
_WIDTH, _HEIGHT, _LOW = 900.0, 560.0, 380.0  # logical pixels
_LEGEND = 26  # pixels
_UNDATED: dict[str, dict[str, Any]] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
_RULES: dict[str, Any] = {
    "svg.fonttype": "none",  # letters stay letters: small, and searchable
    "pdf.fonttype": 42,
}


def draw(
    figure: Figure,
    history: History,
    options: CurveOptions | None = None,
    words: CurveWords = ENGLISH,
    look: PlotLook = LIGHT,
) -> CurveFigure:
    """The curves of ``history`` with a legend, filling ``figure``; ready to be saved."""
    curves = CurveFigure(figure, words, animated=False, legend=_LEGEND)
    curves.set_look(look)
    curves.set_options(options or CurveOptions())
    width, height = figure.get_size_inches() * figure.dpi
    curves.set_size(float(width), float(height))
    curves.show(history)
    _add_legend(curves, history, words, look)
    return curves


def picture(
    history: History,
    kind: str,
    options: CurveOptions | None = None,
    words: CurveWords = ENGLISH,
    look: PlotLook = LIGHT,
    size: tuple[float, float] = SIZE,
) -> bytes:
    """The curves as a file of ``kind`` (png, svg, pdf), ``size`` inches large. Equal curves are
    equal bytes."""
    from matplotlib.figure import Figure

    with plain("thaw"):
        figure = Figure(figsize=size, dpi=_DPI)
        draw(figure, history, options, words, look)
        return saved(figure, kind)


def _add_legend(curves: CurveFigure, history: History, words: CurveWords, look: PlotLook) -> None:
    panel = curves.accuracy
    augmented = any(one.augmented for one in history.stages)
    entries = [
        (panel.validation, words.say("validation")),
        (panel.band, words.say("interval")),
        (panel.train, words.say("train_augmented" if augmented else "train")),
        (panel.batches, words.say("batches")),
    ]
    if history.best is not None:
        entries.append((panel.best, words.best_epoch(history.chosen_by)[0]))
    curves.figure.legend(
        [artist for artist, _ in entries],
        [text for _, text in entries],
        loc="upper center",
        ncols=len(entries),
        frameon=False,
        fontsize=0.85 * look.points,
        labelcolor=look.colors["text"],
        handlelength=1.4,
        columnspacing=1.2,
        borderaxespad=0.2,
    )


def figure_file(runs: Sequence[Run], kind: str, shown: Shown) -> bytes:
    """A file of ``kind`` (png, svg, pdf) with the curves of one run, or of several overlaid, looked
    at as ``shown`` says, on a light ground and with a legend."""
    if len(runs) == 1:
        return picture(runs[0].history, kind)
    with _drawn(runs, replace(shown, legend=True), salt="thaw") as figure:
        return saved(figure, kind)


def inline_svg(runs: Sequence[Run], shown: Shown, number: int) -> str:
    """The same as an ``<svg>`` element whose colours are CSS variables (``css``), so that it
    follows the page into light or dark; ``number`` tells it from others on the same page."""
    with _drawn(runs, shown, salt=f"figure {number}") as figure:
        return element(figure, number)


def element(figure: Figure, number: int) -> str:
    """``figure`` as such an element; it was drawn in ``LIGHT`` within ``plain``."""
    text = saved(figure, "svg").decode("utf-8")
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'\b(id="|href="#|url\(#)', rf"\g<1>f{number}-", text)
    text = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", text, count=1)
    text = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", text, count=1)
    return re.sub(r"#[0-9a-f]{6}\b", lambda found: _as_variable(found[0]), text)


def css() -> tuple[str, str]:
    """The declarations of the variables in ``inline_svg``, for a light and for a dark page."""
    pairs = [(LIGHT.colors[name], DARK.colors[name]) for name in LIGHT.colors]
    light = "".join(f"{_name(one)}:{one};" for one, _ in dict(pairs).items())
    dark = "".join(f"{_name(one)}:{other};" for one, other in dict(pairs).items())
    return light, dark


def color_variable(number: int) -> str:
    """The variable of the colour of the run of ``number`` (from 0)."""
    return _name(color(number, dark=False))


def _name(tint: str) -> str:
    return f"--plot-{tint[1:]}"


def _as_variable(tint: str) -> str:
    return f"var({_name(tint)})" if tint in LIGHT.colors.values() else tint


@contextmanager
def plain(salt: str) -> Iterator[None]:
    """Draw under matplotlib's own defaults, whatever a person's file says. The same ``salt``
    gives the same bytes, different ones different names within an SVG."""
    import matplotlib

    rules: dict[Any, Any] = {**matplotlib.rcParamsDefault, **_RULES, "svg.hashsalt": salt}
    rules.pop("backend")
    with matplotlib.rc_context(rules):
        yield


@contextmanager
def _drawn(runs: Sequence[Run], shown: Shown, salt: str) -> Iterator[Figure]:
    """The figure of ``runs``."""
    from matplotlib.figure import Figure

    with plain(salt):
        height = _HEIGHT if len(runs) == 1 else _LOW
        figure = Figure(figsize=(_WIDTH / _DPI, height / _DPI), dpi=_DPI)
        if len(runs) == 1:
            draw(figure, runs[0].history)
        else:
            plot = ComparisonFigure(figure, ENGLISH)
            plot.set_look(LIGHT)
            plot.set_size(_WIDTH, height)
            plot.show(curves(runs, shown.axis, shown.quantity), shown)
        yield figure


def curves(runs: Sequence[Run], axis: Axis, quantity: Quantity) -> list[Curve]:
    """A curve for each of ``runs``, in their order."""
    return [
        Curve(name, number, series(run.history, axis, quantity))
        for number, (name, run) in enumerate(zip(names_of(runs), runs, strict=True))
    ]


def saved(figure: Figure, kind: str) -> bytes:
    """A file of ``kind`` without a date: the same figure gives the same bytes."""
    file = BytesIO()
    dpi = _DPI * (_SHARP if kind == "png" else 1)
    figure.savefig(file, format=kind, dpi=dpi, metadata=_UNDATED.get(kind))
    return file.getvalue()
