"""How much of the disk kept records may take, and what goes when they would take more.

What was used least recently goes first, a whole store at once. The budget is a person's choice,
remembered in the cache folder, or follows the disk.
"""

import json
import math
import shutil
import time
import uuid
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.common import files
from core.compute.cache.records import ABOUT_FILE, IN_USE_SECONDS, SPARE_BYTES, USED_FILE

DEFAULT_MOST = 20 * 10**9
DEFAULT_SHARE = 0.1  # of what is free or taken by kept records
_REMOVED = ".removed-"


@dataclass(frozen=True)
class Kept:
    """One store of records. ``about`` is empty where nothing says what it is; ``last_used`` is
    in seconds since 1970."""

    folder: Path
    kind: str
    about: Mapping[str, object]
    bytes: int
    last_used: float

    @property
    def is_in_use(self) -> bool:
        """Whether some process has used it within the last minutes."""
        return abs(time.time() - self.last_used) < IN_USE_SECONDS


def root() -> Path:
    """The folder of all stores."""
    return files.cache_folder() / "kept"


def chosen_budget() -> int | None:
    """What a person chose, in bytes; None where nobody did."""
    with suppress(OSError, ValueError):  # JSON's error is a ValueError, and Unicode's too
        content = json.loads(_budget_file().read_text("utf-8"))
        budget = content.get("budget") if isinstance(content, dict) else None
        if isinstance(budget, int | float) and math.isfinite(budget) and budget >= 0:
            return int(budget)
    return None


def budget() -> int:
    """Bytes that kept records may take together."""
    chosen = chosen_budget()
    if chosen is not None:
        return chosen
    return min(DEFAULT_MOST, int(DEFAULT_SHARE * (_free() + _total(usage()))))


def room() -> int:
    """Bytes that one run could keep at most, with everything else removed for it."""
    return max(0, min(budget(), _free() + _total(usage()) - SPARE_BYTES))


def choose_budget(most: int | None) -> None:
    """Remember ``most`` bytes, or with None what follows the disk; what is too much goes now.

    Raises ``OSError``.
    """
    file = _budget_file()
    if most is None:
        file.unlink(missing_ok=True)
    else:
        file.parent.mkdir(parents=True, exist_ok=True)
        files.replace(file, json.dumps({"budget": most}).encode())
    make_room(0)


def usage() -> list[Kept]:
    """All stores, the last used first."""
    found = []
    with suppress(OSError):
        for folder in root().iterdir():
            if not folder.name.startswith(".") and folder.is_dir():
                found.append(_kept(folder))
    return sorted(found, key=lambda one: (-one.last_used, one.folder.name))


def make_room(needed: int, keep: Collection[Path] = ()) -> bool:
    """Whether ``needed`` more bytes may be written, after removing what they need removed.

    The folders in ``keep`` stay, and so does what another process uses. Where even all the rest
    would not be enough, nothing is removed.
    """
    _finish_removing()
    kept = usage()
    too_much = max(_total(kept) + needed - budget(), needed + SPARE_BYTES - _free())
    removable = [one for one in kept if one.folder not in keep and not one.is_in_use]
    if too_much > 0 and needed and too_much > _total(removable):
        return False
    while too_much > 0 and removable:
        oldest = removable.pop()
        if _remove(oldest.folder):
            too_much -= oldest.bytes
    return too_much <= 0


def clear() -> int:
    """Remove all stores, also those in use: who uses them computes again. Bytes removed.

    What the system does not let go, because it is open, stays.
    """
    _finish_removing()
    return sum(one.bytes for one in usage() if _remove(one.folder))


def _budget_file() -> Path:
    return files.cache_folder() / "kept.json"


def _kept(folder: Path) -> Kept:
    sizes, times = [0], [0.0]
    with suppress(OSError):
        for file in folder.iterdir():
            with suppress(OSError):
                status = file.stat()
                sizes.append(status.st_size)
                times.append(status.st_mtime)
    last_used = max(times)
    with suppress(OSError):
        last_used = (folder / USED_FILE).stat().st_mtime
    return Kept(folder, folder.name.rpartition("-")[0], _about(folder), sum(sizes), last_used)


def _about(folder: Path) -> dict[str, object]:
    with suppress(OSError, ValueError):
        content = json.loads((folder / ABOUT_FILE).read_text("utf-8"))
        if isinstance(content, dict):
            return content
    return {}


def _total(kept: Collection[Kept]) -> int:
    return sum(one.bytes for one in kept)


def _free() -> int:
    folder = root()
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0


def _remove(folder: Path) -> bool:
    """Renamed first, so that it goes at once and no other process finds half of it."""
    removed = folder.with_name(f"{_REMOVED}{uuid.uuid4().hex}")
    try:
        folder.rename(removed)
    except OSError:
        return False
    shutil.rmtree(removed, ignore_errors=True)
    return True


def _finish_removing() -> None:
    """Remove what a crash, or a file open on Windows, left of earlier removals."""
    for folder in root().glob(f"{_REMOVED}*"):
        shutil.rmtree(folder, ignore_errors=True)
