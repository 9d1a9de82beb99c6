"""The HTML report on one run, or on several side by side, as one file.

The page holds all that it shows: no script, no link, no image from elsewhere. The template's engine
escapes every text; only figures, which matplotlib wrote, are inserted as they are.
"""

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from core.common.messages import SENTENCES, InputError, sentence
from core.common.statistics import wilson
from core.dataset.folder import printable
from core.recipe import command
from core.recipe import files as recipes
from core.recipe.config import RunConfig
from core.reports.comparison import (
    Comparison,
    Outcome,
    accuracy_shown,
    caution,
    compare,
    difference_rows,
    english,
    field_name,
    gain_told,
    interval_shown,
    leaves,
    minutes_shown,
    names_of,
    notes,
    outcome,
    pair_told,
    points_shown,
    shown_value,
    without_places,
)
from core.reports.plots import files as plots_files
from core.reports.plots import style
from core.reports.plots.comparison_figure import Shown
from core.reports.words import ENGLISH, percent
from core.runs import evaluation
from core.runs import list as run_list
from core.runs.archive import Shortened, last_name
from core.runs.history import choice
from core.runs.images import PARTS
from core.runs.run import Run
from core.training.rates import learning_rates
from resources import REPORT

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

_TEMPLATE = REPORT / "report.html"


@dataclass(frozen=True)
class Figure:
    """What ``draw`` draws and what is said under it. ``legend`` has signs, each with the CSS
    variable of its colour and what it stands for."""

    draw: Callable[[], "Drawing"]
    caption: str
    legend: Sequence[tuple[str, str, str]] = ()


@dataclass(frozen=True)
class Table:
    """Rows of text, the first cell of each being its heading. ``numbers`` are the columns that
    are set to the right, ``kept`` the rows that stand out; ``folded``, where it is not empty, is
    the line by which the table is opened."""

    rows: Sequence[Sequence[str]]
    columns: Sequence[str] = ()
    numbers: Collection[int] = ()
    kept: Collection[int] = ()
    folded: str = ""


@dataclass(frozen=True)
class Section:
    """A part of the page under a heading, in this order; ``points`` are lines of a list,
    ``blocks`` texts that keep their lines, each opened by its title."""

    title: str
    lines: Sequence[str] = ()
    points: Sequence[str] = ()
    figures: Sequence[Figure] = ()
    tables: Sequence[Table] = ()
    blocks: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Page:
    """A report: ``lead`` stands first, then the one big ``score`` and what belongs to it."""

    title: str
    subtitle: str
    sections: Sequence[Section]
    lead: Sequence[str] = ()
    score: str = ""
    under_score: Sequence[str] = ()

    def render(self) -> bytes:
        """It as an HTML file in UTF-8."""
        from jinja2 import Environment, StrictUndefined

        numbers = count(1)
        light, dark = plots_files.css()
        engine = Environment(autoescape=True, undefined=StrictUndefined)
        text = engine.from_string(_TEMPLATE.read_text("utf-8")).render(
            vars(self),
            svg=lambda draw: plots_files.as_element(draw, next(numbers)),
            light_css=light,
            dark_css=dark,
        )
        return printable(text).encode("utf-8")


_MOST_SKIPPED = 500


def _of_run(run: Run) -> bytes:
    one, label = outcome(run, *names_of([run])), run_list.read_label(run.directory)
    sections = [_curves(run), _classes(run), _epochs(run), _recipe(run), _pictures(run)]
    day, time = run.created[:16].replace("T", " "), minutes_shown(one.seconds)
    ended = f"{one.state} after {one.epochs} of {one.planned} epochs in {time}"
    gain = gain_told(run.history, points_shown)
    notes = [Section("Note", label.note.splitlines())] if label.note else []
    page = Page(
        title=one.name,
        subtitle=f"A run of Thaw on {one.dataset}, begun {day}, {ended}",
        lead=_untouched([one]),
        score=percent(one.best.validation.accuracy) if one.best else "",
        under_score=[*_score_lines(one), *([f"{english(gain)}."] if gain else [])],
        sections=[*notes, *(each for each in sections if each is not None), _environment(run)],
    )
    return page.render()


def _untouched(outcomes: Sequence[Outcome]) -> list[str]:
    """That there are test pictures, which stand before all that was chosen."""
    tests = max(one.test_images for one in outcomes)
    return [f"{sentence('report_test_untouched', {'count': tests})}."] if tests else []


