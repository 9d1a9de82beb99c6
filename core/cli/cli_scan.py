"""``scan`` on the command line: what a folder holds, as JSON or as a table."""

import argparse
import json
import sys
from typing import Any

from core.cli import options as cli_options
from core.cli.scan import describe
from core.common.messages import InputError
from core.dataset.folder import printable
from core.dataset.split import Split, check_trainable, split, to_json
from core.dataset.summary import DatasetSummary
from core.recipe.config import DatasetConfig


def run_scan(options: argparse.Namespace) -> int:
    """Print what the folder holds. Raises ``InputError`` where it cannot be trained on."""
    limit: float = options.max_megapixels
    dataset = cli_options.read(options, verify=options.verify, max_megapixels=limit)
    cli_options.tell(dataset.notes)
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
    from core.dataset import duplicates

    samples = (*parts.train, *parts.validation, *parts.test)
    items = [duplicates.Item(one.path, summary.classes[one.label], one.split) for one in samples]
    prints = duplicates.cached_fingerprints(summary.folder, samples, max_megapixels=limit)
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
