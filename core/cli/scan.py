"""The ``scan`` command: what a dataset folder holds, as JSON or as a table for a terminal."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from core.cli import options as cli_options
from core.common.messages import InputError
from core.dataset.folder import printable
from core.dataset.split import Split, check_trainable, counts, split, to_json
from core.dataset.summary import DatasetSummary, Problem, ProblemCode
from core.recipe.config import DatasetConfig

SHOWN_PROBLEMS = 20


def describe(
    summary: DatasetSummary, parts: Split, duplicates: Sequence[Mapping[str, Any]] | None = None
) -> str:
    """Classes with counts per split, then what could not be used and why.

    ``duplicates`` are groups as plain values, worst first; None where nobody looked.
    """
    lines = [
        f"{summary.name}: {len(summary.samples)} pictures in {len(summary.classes)} classes",
        "",
    ]
    totals = len(parts.train), len(parts.validation), len(parts.test)
    rows = [
        ("class", "train", "validation", "test"),
        *(
            (printable(one.name), str(one.train), str(one.validation), str(one.test))
            for one in counts(parts, summary.classes)
        ),
        ("in all", *map(str, totals)),
    ]
    lines += cli_options.table(rows, right=(1, 2, 3))
    if "validation" not in summary.own_splits:
        lines.append("\nThe folder names no validation pictures: they were drawn from each class.")
    if summary.warnings:
        lines += _list("", [_warning(one) for one in summary.warnings])
    if summary.problems:
        problems = [f"  {printable(one.path)}: {one.message}" for one in summary.problems]
        lines += _list(_counted(len(problems), "file", "cannot be used:"), problems)
    for scope, words in _SCOPES.items():
        found = [_group(one) for one in duplicates or () if one["scope"] == scope]
        if found:
            lines += _list(_counted(len(found), "time", f"{words}:"), found)
    if duplicates is not None and not duplicates:
        lines += ["", "No picture is there twice."]
    if summary.excluded:
        lines += ["", _counted(len(summary.excluded), "picture", "excluded by hand.")]
    if summary.ignored:
        lines += ["", _counted(summary.ignored, "other file", "ignored.")]
    return "\n".join(lines)


_SCOPES = {
    "across-splits": "the same picture both trains and validates or tests (a leak)",
    "across-classes": "the same picture is in two classes",
    "within": "the same picture is there more than once",
}


def _list(heading: str, lines: Sequence[str]) -> list[str]:
    more = len(lines) - SHOWN_PROBLEMS
    shown = [*([heading] if heading else []), *lines[:SHOWN_PROBLEMS]]
    return ["", *shown, *([f"  and {more} more; --json lists all"] if more > 0 else [])]


def _warning(one: Problem) -> str:
    is_file = one.code is ProblemCode.TINY_IMAGE  # the others name their place themselves
    return f"{printable(one.path)}: {one.message}" if is_file else one.message


def _group(one: Mapping[str, Any]) -> str:
    return f"  {one['kind']}: " + " | ".join(one["paths"])


def _counted(count: int, noun: str, rest: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'} {rest}"


def run_scan(options: argparse.Namespace) -> int:
    """Print what the folder holds. Raises ``InputError`` where it cannot be trained on."""
    limit: float = options.max_megapixels
    summary = cli_options.read_dataset(options, verify=options.verify, max_megapixels=limit)
    parts = split(summary, DatasetConfig())
    groups = _duplicates(summary, parts, limit) if options.duplicates else None
    if options.json:
        result = {**to_json(summary, parts), "duplicates": groups}
        print(json.dumps(result, ensure_ascii=False, indent=2))
    else:
        print(describe(summary, parts, groups))
    sys.stdout.flush()
    check_trainable(parts, summary.classes)
    return 0


def _duplicates(summary: DatasetSummary, parts: Split, limit: float) -> list[dict[str, Any]]:
    """The groups as plain JSON values. Raises ``InputError`` where the folder has gone."""
    from core.dataset import duplicates as dataset_duplicates

    samples = (*parts.train, *parts.validation, *parts.test)
    prints = dataset_duplicates.fingerprints(summary.folder, samples, max_megapixels=limit)
    if not prints and not summary.folder.is_dir():
        raise InputError("folder_missing", path=printable(str(summary.folder)))
    return [
        {
            "paths": [printable(path) for path in group.paths],
            "kind": str(group.kind),
            "scope": str(group.scope),
        }
        for group in dataset_duplicates.find(samples, prints)
    ]
