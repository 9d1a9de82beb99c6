"""A run's curves as a file: the same drawing as the window's, with a legend of its own."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from core.reports.plots.run_figure import CurveFigure
from core.reports.plots.run_options import CurveOptions
from core.reports.plots.style import LIGHT, PlotLook
from core.reports.words import ENGLISH, CurveWords
from core.runs.history import History

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KINDS = ("png", "svg", "pdf")
SIZE = (9.6, 6.4)  # inches
_DPI, _FINE_DPI = 96, 192  # of the layout; of a PNG
_LEGEND = 26  # pixels
_UNDATED: dict[str, dict[str, Any]] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}
_RULES = {"svg.hashsalt": "thaw", "svg.fonttype": "none", "pdf.fonttype": 42}


def draw(
    figure: Figure,
    history: History,
    options: CurveOptions | None = None,
    words: CurveWords = ENGLISH,
    look: PlotLook = LIGHT,
) -> CurveFigure:
    """The curves of ``history`` with a legend, filling ``figure``; ready to be saved."""
    curves = CurveFigure(figure, words, animated=False)
    curves.set_look(look)
    curves.set_options(options or CurveOptions())
    curves.axes.set_legend_height(_LEGEND)
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
    """The curves as a file of ``kind``, one of ``KINDS``, ``size`` inches large. Equal curves
    are equal bytes."""
    import matplotlib
    from matplotlib.figure import Figure

    file = BytesIO()
    rules: dict[Any, Any] = {**matplotlib.rcParamsDefault, **_RULES}
    del rules["backend"]  # the window has one of its own
    with matplotlib.rc_context(rules):
        figure = Figure(figsize=size, dpi=_DPI)
        draw(figure, history, options, words, look)
        dpi = _FINE_DPI if kind == "png" else _DPI
        figure.savefig(file, format=kind, dpi=dpi, metadata=_UNDATED.get(kind))
    return file.getvalue()


def _add_legend(curves: CurveFigure, history: History, words: CurveWords, look: PlotLook) -> None:
    panel = curves.accuracy_lines
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
