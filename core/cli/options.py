"""Options that several commands share: the dataset folder, the recipe, its weights; exit codes.

Of several recipe files later ones win, then single fields. Weights are looked at or downloaded
before a run is made.
"""

import argparse
import sys
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

from pydantic import PositiveInt, TypeAdapter, ValidationError
from tqdm import tqdm

from core.common.messages import InputError, sentence
from core.dataset import edits as dataset_edits
from core.dataset.edits import Edits
from core.dataset.folder import Scanned, printable
from core.dataset.scan import look_through
from core.dataset.scan_cache import ScanCache
from core.dataset.split import check_trainable, split
from core.dataset.summary import DatasetSummary, summarize
from core.images.load import MAX_MEGAPIXELS
from core.model.weights import download as weight_download
from core.model.weights.normalization import PUBLISHED
from core.recipe import files as recipes
from core.recipe.config import RunConfig

OK, FAILED, WRONG_INPUT, INTERRUPTED = 0, 1, 2, 130  # exit codes
EXIT_CODES = {"finished": OK, "stopped": INTERRUPTED, "failed": FAILED}

_LABELS_HELP = (
    "a table with a picture and its class in each row (CSV or XLSX); it decides alone: "
    "pictures that it does not list are ignored"
)
_NEED_LABELS = ("no_classes", "no_classes_flat", "one_class")


def typed(kind: Any, words: str) -> Callable[[str], Any]:
    """The type of an option whose values are of ``kind``, as pydantic reads it; others are
    refused: they must be ``words``."""
    read = TypeAdapter(kind).validate_python

    def value(text: str) -> Any:
        try:
            return read(text)
        except ValidationError:
            raise argparse.ArgumentTypeError(f"must be {words}, not {text}") from None

    return value


COUNT = typed(PositiveInt, "a whole number of at least 1")


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


def read_dataset(
    options: argparse.Namespace,
    *,
    stop: Event | None = None,
    verify: bool = False,
    max_megapixels: float = MAX_MEGAPIXELS,
) -> DatasetSummary:
    """The dataset of ``options.folder``; what a person should know of it is told.

    Raises ``InputError`` as ``core.dataset.scan`` and ``core.dataset.labels.tables.read`` do, and
    ``ThawError`` (stopped).
    """
    folder: Path = options.folder
    kept = () if options.as_is or options.labels else dataset_edits.read(folder)
    with (  # a bar for people who wait at a terminal
        tqdm(unit=" pictures", leave=False, delay=1, disable=None, file=sys.stderr) as bar,
        ScanCache.open(folder) as cache,
    ):
        scanned = look_through(
            folder,
            stop=stop,
            progress=partial(_move, bar),
            also={row.path for row in kept},
            everything=options.labels is not None,
            verify=verify,
            max_megapixels=max_megapixels,
            cache=cache,
        )
    if options.labels is not None:
        edits = _from_table(options.labels, scanned)
    else:
        edits = dataset_edits.edits_of(scanned, kept)
        if not edits.is_empty:
            tell("edits_followed", path=str(dataset_edits.kept_file(folder)))
    try:
        return summarize(scanned, edits)
    except InputError as error:
        if error.code in _NEED_LABELS and options.labels is None:
            raise InputError("labels_may_help", problem=str(error)) from None
        raise


def _move(bar: "tqdm[None]", done: int, total: int) -> None:
    bar.total = total
    bar.update(done - bar.n)


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


def tell(code: str, /, **values: object) -> None:
    """Say the sentence of ``code`` on stderr."""
    print(f"thaw: {sentence(code, values)}", file=sys.stderr)


def _from_table(file: Path, scanned: Scanned) -> Edits:
    from core.dataset.labels import matching, tables

    labels = tables.read(file)
    paths = [one.path for one in scanned.files]
    columns = labels.guess(paths)
    matched = matching.match(labels.rows, columns, paths, scanned.folder.name)
    path, label = labels.columns[columns.path], labels.columns[columns.label]
    if not matched.labels:
        raise InputError(
            "labels_match_nothing",
            table=printable(str(file)),
            path=path,
            label=label,
            example=labels.rows[0][columns.path],
            picture=printable(paths[0]) if paths else "",
            images=len(paths),
        )
    tell("labels_read", listed=matched.listed, images=len(paths), path=path, label=label)
    for code, counted in (
        ("labels_missing_rows", matched.missing_rows),
        ("labels_ambiguous", matched.ambiguous),
        ("labels_unlisted", matched.unlisted),
        ("labels_unlabelled", matched.unlabelled),
        ("labels_unknown_splits", matched.unknown_splits),
    ):
        if counted.count:
            tell(code, count=counted.count, listed=", ".join(counted.examples))
    if matched.conflicting:
        listed = ", ".join(printable(path) for path in list(matched.conflicting)[:3])
        tell("labels_conflicting", count=len(matched.conflicting), listed=listed)
    if matched.similar_labels:
        listed = ", ".join(f"{first} and {second}" for first, second in matched.similar_labels[:3])
        tell("labels_similar", listed=listed)
    return Edits(matched.labels, matched.splits, matched.excluded, only_listed=True)


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


def prepared(options: argparse.Namespace, config: RunConfig, stop: Event) -> DatasetSummary:
    """The dataset of ``options``; a run of ``config`` on it can begin, lest a folder be made for
    nothing.

    A file of weights is looked at, published weights are downloaded, their size told first.
    Raises ``InputError`` and ``ThawError``.
    """
    limit = config.dataset.max_megapixels
    summary = read_dataset(options, stop=stop, max_megapixels=limit)
    check_trainable(split(summary, config.dataset), summary.classes, summary.folder)
    if weight_download.is_missing(config.model):
        _download(config.model.weights, stop)
    else:
        weight_download.check(config.model)
    return summary


def _download(name: str, stop: Event) -> None:
    size = PUBLISHED[name].bytes
    values = {"name": name, "megabytes": f"{size / weight_download.MEGABYTE:.0f}"}
    print(sentence("download_size", {**values, "host": weight_download.host()}), file=sys.stderr)
    with tqdm(total=size, unit="B", unit_scale=True, dynamic_ncols=True, file=sys.stderr) as bar:
        for progress in weight_download.download(name, stop):
            _move(bar, progress.done, progress.total)
