"""Trains what is missing and prints the tables."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from benchmarks.recipes import folds, report
from benchmarks.recipes.trained import trained
from benchmarks.recipes.variants import VARIANTS, recipe


def main(arguments: Sequence[str]) -> None:
    """Run the study, or the part of it that is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recipes", description=__doc__)
    parser.add_argument("data", type=Path, metavar="DATA")
    parser.add_argument("out", type=Path, metavar="OUT")
    names = [one.name for one in folds.DATASETS]
    parser.add_argument("--datasets", nargs="+", choices=names, default=names)
    parser.add_argument("--variants", nargs="+", choices=tuple(VARIANTS), default=tuple(VARIANTS))
    parser.add_argument("--folds", nargs="+", type=int, choices=range(folds.FOLDS), default=[0])
    given = parser.parse_args(arguments)
    given.out.mkdir(parents=True, exist_ok=True)
    for dataset in folds.DATASETS:
        if dataset.name in given.datasets:
            _study(dataset, given.data, given.out, given.folds, given.variants)
    cells = report.read(given.out)
    gains = (report.gains(cells, kept) for kept in ("last", "best", "mean"))
    for rows in (report.table(cells), *gains, report.choices(cells)):
        header = next(rows)
        print(f"\n| {' | '.join(header)} |\n|{' --- |' * len(header)}")
        for row in rows:
            print(f"| {' | '.join(row)} |")


def _study(
    dataset: folds.Dataset, data: Path, out: Path, wanted: Sequence[int], variants: Sequence[str]
) -> None:
    folder = folds.source(dataset, data, out)
    if folder is None:
        print(f"{dataset.name}: not there", file=sys.stderr)
        return
    for fold in wanted:
        place = out / "folds" / dataset.name / str(fold)
        tested = folds.laid_out(dataset, folder, place, fold)
        for variant in variants:
            file = out / dataset.name / variant / f"{fold}.npz"
            if file.exists():
                continue
            file.parent.mkdir(parents=True, exist_ok=True)
            began = perf_counter()
            trained(place, recipe(variant, dataset.size, fold), tested).write(file)
            seconds = perf_counter() - began
            print(f"{dataset.name}, fold {fold}, {variant}: {seconds:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
