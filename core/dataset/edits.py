"""What a person decided about a dataset: labels, splits and exclusions, and the table of them.

These decisions belong to the dataset, not to a recipe. Thaw's data folder has one ``dataset.csv``
for each dataset folder, which is itself never written to. The table has a row for every image,
so that any other tool can read it: ``path`` relative to the folder, ``label``, ``split`` (empty
where it is drawn), ``status`` (used, excluded, problem or ignored) and ``reason``.
"""

import contextlib
import hashlib
import logging
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, TypeVar

from core.common import files
from core.dataset.folder import (
    SPLIT_FOLDERS,
    SPLITS,
    Scanned,
    ScannedFile,
    SplitName,
    key_of,
    printable,
)

_Value = TypeVar("_Value")


class Reason(StrEnum):
    """Why a person left a picture out."""

    BY_HAND = "by_hand"
    DUPLICATE = "duplicate"
    LEAK = "leak"
    LABEL_CONFLICT = "label_conflict"


@dataclass(frozen=True)
class Edits:
    """Decisions by picture path (relative to the folder, with slashes, as on disk).

    ``labels`` are class names that differ from the folder's, ``splits`` assigned ones,
    ``excluded`` maps to the reason; ``accepted`` are pictures whose duplicates were looked at
    and kept. ``only_listed``: a table decides, a picture that it does not label has no class.
    """

    labels: Mapping[str, str] = field(default_factory=dict)
    splits: Mapping[str, SplitName] = field(default_factory=dict)
    excluded: Mapping[str, str] = field(default_factory=dict)
    accepted: frozenset[str] = frozenset()
    only_listed: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether the dataset is what the folder says."""
        return self == Edits()

    def excluding(self, paths: Iterable[str], reason: str = Reason.BY_HAND) -> "Edits":
        """These edits with ``paths`` left out too; what was out before keeps its reason."""
        return replace(self, excluded={**dict.fromkeys(paths, str(reason)), **self.excluded})

    def including(self, paths: Iterable[str]) -> "Edits":
        """These edits with ``paths`` used again."""
        return replace(self, excluded=_without(self.excluded, paths))

    def labelling(self, paths: Iterable[str], name: str) -> "Edits":
        """These edits with ``paths`` in the class ``name``; an empty name is the folder's own."""
        if not name:
            return replace(self, labels=_without(self.labels, paths))
        return replace(self, labels={**self.labels, **dict.fromkeys(paths, name)})

    def assigning(self, paths: Iterable[str], split: SplitName | None) -> "Edits":
        """These edits with ``paths`` in ``split``; None leaves them to the folder or the draw."""
        if split is None:
            return replace(self, splits=_without(self.splits, paths))
        return replace(self, splits={**self.splits, **dict.fromkeys(paths, split)})

    def accepting(self, paths: Iterable[str]) -> "Edits":
        """These edits with the duplicates of ``paths`` kept: they are no finding any more."""
        return replace(self, accepted=self.accepted | frozenset(paths))

    def following(self, before: "Edits", after: "Edits") -> "Edits":
        """These edits with what another made of ``before``, which was ``after``; about a picture
        that these changed too, they count."""
        accepted = (self.accepted | (after.accepted - before.accepted)) - (
            before.accepted - after.accepted
        )
        changed = after.only_listed != before.only_listed
        return Edits(
            _following(self.labels, before.labels, after.labels),
            _following(self.splits, before.splits, after.splits),
            _following(self.excluded, before.excluded, after.excluded),
            accepted,
            after.only_listed if changed else self.only_listed,
        )


def _following(
    own: Mapping[str, _Value], before: Mapping[str, _Value], after: Mapping[str, _Value]
) -> Mapping[str, _Value]:
    merged = dict(own)
    for path in before.keys() | after.keys():
        if before.get(path) != after.get(path) and own.get(path) == before.get(path):
            merged.pop(path, None)
            if path in after:
                merged[path] = after[path]
    return merged


def _without(values: Mapping[str, _Value], paths: Iterable[str]) -> Mapping[str, _Value]:
    gone = set(paths)
    return {path: value for path, value in values.items() if path not in gone}


USED, EXCLUDED, PROBLEM, IGNORED = "used", "excluded", "problem", "ignored"
ACCEPTED = "accepted"  # the reason of a used picture whose duplicates a person kept
_log = logging.getLogger(__name__)


class Row(NamedTuple):
    """A line of the table, its cells as written."""

    path: str
    label: str
    split: str
    status: str
    reason: str


def kept_file(folder: Path) -> Path:
    """Where the table of the dataset in ``folder`` is kept; named for people to find it."""
    place = os.path.abspath(folder)
    digest = hashlib.sha256(os.fsencode(os.path.normcase(place))).hexdigest()[:12]
    name = re.sub(r"[^\w.-]+", "-", printable(Path(place).name)).strip("-.")[:60] or "dataset"
    return files.data_folder() / "datasets" / f"{name}-{digest}" / "dataset.csv"