def _score_lines(one: Outcome) -> Iterator[str]:
    """On what the best accuracy rests."""
    if one.best is None:
        yield "No epoch has ended yet."
        return
    score = one.best.validation
    yield (
        f"Validation accuracy: {score.correct} of {score.images} pictures, "
        f"95 % interval {interval_shown(*one.interval)}."
    )
    place = f"Stage {one.best.stage}, epoch {one.best.epoch}, of {one.epochs} in all"
    optimistic = ", so a little optimistic" if one.chosen else ""
    yield f"{place}: {sentence(choice(one.chosen_by), {})}{optimistic}."
    if one.majority:
        yield f"Always guessing the largest class: {percent(one.majority)}."


def _curves(run: Run) -> Section | None:
    if not run.history.epochs:
        return None
    augmented = any(one.augmented for one in run.history.stages)
    where = ", on augmented pictures," if augmented else ","
    caption = (
        f"Training figures are taken while learning{where} not after it, as those of validation."
    )
    draw = partial(plots_files.of_run, run.history, size=plots_files.PAGE_SIZE)
    return Section("Curves", figures=[Figure(draw, caption)])


def _classes(run: Run) -> Section | None:
    try:
        result = evaluation.of_run(run)
    except InputError:
        return None
    rows = []
    for number, one in enumerate(result.per_class):
        wrong = [
            (times, result.classes[other])
            for other, times in enumerate(result.confusion[number])
            if other != number and times
        ]
        taken = ", ".join(f"{name} ({times})" for times, name in sorted(wrong)[::-1])
        interval = interval_shown(*wilson(one.right, one.total)) if one.total else ""
        share = percent(one.right / one.total) if one.total else "\N{EN DASH}"
        counts = str(one.right), str(one.total)
        rows.append((one.name, *counts, share, interval, taken))
    columns = ("class", "right", "pictures", "share", "95 % interval", "taken for")
    line = "Of the epoch that is kept, on the validation pictures."
    table = Table(rows, columns, (1, 2, 3))
    return Section("Class by class", [line], tables=[table])


def _epochs(run: Run) -> Section | None:
    history, best = run.history, run.history.best
    if best is None:
        return None
    rows = []
    for one in history.epochs:
        low, high = wilson(one.validation.correct, one.validation.images)
        rows.append(
            (
                str(history.position(one.stage, one.epoch)),
                f"{one.stage}",
                *(f"{one.train.loss:.4f}", percent(one.train.accuracy)),
                *(f"{one.validation.loss:.4f}", percent(one.validation.accuracy)),
                *(interval_shown(low, high), minutes_shown(one.seconds)),
            )
        )
    columns = (
        *("epoch", "stage", "training loss", "training accuracy"),
        *("validation loss", "validation accuracy", "95 % interval", "time"),
    )
    kept = history.epochs.index(best)
    table = Table(rows, columns, range(1, 8), (kept,), f"All {len(rows)} epochs")
    return Section("Epochs", tables=[table])


def _recipe(run: Run) -> Section:
    """What was trained, stage by stage, and how to train it again."""
    config = _without_paths(run)
    rows = []
    begun = {one.stage: one for one in run.history.stages}
    for number, stage in enumerate(config.stages):
        head, convnet = learning_rates(config, number)
        if told := begun.get(number + 1):  # what it really began with, whatever the default is now
            head, convnet = told.learning_rate, told.backbone_learning_rate
        what = f"{ENGLISH.blocks(stage.thawed, config.model.depth)} and the head"
        rows.append(
            (
                f"stage {number + 1}",
                str(stage.epochs),
                what if stage.thawed else "the head alone",
                f"{head:g}",
                f"{convnet:g}" if convnet else "frozen",
                *(stage.optimizer, stage.schedule),
                "yes" if config.augments(stage) else "no",
            )
        )
    columns = (
        *("", "epochs", "trains", "head\N{RIGHT SINGLE QUOTATION MARK}s rate", "ConvNet"),
        *("optimizer", "schedule", "augmented"),
    )
    data = config.to_data()
    plain = {key: value for key, value in data.items() if key not in ("schema", "stages")}
    fields = [
        (english(field_name(key)), english(shown_value(key, value)))
        for key, value in leaves("", plain)
    ]
    blocks = [
        ("The command that trains the same", command.command(Path(_folder(run)), config)),
        ("The recipe as a file", json.dumps(data, indent=2, ensure_ascii=False)),
    ]
    tables = [Table(rows, columns), Table(fields, folded="All other settings")]
    return Section("Recipe", tables=tables, blocks=blocks)


def _without_paths(run: Run) -> RunConfig:
    """The run's recipe as it may be given away: files by their names alone."""
    text = Shortened(run.folder).recipe(json.dumps(run.config.to_data()).encode())
    return recipes.make(json.loads(text))


def _folder(run: Run) -> str:
    """The dataset's folder without where on somebody's machine it lies."""
    return last_name(str(run.folder)) or "pictures"


