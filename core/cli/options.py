"""Options that several commands share: the dataset folder, the recipe, its weights; exit codes.

Of several recipe files later ones win, then single fields. Weights are looked at or downloaded
before a run is made.
"""

import argparse
import contextlib
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from tqdm import tqdm

from core.common.messages import InputError, sentence
from core.dataset import edits as dataset_edits
from core.dataset.edits import Edits
from core.dataset.folder import printable
from core.dataset.scan import Progress, Scanned, look_through
from core.dataset.scan_cache import ScanCache
from core.dataset.summary import DatasetSummary, summarize
from core.images.load import MAX_MEGAPIXELS
from core.model.weights import download as weight_download
from core.model.weights.normalization import PUBLISHED
from core.recipe import files as recipes
from core.recipe.config import DatasetConfig, ModelConfig, RunConfig

OK, FAILED, WRONG_INPUT, INTERRUPTED = 0, 1, 2, 130  # exit codes

_LABELS_HELP = (
    "a table with a picture and its class in each row (CSV or XLSX); it decides alone: "
    "pictures that it does not list are ignored"
)
_NEED_LABELS = ("no_classes", "no_classes_flat", "one_class")


@dataclass(frozen=True)
class Dataset:
    """A folder as the options ask for it; ``notes`` are (code, values) that a person should
    know."""

    scanned: Scanned
    summary: DatasetSummary
    notes: tuple[tuple[str, dict[str, object]], ...]


def add_dataset_options(command: argparse.ArgumentParser, *, optional: bool = False) -> None:
    """FOLDER, which may be left out where it is ``optional``, and what decides about its
    pictures."""
    command.add_argument("folder", type=Path, metavar="FOLDER", nargs="?" if optional else None)
    decides = command.add_mutually_exclusive_group()
    decides.add_argument("--labels", type=Path, metavar="FILE", help=_LABELS_HELP)
    decides.add_argument(
        "--as-is",
        action="store_true",
        help="the folder alone, without what was excluded, relabelled or moved in the window",
    )


def megapixels(text: str) -> float:
    """The type of an option that limits the size of pictures."""
    with contextlib.suppress(ValueError):
        return DatasetConfig(max_megapixels=float(text)).max_megapixels
    raise argparse.ArgumentTypeError(f"{text} is not a number above 0, at most 1000")


def read_dataset(
    options: argparse.Namespace,
    *,
    stop: Event | None = None,
    verify: bool = False,
    max_megapixels: float = MAX_MEGAPIXELS,
) -> Dataset:
    """The dataset of ``options.folder``. Raises ``InputError`` as ``core.dataset.scan`` and
    ``core.dataset.labels.tables.read`` do."""
    folder: Path = options.folder
    kept = () if options.as_is or options.labels else dataset_edits.read(folder)
    with _progress_bar() as progress, ScanCache.open(folder) as cache:
        scanned = look_through(
            folder,
            stop=stop,
            progress=progress,
            also={row.path for row in kept},
            everything=options.labels is not None,
            verify=verify,
            max_megapixels=max_megapixels,
            cache=cache,
        )
    notes: list[tuple[str, dict[str, object]]] = []
    if options.labels is not None:
        edits = _from_table(options.labels, scanned, notes)
    else:
        edits = dataset_edits.edits_of(scanned, kept)
        if not edits.is_empty:
            notes.append(("edits_followed", {"path": str(dataset_edits.kept_file(folder))}))
    try:
        return Dataset(scanned, summarize(scanned, edits), tuple(notes))
    except InputError as error:
        tell(tuple(notes))  # what the folder is like with them
        if error.code in _NEED_LABELS and options.labels is None:
            raise InputError("labels_may_help", problem=str(error)) from None
        raise


