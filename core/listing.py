"""A scanned folder as text for a terminal."""

from core.dataset import DatasetSummary, Split, counts
from core.folders import printable

SHOWN_PROBLEMS = 20


def describe(summary: DatasetSummary, parts: Split) -> str:
    """Classes with counts per split, then what could not be used and why."""
    names = [printable(name) for name in summary.classes]
    width = max(len(name) for name in (*names, "class", "in all"))
    lines = [f"{summary.name}: {len(summary.samples)} pictures in {len(names)} classes", ""]
    lines.append(_row(width, "class", "train", "validation", "test"))
    rows = counts(parts, summary.classes)
    for name, one in zip(names, rows, strict=True):
        lines.append(_row(width, name, one.train, one.validation, one.test))
    totals = len(parts.train), len(parts.validation), len(parts.test)
    lines.append(_row(width, "in all", *totals))
    if summary.layout == "classes":
        lines.append("\nThe folder names no validation pictures: they were drawn from each class.")
    if summary.warnings:
        lines += ["", *(warning.message for warning in summary.warnings)]
    if summary.problems:
        lines += ["", f"{len(summary.problems)} files cannot be used:"]
        shown = summary.problems[:SHOWN_PROBLEMS]
        lines += [f"  {printable(one.path)}: {one.message}" for one in shown]
        more = len(summary.problems) - len(shown)
        lines += [f"  and {more} more; --json lists all"] if more else []
    if summary.ignored:
        lines += ["", f"{summary.ignored} other files were ignored."]
    return "\n".join(lines)


def _row(width: int, name: str, *cells: object) -> str:
    return f"{name:<{width}}" + "".join(f"{cell:>12}" for cell in cells)
