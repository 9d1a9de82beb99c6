"""The figure of one or several runs as a file (PNG, SVG, PDF) or as SVG within a web page.

A single run's figure is the window's drawing, with a legend added. All have a light ground. Equal
figures are equal bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any

from core.reports.comparison import names_of
from core.reports.plots.comparison_figure import ComparisonFigure, Curve, Shown
from core.reports.plots.points import CurveOptions
from core.reports.plots.run_figure import CurveFigure
from core.reports.plots.style import DARK, LIGHT, add_legend, color
from core.reports.words import ENGLISH, CurveWords
from core.runs.history import History, series
from core.runs.run import Run

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

_DPI, _SHARP = 96.0, 2.0
_SIZE, PAGE_SIZE, _LOW_SIZE = (9.6, 6.4), (900 / 96, 560 / 96), (900 / 96, 380 / 96)  # inches
_LEGEND = 26  # pixels
_UNDATED: dict[str, dict[str, Any]] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
_RULES: dict[str, Any] = {
    "svg.fonttype": "none",  # letters stay letters: small, and searchable
    "pdf.fonttype": 42,
}


def of_run(
    history: History,
    options: CurveOptions | None = None,
    words: CurveWords = ENGLISH,
    size: tuple[float, float] = _SIZE,
) -> Figure:
    """The curves of ``history`` with a legend, ``size`` inches large."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, dpi=_DPI)
    curves = CurveFigure(figure, words, animated=False, legend=_LEGEND)
    curves.set_look(LIGHT)
    curves.set_options(options or CurveOptions())
    curves.set_size(size[0] * _DPI, size[1] * _DPI)
    curves.show(history)
    _add_legend(curves, history, words)
    return figure


def of_runs(runs: Sequence[Run], shown: Shown) -> Figure:
    """The curves of several runs overlaid, looked at as ``shown`` says."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=_LOW_SIZE, dpi=_DPI)
    plot = ComparisonFigure(figure, ENGLISH)
    plot.set_look(LIGHT)
    plot.set_size(_LOW_SIZE[0] * _DPI, _LOW_SIZE[1] * _DPI)
    curves = [
        Curve(name, number, series(run.history, shown.axis, shown.quantity))
        for number, (name, run) in enumerate(zip(names_of(runs), runs, strict=True))
    ]
    plot.show(curves, shown)
    return figure


def _add_legend(curves: CurveFigure, history: History, words: CurveWords) -> None:
    panel = curves.accuracy
    augmented = any(one.augmented for one in history.stages)
    entries: list[tuple[Artist, str]] = [
        (panel.validation, words.say("validation")),
        (panel.band, words.say("interval")),
        (panel.train, words.say("train_augmented" if augmented else "train")),
        (panel.batches, words.say("batches")),
    ]
    if history.best is not None:
        entries.append((panel.best, words.best_epoch(history.chosen_by)[0]))
    add_legend(
        curves.figure,
        entries,
        LIGHT,
        loc="upper center",
        ncols=len(entries),
        frameon=False,
        fontsize=0.85 * LIGHT.points,
        handlelength=1.4,
        columnspacing=1.2,
        borderaxespad=0.2,
    )


def as_file(draw: Callable[[], Figure], kind: str) -> bytes:
    """What ``draw`` draws as a file of ``kind`` (png, svg, pdf), without a date."""
    with _plain("thaw"):
        return _saved(draw(), kind)


def as_element(draw: Callable[[], Figure], number: int) -> str:
    """What ``draw`` draws in ``LIGHT`` as an ``<svg>`` element whose colours are CSS variables
    (``css``), so that it follows the page into light or dark; ``number`` tells it from others on
    the same page."""
    with _plain(f"figure {number}"):
        text = _saved(draw(), "svg").decode("utf-8")
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'\b(id="|href="#|url\(#)', rf"\g<1>f{number}-", text)
    text = re.sub(r' (?:width|height)="[^"]*"', "", text, count=2)  # the page's own
    return re.sub(r"#[0-9a-f]{6}\b", lambda found: _as_variable(found[0]), text)


def css() -> tuple[str, str]:
    """The declarations of the variables in ``as_element``, for a light and for a dark page."""
    pairs = [(LIGHT.colors[name], DARK.colors[name]) for name in LIGHT.colors]
    light = "".join(f"{_name(one)}:{one};" for one in dict(pairs))
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
def _plain(salt: str) -> Iterator[None]:
    """Draw under matplotlib's own defaults, whatever a person's file says. The same ``salt``
    gives the same bytes, different ones different names within an SVG."""
    import matplotlib

    rules: dict[Any, Any] = {**matplotlib.rcParamsDefault, **_RULES, "svg.hashsalt": salt}
    rules.pop("backend")
    with matplotlib.rc_context(rules):
        yield


def _saved(figure: Figure, kind: str) -> bytes:
    file = BytesIO()
    dpi = _DPI * (_SHARP if kind == "png" else 1)
    figure.savefig(file, format=kind, dpi=dpi, metadata=_UNDATED.get(kind))
    return file.getvalue()
