"""``cache`` on the command line: what is kept so that it need not be computed again."""

import argparse
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, FiniteFloat

from core.cli import options as cli_options
from core.compute.cache import budget as cache_budget
from core.compute.cache.budget import Kept
from core.dataset.folder import printable

_GIGABYTE = 10**9
_BUDGET = Literal["auto"] | Annotated[FiniteFloat, Field(ge=0)]
_SHOWN = {"image_size": "{} px", "boundary": "after block {}"}


def add_options(command: argparse.ArgumentParser) -> None:
    """What can be done with what is kept."""
    command.add_argument("--clear", action="store_true", help="remove all that is kept")
    command.add_argument(
        "--budget",
        type=cli_options.typed(_BUDGET, "auto or a number of at least 0"),
        metavar="GB",
        help="the most that may be kept, in gigabytes; auto follows the disk: a tenth of its "
        f"free space, at most {cache_budget.DEFAULT_MOST / _GIGABYTE:g}",
    )


def run_cache(options: argparse.Namespace) -> int:
    """Do what is asked, then print what is kept. Raises ``OSError`` for a budget that cannot be
    remembered."""
    freed = cache_budget.clear() if options.clear else None
    if options.budget is not None:
        most = None if options.budget == "auto" else round(options.budget * _GIGABYTE)
        cache_budget.choose_budget(most)
    kept = cache_budget.usage()
    if options.json:
        print(json.dumps(_to_json(kept, freed), ensure_ascii=False, indent=2))
    else:
        print(_describe(kept, freed))
    return 0


def _to_json(kept: Sequence[Kept], freed: int | None) -> dict[str, object]:
    return {
        "folder": printable(str(cache_budget.root())),
        "bytes": sum(one.bytes for one in kept),
        "budget": cache_budget.budget(),
        "budget_chosen": cache_budget.chosen_budget() is not None,
        **({} if freed is None else {"freed": freed}),
        "kept": [
            {
                "name": one.folder.name,
                "kind": one.kind,
                "bytes": one.bytes,
                "last_used": one.last_used,
                "in_use": one.is_in_use,
                "about": one.about,
            }
            for one in kept
        ],
    }


def _describe(kept: Sequence[Kept], freed: int | None) -> str:
    lines = [] if freed is None else [f"Removed: {_size(freed)}"]
    chosen = "" if cache_budget.chosen_budget() is not None else ", which follows the disk"
    total = _size(sum(one.bytes for one in kept))
    lines.append(f"Kept: {total} of at most {_size(cache_budget.budget())}{chosen}")
    lines.append(f"Folder: {printable(str(cache_budget.root()))}")
    if kept:
        rows = [("kind", "size", "last used", ""), *map(_row, kept)]
        lines += ["", *cli_options.table(rows, right=(1,))]
    return "\n".join(lines)


def _row(one: Kept) -> tuple[str, ...]:
    used = "in use" if one.is_in_use else _moment(one.last_used)
    return printable(one.kind), _size(one.bytes), used, printable(_facts(one.about))


def _facts(about: Mapping[str, object]) -> str:
    return ", ".join(text.format(about[key]) for key, text in _SHOWN.items() if key in about)


def _moment(seconds: float) -> str:
    try:
        return f"{datetime.fromtimestamp(seconds):%Y-%m-%d %H:%M}"
    except (OSError, OverflowError, ValueError):  # a clock that was far off
        return "unknown"


def _size(count: int) -> str:
    return f"{count / _GIGABYTE:,.1f} GB" if count >= _GIGABYTE else f"{count / 1e6:,.1f} MB"
