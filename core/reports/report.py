"""A run, or several side by side, as one HTML file that holds all it shows."""

from collections.abc import Sequence

from core.reports import html as html_report
from core.reports.comparison import Comparison, Outcome, compare
from core.reports.comparison_text import (
    accuracy_shown,
    caution,
    english,
    interval_shown,
    minutes_shown,
    notes,
    pair_told,
)
from core.reports.differences import field_name, shown, without_places
from core.reports.plots import files as plots_files
from core.reports.plots import run_colors
from core.reports.plots.comparison_figure import Shown
from core.reports.report_page import Figure, LegendEntry, Page, Section, Table, render
from core.runs.run import Run


def report(runs: Sequence[Run]) -> bytes:
    """The HTML file about one run, or about several in comparison, as UTF-8.

    Raises ``InputError`` for the same run twice.
    """
    if len(runs) == 1:
        return render(html_report.page(runs[0]))
    return render(_page(runs))


def _page(runs: Sequence[Run]) -> Page:
    comparison = compare(runs)
    tests = sum(one.test_images for one in comparison.outcomes)
    lead = []
    if tests:
        count = max(one.test_images for one in comparison.outcomes)
        lead.append(html_report.test_line(count))
    return Page(
        title=f"{len(runs)} runs side by side",
        subtitle=", ".join(one.name for one in comparison.outcomes),
        lead=lead,
        sections=[
            _results(comparison),
            _curves(runs, comparison),
            _tests(comparison),
            _differences(comparison),
            *(_environment(run, one) for run, one in zip(runs, comparison.outcomes, strict=True)),
        ],
    )


def _results(comparison: Comparison) -> Section:
    columns = (
        *("run", "validation accuracy", "95 % interval", "time", "right"),
        *("kept epoch", "epochs", "state"),
    )
    rows = [_result(one) for one in comparison.outcomes]
    table = Table(rows, columns, frozenset((1, 2, 3, 4, 5, 6)))
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
    if not comparison.differences:
        return Section("What differs", ["Nothing."])
    rows = [
        (
            english(field_name(one.key)),
            *(english(shown(one, number)) for number in range(len(one.values))),
        )
        for one in without_places(comparison.differences)
    ]
    columns = ("", *(one.name for one in comparison.outcomes))
    return Section("What differs", tables=[Table(rows, columns)])


def _curves(runs: Sequence[Run], comparison: Comparison) -> Section:
    legend = [
        LegendEntry(run_colors.sign(number), plots_files.color_variable(number), one.name)
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
        Figure(plots_files.inline_svg(runs, what, number), caption, legend)
        for number, (what, caption) in enumerate(captions, 1)
    ]
    return Section("Curves", figures=figures)


def _environment(run: Run, one: Outcome) -> Section:
    section = html_report.environment(run)
    table = Table(section.tables[0].rows, folded="What its numbers rest on")
    blocks = html_report.recipe(run).blocks
    return Section(one.name, tables=[table], blocks=blocks)
