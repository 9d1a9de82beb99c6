"""Runs the benchmarks and prints one table."""

import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from pkgutil import iter_modules

import benchmarks
from benchmarks import Row

_NOT_MEASURING = ("__main__", "head_table", "probes", "recipes")
HEADER = ("what", "ours", "reference", "ratio", "target")


def main(words: Sequence[str]) -> None:
    """Run the modules whose names hold one of ``words``; all of them without."""
    names = {module.name for module in iter_modules(benchmarks.__path__)} - {*_NOT_MEASURING}
    rows: list[Row] = []
    for name in sorted(names):
        if not words or any(word in name for word in words):
            print(f"{name} ...", file=sys.stderr, flush=True)
            rows += import_module(f"benchmarks.{name}").run()
    print(table(rows))


def table(rows: Iterable[Row]) -> str:
    """The rows under their header, columns aligned."""
    cells = [HEADER, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEADER))]
    cells.insert(1, tuple("-" * width for width in widths))
    return "\n".join(_line(line, widths) for line in cells)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return f"| {' | '.join(padded)} |"


def _cells(row: Row) -> tuple[str, ...]:
    verdict = {True: " (met)", False: " (MISSED)", None: ""}[row.met]
    return (
        row.what,
        f"{row.ours:.3g} {row.unit}",
        "" if row.reference is None else f"{row.reference:.3g} {row.unit}",
        "" if row.ratio is None else f"{row.ratio:.2f}",
        row.target + verdict,
    )


if __name__ == "__main__":
    main(sys.argv[1:])
