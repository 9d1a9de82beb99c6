"""What came of an experiment as a file for others: report, numbers, or figure."""

import json
from functools import partial
from pathlib import Path

from core.experiments.experiment import Experiment
from core.experiments.kinds import shows_times
from core.experiments.marks import ArmMarks, Band, Marks
from core.experiments.text import (
    ENGLISH,
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
from core.reports.export import table

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
    from core.experiments.figure import drawn
    from core.reports.html import Figure, Section, Table, render
    from core.reports.plots.files import as_element

    named = titles(experiment, ENGLISH)
    kinds = [(False, "Validation accuracy by epoch: means over the seeds, with their bands.")]
    if shows_times(experiment):
        kinds.append((True, "Each run's end level against the time that it took."))
    figures = [
        Figure(as_element(partial(drawn, marks, named, ENGLISH, times=times), number), caption)
        for number, (times, caption) in enumerate(kinds, 1)
    ]
    blocks = []
    for one in experiment.arms:
        recipe = experiment.recipe(one.name, experiment.seeds[0])
        blocks.append((named[one.name], json.dumps(recipe.to_data(), indent=2)))
    seeds = len(experiment.seeds)
    return render(
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


def write(experiment: Experiment, marks: Marks, path: Path) -> None:
    """Write it to ``path``: what, its suffix says (``core.reports.export.FORMATS``).

    Raises ``InputError`` (export_kind_unknown) and ``ThawError`` (export_unwritable).
    """
    kind = run_export.kind_of(path)
    run_export.put(path, _contents(experiment, marks, kind))


def _contents(experiment: Experiment, marks: Marks, kind: str) -> bytes:
    from core.experiments.figure import drawn
    from core.reports.plots.files import as_file

    match kind:
        case "html":
            return experiment_report(experiment, marks)
        case "csv":
            return marks_csv(experiment, marks)
    named, times = titles(experiment, ENGLISH), shows_times(experiment)
    return as_file(partial(drawn, marks, named, ENGLISH, times=times), kind)
