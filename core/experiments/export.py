"""What came of an experiment, drawn, and as a file for others: report, numbers, or figure.

The figure has mean curves with their bands, and arrows where a mark is true. Nothing here imports
matplotlib when it is itself imported.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.experiments.experiment import Experiment
from core.experiments.kinds import shows_times
from core.experiments.marks import ArmMarks, Band, Marks, band
from core.experiments.text import (
    ENGLISH,
    Words,
    as_sentence,
    heads,
    kind_title,
    notes,
    rates_of,
    rows,
    titles,
    told,
)
from core.reports import export as run_export
from core.reports import html
from core.reports.export import table
from core.reports.html import Page, Section, Table
from core.reports.plots.files import as_file
from core.reports.plots.style import LIGHT, PlotLook, add_legend, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

ARM_COLORS = ("validation", "thawed", "train", "training", "frozen", "right")
_DASHES = ("-", (0, (5, 2)), (0, (1, 1)), (0, (5, 1, 1, 1)))
_MARKERS = "os^Dv"
_ROOM = 0.7  # epochs on either side, for the arrows
_FILE_INCHES = 9.0, 5.2
_LETTER_EMS, _SIGN_LETTERS = 0.58, 8.6  # of a legend: a letter on the average; sign and gaps
_ROOM_FOR_WORDS = 6  # per cent of accuracy
_LONG = 1.5  # minutes: up to these seconds say more


def draw(
    figure: Figure,
    marks: Marks,
    named: Mapping[str, str],
    words: Words,
    look: PlotLook,
    *,
    room: Marks | None = None,
    live: tuple[str, Sequence[float]] | None = None,
) -> None:
    """Draw the curves of ``marks`` anew: accuracy in per cent against epochs. ``named`` has all
    arms, in order. Curves that are yet to grow get axes with ``room`` for these; ``live`` is an
    arm and the accuracies of the run of it that trains."""
    room = room or marks
    axes = _prepared(figure, marks, room, "epoch", words, look)
    longest = max((len(curve) for one in room.arms for curve in one.curves), default=1)
    order = list(named)
    lines = {one.name: _curve(axes, one, order.index(one.name), look) for one in marks.arms}
    if live is not None and live[1]:
        arm, accuracies = live
        longest = max(longest, len(accuracies))
        xs, ys = range(1, len(accuracies) + 1), [100 * one for one in accuracies]
        color = _color(order.index(arm), look)
        (thin,) = axes.plot(xs, ys, color=color, lw=1, marker=".", alpha=0.8)
        lines.setdefault(arm, thin)
    axes.set_xlim(1 - _ROOM, longest + _ROOM)
    _arrows(axes, marks, longest, words, look)
    axes.locator_params(axis="x", integer=True)
    _legend(figure, lines, named, look)


def draw_times(
    figure: Figure, marks: Marks, named: Mapping[str, str], words: Words, look: PlotLook
) -> None:
    """Draw each run's end level, where its arm has one, else its best epoch, against its time:
    seconds, where none took much longer than a minute."""
    longest = max((value for one in marks.arms for value in one.minutes.values), default=0.0)
    unit, factor = ("minutes", 1.0) if longest > _LONG else ("seconds", 60.0)
    axes = _prepared(figure, marks, marks, unit, words, look)
    points = {}
    order = list(named)
    for one in marks.arms:
        number = order.index(one.name)
        level = one.end or one.best
        color = _color(number, look)
        ys = [100 * value for value in level.values]
        marker = _MARKERS[number % len(_MARKERS)]
        xs = [factor * value for value in one.minutes.values]
        axes.plot(xs, ys, marker, color=color, ms=6, alpha=0.55, ls="")
        points[one.name] = axes.errorbar(
            [factor * one.minutes.mean],
            [100 * level.mean],
            xerr=_errors(one.minutes, factor),
            yerr=_errors(level, 100),
            fmt=marker,
            color=color,
            ms=9,
            capsize=3,
        )
    axes.set_xlim(0, factor * longest * 1.1 or 1)
    _legend(figure, points, named, look)


def drawn(marks: Marks, named: Mapping[str, str], words: Words, *, times: bool = False) -> Figure:
    """The curves, or the times, as a figure for a file or a page, on a light ground."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=_FILE_INCHES, layout="constrained")
    (draw_times if times else draw)(figure, marks, named, words, LIGHT)
    return figure


def _prepared(
    figure: Figure, marks: Marks, room: Marks, across: str, words: Words, look: PlotLook
) -> Axes:
    """Axes for accuracies in per cent with room for those of ``room``, and the line of always
    answering the largest class."""
    figure.clear()
    axes = figure.add_subplot()
    style(figure, [axes], look)
    values = [value for one in room.arms for curve in one.curves for value in curve]
    lowest = min([*values, *(one.majority for one in room.arms), 0.5])
    axes.set_ylim(max(0.0, 100 * lowest - 8), 103)
    if marks.arms:
        _majority(axes, marks.arms[0].majority, words, look)
    axes.set_xlabel(words.say(f"experiment_figure_{across}", {}))
    axes.set_ylabel(words.say("experiment_figure_accuracy", {}))
    return axes