def table(rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> list[str]:
    """The lines of ``rows`` in columns; those in ``right`` are aligned to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    aligned = [
        [
            cell.rjust(width) if place in right else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        for row in rows
    ]
    return ["  ".join(row).rstrip() for row in aligned]


def tell(notes: tuple[tuple[str, dict[str, object]], ...]) -> None:
    """Say them on stderr."""
    for code, values in notes:
        print(f"thaw: {sentence(code, values)}", file=sys.stderr)


def _from_table(file: Path, scanned: Scanned, notes: list[tuple[str, dict[str, object]]]) -> Edits:
    from core.dataset.labels import tables as labels_tables

    table = labels_tables.read(file)
    paths = [one.path for one in scanned.files]
    columns = table.guess(paths)
    matched = labels_tables.match(table, columns, paths, scanned.folder.name)
    names = table.columns
    if not matched.labels:
        raise InputError(
            "labels_match_nothing",
            table=printable(str(file)),
            path=names[columns.path],
            label=names[columns.label],
            example=table.rows[0][columns.path],
            picture=printable(paths[0]) if paths else "",
            images=len(paths),
        )
    notes.append(
        (
            "labels_read",
            {
                "listed": matched.listed,
                "images": len(paths),
                "path": names[columns.path],
                "label": names[columns.label],
            },
        )
    )
    for code, counted in (
        ("labels_missing_rows", matched.missing_rows),
        ("labels_ambiguous", matched.ambiguous),
        ("labels_unlisted", matched.unlisted),
        ("labels_unlabelled", matched.unlabelled),
        ("labels_unknown_splits", matched.unknown_splits),
    ):
        if counted.count:
            listed = ", ".join(counted.examples)
            notes.append((code, {"count": counted.count, "listed": listed}))
    if matched.conflicting:
        listed = ", ".join(printable(path) for path in list(matched.conflicting)[:3])
        notes.append(("labels_conflicting", {"count": len(matched.conflicting), "listed": listed}))
    if matched.similar_labels:
        listed = ", ".join(f"{first} and {second}" for first, second in matched.similar_labels[:3])
        notes.append(("labels_similar", {"listed": listed}))
    return Edits(matched.labels, matched.splits, matched.excluded, only_listed=True)


@contextlib.contextmanager
def _progress_bar() -> Iterator[Progress | None]:
    """A bar for people who wait at a terminal, once the names are known."""
    if not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    with tqdm(unit=" pictures", leave=False, delay=1, file=sys.stderr) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield progress


_CONFIG_HELP = (
    "a recipe, .json or .toml, or only a part of one, such as a saved augmentation; "
    "may be given several times, later ones win"
)
_SET_HELP = (
    "one field, e.g. stages.0.epochs=3 (stages.0 is the stage that window and events call 1); "
    "the value is JSON, a bare word is text; may be given several times, later ones win"
)


def add_recipe_options(command: argparse.ArgumentParser) -> None:
    """--config and --set."""
    command.add_argument(
        "--config", action="append", default=[], type=Path, metavar="FILE", help=_CONFIG_HELP
    )
    command.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help=_SET_HELP)


def read_recipe(options: argparse.Namespace) -> RunConfig:
    """The recipe that the options give. Raises ``InputError``."""
    return recipes.load(options.config, options.set)


def make_ready(model: ModelConfig) -> None:
    """See to it that a run with these weights can begin, lest a folder be made for nothing.

    A file is looked at, published weights are downloaded, their size told first. Raises
    ``InputError`` and ``ThawError``.
    """
    if weight_download.is_missing(model):
        _download(model.weights)
    else:
        weight_download.check(model)


def _download(name: str) -> None:
    size = PUBLISHED[name].bytes
    values = {"name": name, "megabytes": f"{size / weight_download.MEGABYTE:.0f}"}
    print(sentence("download_size", {**values, "host": weight_download.host()}), file=sys.stderr)
    with tqdm(total=size, unit="B", unit_scale=True, dynamic_ncols=True, file=sys.stderr) as bar:
        for progress in weight_download.download(name):
            bar.total = progress.total
            bar.update(progress.done - bar.n)
