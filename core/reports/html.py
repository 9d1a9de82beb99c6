"""The report on one run: how good it got and on what that rests, its curves, recipe, pictures."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.common.messages import SENTENCES, InputError, sentence
from core.common.statistics import wilson
from core.dataset.folder import printable
from core.recipe import command
from core.recipe import files as recipes
from core.recipe.config import RunConfig
from core.reports.comparison import Outcome, outcome
from core.reports.comparison_text import english, interval_shown, minutes_shown
from core.reports.differences import field_name, leaves, shown_value
from core.reports.plots import files as plots_files
from core.reports.plots.comparison_figure import Shown
from core.reports.report_page import Block, Figure, Page, Section, Table
from core.reports.words import blocks, percent
from core.runs import evaluation
from core.runs import list as run_list
from core.runs.archive import Shortened, last_name
from core.runs.history import choice
from core.runs.images import PARTS
from core.runs.run import Run
from core.training.rates import learning_rates

_MOST_SKIPPED = 500


def page(run: Run) -> Page:
    """The whole report."""
    one, label = outcome(run), run_list.read_label(run.directory)
    sections = [_curves(run), _classes(run), _epochs(run), recipe(run), _pictures(run)]
    day = run.created[:16].replace("T", " ")
    notes = [Section("Note", label.note.splitlines())] if label.note else []
    return Page(
        title=one.name,
        subtitle=f"A run of Thaw on {one.dataset}, begun {day}, {ended(one)}",
        lead=[test_line(one.test_images)] if one.test_images else [],
        score=percent(one.best.validation.accuracy) if one.best else "",
        under_score=list(score_lines(one)),
        sections=[*notes, *(each for each in sections if each is not None), environment(run)],
    )


def test_line(count: int) -> str:
    """That there are so many test pictures, which stand before all that was chosen."""
    return f"{sentence('report_test_untouched', {'count': count})}."


def ended(one: Outcome) -> str:
    """How far a run has got, in a few words."""
    return f"{one.state} after {one.epochs} of {one.planned} epochs in {minutes_shown(one.seconds)}"


def score_lines(one: Outcome) -> Iterator[str]:
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
    svg = plots_files.inline_svg([run], Shown(), 1)
    return Section("Curves", figures=[Figure(svg, caption)])


def _classes(run: Run) -> Section | None:
    try:
        result = evaluation.of_run(run)
    except InputError:
        return None
    rows = []
    for number, one in enumerate(result.per_class):
        wrong = [
            (count, result.classes[other])
            for other, count in enumerate(result.confusion[number])
            if other != number and count
        ]
        taken = ", ".join(f"{printable(name)} ({count})" for count, name in sorted(wrong)[::-1])
        interval = interval_shown(*wilson(one.right, one.total)) if one.total else ""
        share = percent(one.right / one.total) if one.total else "\N{EN DASH}"
        counts = str(one.right), str(one.total)
        rows.append((printable(one.name), *counts, share, interval, taken))
    columns = ("class", "right", "pictures", "share", "95 % interval", "taken for")
    line = "Of the epoch that is kept, on the validation pictures."
    table = Table(rows, columns, frozenset((1, 2, 3)))
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
    kept = frozenset((history.epochs.index(best),))
    table = Table(rows, columns, frozenset(range(1, 8)), kept, f"All {len(rows)} epochs")
    return Section("Epochs", tables=[table])


def recipe(run: Run) -> Section:
    """What was trained, stage by stage, and how to train it again."""
    config = _without_paths(run)
    rows = []
    begun = {one.stage: one for one in run.history.stages}
    for number, stage in enumerate(config.stages):
        head, convnet = learning_rates(config, number)
        if told := begun.get(number + 1):  # what it really began with, whatever the default is now
            head, convnet = told.learning_rate, told.backbone_learning_rate
        what = f"{blocks(stage.thawed, config.model.depth)} and the head"
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
    fields = [(english(field_name(key)), _value(key, value)) for key, value in leaves("", plain)]
    blocks_ = [
        Block("The command that trains the same", command.command(Path(_folder(run)), config)),
        Block("The recipe as a file", json.dumps(data, indent=2, ensure_ascii=False)),
    ]
    tables = [Table(rows, columns), Table(fields, folded="All other settings")]
    return Section("Recipe", tables=tables, blocks=blocks_)


def _without_paths(run: Run) -> RunConfig:
    """The run's recipe as it may be given away: files by their names alone."""
    text = Shortened(run.folder).recipe(json.dumps(run.config.to_data()).encode())
    return recipes.make(json.loads(text))


def _folder(run: Run) -> str:
    """The dataset's folder without where on somebody's machine it lies."""
    return last_name(str(run.folder)) or "pictures"


def _value(key: str, value: Any) -> str:
    return english(shown_value(key, value))


def _pictures(run: Run) -> Section:
    rows = [(part, str(len(run.used(part)))) for part in PARTS]
    lines = [f"From {printable(_folder(run))}, in {len(run.classes)} classes."]
    skipped = [one for one in run.pictures if one.status != "used"]
    tables = [Table(rows, ("used for", "pictures"), frozenset((1,)))]
    if skipped:
        listed = [
            (printable(one.path), one.status, _reason(one.reason))
            for one in skipped[:_MOST_SKIPPED]
        ]
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


def environment(run: Run) -> Section:
    """The machine, the programs and what was measured there."""
    skipped = ("classes", "notices", "folder", "created")
    kept = {key: one for key, one in run.environment.items() if key not in skipped and one != ""}
    rows = []
    for key, value in leaves("environment", kept):
        name = english(field_name(key))
        shown = name if name != key else key.removeprefix("environment.").removeprefix("versions.")
        rows.append((shown.replace("_", " "), _value(key, value)))
    return Section("Environment", ["What the numbers rest on."], tables=[Table(rows)])