def read(folder: Path) -> tuple[Row, ...]:
    """The rows kept for ``folder``, none where nothing was decided.

    A table that is damaged, or cannot be read, is moved aside: what is decided next would be
    written over it, and what is in it can still be saved by hand.
    """
    file = kept_file(folder)
    try:
        return tuple(Row(*cells) for cells in files.read_table(file.read_bytes(), Row._fields))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:
        _log.warning("%s cannot be read and is moved aside: %s", file, error)
        with contextlib.suppress(OSError):
            file.replace(file.with_suffix(".damaged"))
        return ()


def edits_of(scanned: Scanned, rows: tuple[Row, ...]) -> Edits:
    """What ``rows`` say beyond the folder itself.

    Pictures are recognised by their paths, or else by their keys, so a table may come from
    another system. A picture that the table does not know yet gets the class that a person gave
    to all the others of its class folder.
    """
    files = {key_of(file.path): file for file in scanned.files}
    files |= {file.path: file for file in scanned.files}
    found = [
        (files.get(row.path) or files.get(key_of(row.path)) or _file(scanned, row.path), row)
        for row in rows
    ]
    only_listed = any(file.class_name is not None and not row.label for file, row in found)
    labels: dict[str, str] = {}
    splits: dict[str, SplitName] = {}
    renamed: defaultdict[str | None, set[str]] = defaultdict(set)
    for file, row in found:
        if row.label and (only_listed or row.label != file.class_name):
            labels[file.path] = row.label
        if row.label:
            renamed[file.class_name].add(row.label)
        split = next((one for one in SPLITS if one == row.split), file.split)
        if split is not None and split != file.split:
            splits[file.path] = split
    known = {file.path for file, _ in found}
    for file in scanned.files:
        names = renamed[file.class_name]
        follows = file.class_name is not None and file.class_name not in names and not only_listed
        if follows and len(names) == 1 and file.path not in known:
            labels[file.path] = min(names)
    excluded = {file.path: row.reason for file, row in found if row.status == EXCLUDED}
    used = [(file.path, row.reason) for file, row in found if row.status != EXCLUDED]
    accepted = frozenset(path for path, reason in used if reason == ACCEPTED)
    return Edits(labels, splits, excluded, accepted, only_listed)


def save(scanned: Scanned, edits: Edits, before: Edits | None = None) -> None:
    """Keep ``edits``; without any, nothing is kept.

    ``before`` is what was kept when the person began: what another window has decided since then
    is kept too. Raises ``OSError``.
    """
    file = kept_file(scanned.folder)
    if before is not None:
        edits = _with_others(scanned, edits, before)
    if edits.is_empty:
        file.unlink(missing_ok=True)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    files.replace(file, write(scanned, edits))


def set_aside(folder: Path) -> None:
    """Keep the table of ``folder`` beside the one that will be written next."""
    file = kept_file(folder)
    with contextlib.suppress(FileNotFoundError):
        file.replace(file.with_suffix(".aside.csv"))


def _with_others(scanned: Scanned, edits: Edits, before: Edits) -> Edits:
    there = read(scanned.folder)
    if not there:  # perhaps just moved aside: what is known here must not go with it
        return edits
    # as the table gives it back: less than all, about pictures that are left out
    kept = () if before.is_empty else tuple(_rows(scanned, before))
    if there == kept:
        return edits
    return edits.following(edits_of(scanned, kept), edits_of(scanned, there))


def write(scanned: Scanned, edits: Edits) -> bytes:
    """The table's content: every picture file of the folder, and those decided about that are
    not there now."""
    return files.write_table(Row._fields, _rows(scanned, edits))


def _rows(scanned: Scanned, edits: Edits) -> list[Row]:
    rows = [_row(file, edits) for file in scanned.files]
    there = {file.path for file in scanned.files}
    decided = {*edits.labels, *edits.splits, *edits.excluded, *edits.accepted}
    return rows + [_row(_file(scanned, path), edits) for path in sorted(decided - there)]


def _row(file: ScannedFile, edits: Edits) -> Row:
    label = edits.labels.get(file.path, "" if edits.only_listed else file.class_name or "")
    split = edits.splits.get(file.path, file.split or "")
    status, reason = USED, ""
    if not label:
        status = IGNORED
    elif file.path in edits.excluded:
        status, reason = EXCLUDED, edits.excluded[file.path]
    elif file.error is not None:
        status, reason = PROBLEM, file.error.code
    elif file.path in edits.accepted:
        reason = ACCEPTED
    return Row(file.path, label, split, status, reason)


def _file(scanned: Scanned, path: str) -> ScannedFile:
    """The file that ``path`` would be if it were still there."""
    *folders, _ = path.split("/")
    split: SplitName | None = None
    if scanned.layout == "splits" and folders:
        split = SPLIT_FOLDERS.get(folders.pop(0).casefold())
    name = key_of(folders[0]) if folders and scanned.layout != "flat" else None
    return ScannedFile(path, name, split)