def _pictures(run: Run) -> Section:
    rows = [(part, str(len(run.used(part)))) for part in PARTS]
    lines = [f"From {_folder(run)}, in {len(run.classes)} classes."]
    skipped = [one for one in run.pictures if one.status != "used"]
    tables = [Table(rows, ("used for", "pictures"), (1,))]
    if skipped:
        listed = [(one.path, one.status, _reason(one.reason)) for one in skipped[:_MOST_SKIPPED]]
        more = len(skipped) - len(listed)
        if more:
            lines.append(f"Of the files not used, the first {len(listed)} are listed.")
        folded = f"Not used: {len(skipped)}"
        tables.append(Table(listed, ("file", "", "why"), folded=folded))
    else:
        lines.append("No file was left out.")
    return Section("Pictures", lines, tables=tables)


def _reason(code: str) -> str:
    """A code in words, where it has a sentence that needs no values."""
    said = SENTENCES.get(code, "")
    return said if said and "{" not in said else code.replace("_", " ")


def _environment(run: Run) -> Section:
    """The machine, the programs and what was measured there."""
    skipped = ("classes", "notices", "folder", "created")
    kept = {key: one for key, one in run.environment.items() if key not in skipped and one != ""}
    rows = []
    for key, value in leaves("environment", kept):
        name = english(field_name(key))
        shown = name if name != key else key.removeprefix("environment.").removeprefix("versions.")
        rows.append((shown.replace("_", " "), english(shown_value(key, value))))
    return Section("Environment", ["What the numbers rest on."], tables=[Table(rows)])


def report(runs: Sequence[Run]) -> bytes:
    """The HTML file about one run, or about several in comparison, as UTF-8.

    Raises ``InputError`` for the same run twice.
    """
    if len(runs) == 1:
        return _of_run(runs[0])
    comparison = compare(runs)
    page = Page(
        title=f"{len(runs)} runs side by side",
        subtitle=", ".join(one.name for one in comparison.outcomes),
        lead=_untouched(comparison.outcomes),
        sections=[
            _results(comparison),
            _comparison_curves(runs, comparison),
            _tests(comparison),
            _differences(comparison),
            *(_rests(run, one) for run, one in zip(runs, comparison.outcomes, strict=True)),
        ],
    )
    return page.render()


def _results(comparison: Comparison) -> Section:
    columns = (
        *("run", "validation accuracy", "95 % interval", "time", "right"),
        *("kept epoch", "epochs", "state"),
    )
    rows = [_result(one) for one in comparison.outcomes]
    table = Table(rows, columns, range(1, 7))
    optimistic = caution(comparison)
    lines = [f"{english(optimistic)}."] if optimistic is not None else []
    return Section("How good they got", lines, tables=[table])


def _result(one: Outcome) -> tuple[str, ...]:
    dash = "\N{EN DASH}"
    interval, right, at = dash, dash, dash
    if one.best is not None:
        score = one.best.validation
        interval, at = interval_shown(*one.interval), str(one.position)
        right = f"{score.correct} of {score.images}"
    epochs = f"{one.epochs} of {one.planned}"
    figures = (accuracy_shown(one), interval, minutes_shown(one.seconds))
    return (one.name, *figures, right, at, epochs, one.state)


def _tests(comparison: Comparison) -> Section:
    told = [english(pair_told(comparison, one, interval_shown)) for one in comparison.pairs]
    above = caution(comparison)
    lines = [f"{english(one)}." for one in notes(comparison) if one != above]
    return Section("Whether they differ beyond chance", lines, [f"{one}." for one in told])


def _differences(comparison: Comparison) -> Section:
    rows = difference_rows(without_places(comparison.differences))
    if not rows:
        return Section("What differs", ["Nothing."])
    columns = ("", *(one.name for one in comparison.outcomes))
    return Section("What differs", tables=[Table(rows, columns)])


def _comparison_curves(runs: Sequence[Run], comparison: Comparison) -> Section:
    legend = [
        (style.sign(number), plots_files.color_variable(number), one.name)
        for number, one in enumerate(comparison.outcomes)
    ]
    captions = (
        (
            Shown(band=len(runs) <= 3),
            "Validation accuracy by epoch; an outline marks the kept epoch.",
        ),
        (Shown(axis="time"), "Validation accuracy by the time that the epochs took."),
        (
            Shown(quantity="loss", train=True),
            "Loss by epoch: validation solid, training (taken while learning) dashed.",
        ),
    )
    figures = [
        Figure(partial(plots_files.of_runs, runs, what), caption, legend)
        for what, caption in captions
    ]
    return Section("Curves", figures=figures)


def _rests(run: Run, one: Outcome) -> Section:
    table = replace(_environment(run).tables[0], folded="What its numbers rest on")
    return Section(one.name, tables=[table], blocks=_recipe(run).blocks)
