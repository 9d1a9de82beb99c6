"""``scan`` on the command line: what a folder holds, as JSON or as a table."""

import argparse
import json
import sys
from typing import Any

from core import cli_dataset
from core.config import DatasetConfig
from core.dataset import DatasetSummary, Split, check_trainable, split, to_json
from core.folders import printable
from core.listing import describe
from core.messages import InputError


def run_scan(options: argparse.Namespace) -> int:
    """Print what the folder holds. Raises ``InputError`` where it cannot be trained on."""
    limit: float = options.max_megapixels
    dataset = cli_dataset.read(options, verify=options.verify, max_megapixels=limit)
    cli_dataset.tell(dataset.notes)
    summary = dataset.summary
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
    from core import duplicates, kept_fingerprints

    samples = (*parts.train, *parts.validation, *parts.test)
    items = [duplicates.Item(one.path, summary.classes[one.label], one.split) for one in samples]
    prints = kept_fingerprints.fingerprints(summary.folder, samples, max_megapixels=limit)
    if not prints and not summary.folder.is_dir():
        raise InputError("folder_missing", path=printable(str(summary.folder)))
    return [
        {
            "paths": [printable(path) for path in group.paths],
            "kind": str(group.kind),
            "scope": str(group.scope),
        }
        for group in duplicates.find(items, prints)
    ]