def _curve(axes: Axes, arm: ArmMarks, number: int, look: PlotLook) -> Line2D:
    shortest = min(map(len, arm.curves))
    bands = [band([curve[place] for curve in arm.curves]) for place in range(shortest)]
    xs = list(range(1, shortest + 1))
    color = _color(number, look)
    (line,) = axes.plot(
        xs,
        [100 * one.mean for one in bands],
        color=color,
        lw=2,
        ls=_DASHES[number % len(_DASHES)],
        marker=_MARKERS[number % len(_MARKERS)],
        ms=4,
        zorder=3,
    )
    lows, highs = ([100 * getattr(one, end) for one in bands] for end in ("low", "high"))
    axes.fill_between(xs, lows, highs, color=color, alpha=0.18, lw=0, zorder=1)
    return line


def _color(number: int, look: PlotLook) -> str:
    return look.colors[ARM_COLORS[number % len(ARM_COLORS)]]


def _majority(axes: Axes, share: float, words: Words, look: PlotLook) -> None:
    """Its line, and the words below it, out of the arrows' way, where there is room."""
    color = look.colors["baseline"]
    has_room = 100 * share - axes.get_ylim()[0] >= _ROOM_FOR_WORDS
    axes.axhline(100 * share, ls=":", lw=1.2, color=color, zorder=2)
    axes.annotate(
        f"{words.say('experiment_figure_majority', {})}: {words.percent(share)}",
        (1, 100 * share),
        xycoords=("axes fraction", "data"),
        xytext=(-4, -3 if has_room else 3),
        textcoords="offset points",
        ha="right",
        va="top" if has_room else "bottom",
        color=color,
        fontsize=look.points,
    )


def _errors(of: Band, times: float) -> list[list[float]]:
    """How far the band reaches below and above its mean."""
    return [[times * (of.mean - of.low)], [times * (of.high - of.mean)]]


# Where the label of each mark's arrow stands: points from its middle, and what of it is there.
_LABELS = {
    "start": ((7, 0), "left", "center"),
    "end": ((-7, 0), "right", "center"),
    "slope": ((0, 3), "center", "bottom"),
}


def _arrows(axes: Axes, marks: Marks, longest: int, words: Words, look: PlotLook) -> None:
    """The three marks, each of the first pair of which it is true, and only there; towards the arm
    that was expected to be ahead, or the other where only that is."""
    color = look.colors["text"]
    for mark, (offset, across, upright) in _LABELS.items():
        found = [_place(mark, arm, marks, longest) for arm in _pair(marks, mark)]
        if not found or (tip := found[0]) is None:
            continue
        tail = found[1] or (longest, tip[1])
        arrow = {"arrowstyle": "-|>", "color": color, "lw": 1.6}
        axes.annotate("", tip, tail, arrowprops=arrow, zorder=4)
        middle = (tail[0] + tip[0]) / 2, (tail[1] + tip[1]) / 2
        if mark == "start":
            middle = middle[0], _clear_of(marks.target, tail[1], tip[1])
        axes.annotate(
            words.say(f"experiment_figure_{mark}", {}),
            middle,
            xytext=offset,
            textcoords="offset points",
            ha=across,
            va=upright,
            color=color,
            fontsize=look.points,
            fontweight="bold",
            bbox={"fc": look.colors["base"], "ec": "none", "pad": 1.0, "alpha": 0.85},
            zorder=5,
        )


def _place(mark: str, arm: ArmMarks, marks: Marks, longest: int) -> tuple[float, float] | None:
    """Where an arm's start, end or way to the target is; None where it has none."""
    if mark == "start":
        return 1 - _ROOM / 2, 100 * arm.start.mean
    if mark == "end":
        return (longest + _ROOM / 2, 100 * arm.end.mean) if arm.end else None
    return (arm.reached.mean, 100 * marks.target) if arm.reached and marks.target else None


def _clear_of(target: float | None, low: float, high: float) -> float:
    """The middle between two heights, or of the larger part where ``target``, at which the slope's
    arrow ends, parts them."""
    level = 100 * target if target is not None else low
    if not min(low, high) < level < max(low, high):
        return (low + high) / 2
    return (level + max(low, high, key=lambda one: abs(one - level))) / 2


def _pair(marks: Marks, mark: str) -> tuple[ArmMarks, ...]:
    """The arms that a mark tells apart, the one that is ahead first; () where it tells none."""
    arms = {one.name: one for one in marks.arms}
    for verdict in ("first", "second"):
        for pair in marks.pairs:
            if getattr(pair, mark) == verdict:
                two = arms[pair.first], arms[pair.second]
                return two if verdict == "first" else two[::-1]
    return ()


def _legend(
    figure: Figure, signs: Mapping[str, Any], named: Mapping[str, str], look: PlotLook
) -> None:
    """What each arm's sign stands for."""
    if not signs:
        return
    names = [named[name] for name in signs]
    letters = figure.get_figwidth() * 72 / look.points / _LETTER_EMS  # side by side
    fitting = int(letters / (max(map(len, names)) + _SIGN_LETTERS))
    columns = max(1, min(fitting, 2 if len(names) == 4 else 3, len(names)))
    most = max(int(letters / columns - _SIGN_LETTERS), 8)
    short = [
        name if len(name) <= most else f"{name[: most - 1].rstrip()}\N{HORIZONTAL ELLIPSIS}"
        for name in names
    ]
    entries, where = zip(signs.values(), short, strict=True), "outside upper center"
    legend = add_legend(figure, entries, look, loc=where, ncols=columns, frameon=False)
    legend.set_zorder(1)


# -- as a file ------------------------------------------------------------------------------------

MARKS = ("start", "best", "area", "end", "epochs_to_target", "minutes")
COLUMNS = (
    *("arm", "rates", "seeds", "validation_pictures", "largest_class"),
    *("at_chance", "fell", "failed"),
    *(f"{mark}_{part}" for mark in MARKS for part in ("mean", "low", "high", "band")),
    *("target", "seeds_at_target"),
)


def marks_csv(experiment: Experiment, marks: Marks) -> bytes:
    """A row for each arm, those without a finished run too; accuracies are shares of 1, ``band``
    says what ``low`` and ``high`` are: interval (95 %, of the mean over the seeds), range or
    single."""
    named = titles(experiment, ENGLISH)
    rows = []
    for one in experiment.arms:
        rates = rates_of(experiment, one.name, named, ENGLISH)
        arm, failed = marks.arm(one.name), marks.failed.get(one.name, 0)
        if arm is None:
            blank = [""] * (len(COLUMNS) - 8)
            rows.append((named[one.name], rates, 0, "", "", "", "", failed, *blank))
        else:
            rows.append((named[one.name], rates, *_figures(arm, marks, failed)))
    return table(COLUMNS, rows)


def _figures(arm: ArmMarks, marks: Marks, failed: int) -> list[object]:
    bands = (arm.start, arm.best, arm.area, arm.end, arm.reached, arm.minutes)
    found = sum(one is not None for one in arm.epochs_to)
    target = "" if marks.target is None else marks.target
    return [
        *(len(arm.curves), arm.images, arm.majority, int(arm.at_chance), int(arm.fell), failed),
        *(cell for one in bands for cell in _cells(one)),
        *(target, found),
    ]


def _cells(band: Band | None) -> tuple[object, ...]:
    return ("",) * 4 if band is None else (band.mean, band.low, band.high, band.kind)


def experiment_report(experiment: Experiment, marks: Marks) -> bytes:
    """One HTML file that holds the card and the figure, as UTF-8."""
    named = titles(experiment, ENGLISH)
    kinds = [(False, "Validation accuracy by epoch: means over the seeds, with their bands.")]
    if shows_times(experiment):
        kinds.append((True, "Each run's end level against the time that it took."))
    figures = [
        html.Figure(partial(drawn, marks, named, ENGLISH, times=times), caption)
        for times, caption in kinds
    ]
    blocks = []
    for one in experiment.arms:
        recipe = experiment.recipe(one.name, experiment.seeds[0])
        blocks.append((named[one.name], json.dumps(recipe.to_data(), indent=2)))
    seeds = len(experiment.seeds)
    page = Page(
        title=kind_title(experiment.kind, ENGLISH),
        subtitle=f"An experiment of Thaw on {Path(experiment.folder).name}, made "
        f"{experiment.created[:16].replace('T', ' ')}, {len(experiment.arms)} arms, "
        f"{seeds} {'seed' if seeds == 1 else 'seeds'} each",
        lead=[as_sentence(one) for one in told(experiment, marks, named, ENGLISH)],
        sections=[
            Section("Curves", figures=figures if marks.arms else ()),
            Section(
                "Figures", tables=[Table(rows(experiment, marks, named, ENGLISH), heads(marks))]
            ),
            Section(
                "What they rest on",
                points=[as_sentence(one) for one in notes(experiment, marks, named, ENGLISH)],
            ),
            Section("Recipes", blocks=blocks),
        ],
    )
    return page.render()


def write(experiment: Experiment, marks: Marks, path: Path) -> None:
    """Write it to ``path``: what, its suffix says (``core.reports.export.FORMATS``).

    Raises ``InputError`` (export_kind_unknown) and ``ThawError`` (export_unwritable).
    """
    kind = run_export.kind_of(path)
    run_export.put(path, _contents(experiment, marks, kind))


def _contents(experiment: Experiment, marks: Marks, kind: str) -> bytes:
    match kind:
        case "html":
            return experiment_report(experiment, marks)
        case "csv":
            return marks_csv(experiment, marks)
    named, times = titles(experiment, ENGLISH), shows_times(experiment)
    return as_file(partial(drawn, marks, named, ENGLISH, times=times), kind)
