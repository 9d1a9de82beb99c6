"""The pictures of a dataset in one order: used, excluded, unreadable; and those without a class."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

from core.dataset.folder import Scanned, ScannedFile, SplitName, key_of
from core.dataset.split import Split
from core.dataset.summary import DatasetSummary, Excluded, Problem, ProblemCode, Sample

Entry = Sample | Excluded | Problem | ScannedFile
State = Literal["used", "excluded", "problems", "unlabelled"]
# What a person can ask to see. All are those with a class; "pinned" are those whose split was
# given, "warnings" those that are used all the same.
SHOWN = (
    "all",
    "used",
    "train",
    "validation",
    "test",
    "pinned",
    "excluded",
    "problems",
    "warnings",
    "unlabelled",
)


@dataclass(frozen=True, slots=True)
class Picture:
    """What is known of one picture. ``class_name`` is None without one, ``own_class`` is that
    of its folders; ``reason`` is why it is excluded, ``problem`` what is wrong with the file;
    ``version`` tells it from another file of the same name."""

    path: str
    state: State
    class_name: str | None
    split: SplitName | None = None
    pinned: bool = False
    reason: str = ""
    problem: Problem | None = None
    own_class: str | None = None
    version: tuple[int, int] = (-1, -1)


@dataclass(frozen=True)
class Selected:
    """Paths of selected pictures by what can be done with them."""

    all: list[str] = field(default_factory=list)
    to_exclude: list[str] = field(default_factory=list)
    to_include: list[str] = field(default_factory=list)
    to_move: list[str] = field(default_factory=list)


class PictureList:
    """Everything in the order of the scan. A hundred thousand are taken and filtered in a
    fraction of the time that a person notices: entries are the dataset's own objects."""

    def __init__(
        self,
        scanned: Scanned | None,
        summary: DatasetSummary,
        split: Split,
        before: "PictureList | None" = None,
    ) -> None:
        """``before`` is one that may be of the same scan: it lends what they share."""
        self.folder = Path(summary.folder)
        self.classes = summary.classes
        self._summary = summary
        self._scanned = scanned
        self._used = [one for part in (split.train, split.validation, split.test) for one in part]
        self._by_path: dict[str, Entry] = {one.path: one for one in self._used}
        self._by_path |= {one.path: one for one in summary.excluded}
        self._by_path |= {one.path: one for one in summary.problems}
        self.unlabelled: list[ScannedFile] = []
        self.entries: list[Entry] = []
        if scanned is None:
            self.entries = sorted(self._by_path.values(), key=lambda one: key_of(one.path))
            return
        get = self._by_path.get
        found = [get(file.path) for file in scanned.files]
        self.entries = [one for one in found if one is not None]
        if len(self.entries) < len(found):
            pairs = zip(scanned.files, found, strict=True)
            self.unlabelled = [file for file, one in pairs if one is None]
        if before is not None and before._scanned is scanned:
            made = vars(before)
            vars(self).update({name: made[name] for name in ("_files", "_names") if name in made})

    def counts(self) -> dict[str, int]:
        """How many pictures there are of what is out of the ordinary."""
        return {
            "pinned": sum([one.pinned for one in self._used]),
            "excluded": len(self._summary.excluded),
            "problems": len(self._summary.problems),
            "warnings": len(self._warned),
            "unlabelled": len(self.unlabelled),
        }

    def chosen(self, shown: str, label: int | None = None, words: str = "") -> list[Entry]:
        """Those that ``shown`` names, of the class ``label`` or all, whose file name has
        ``words`` in it. A class does not narrow what has none."""
        found = self._shown(shown)
        if label is not None and shown != "unlabelled":
            name = self.classes[label]
            found = [
                one
                for one in found
                if (one.label == label if type(one) is Sample else self._class_of(one) == name)
            ]
        wanted = _plain(words.strip())
        if wanted:
            names = self._names
            found = [one for one in found if wanted in names[one.path]]
        return found

    def total(self, shown: str) -> int:
        """How many ``shown`` are a part of."""
        return len(self.unlabelled if shown == "unlabelled" else self.entries)

    def picture(self, entry: Entry) -> Picture:
        """What is known of ``entry``."""
        file = self._files.get(entry.path)
        own = file.class_name if file is not None else None
        version = (file.size, file.mtime) if file is not None else (-1, -1)
        path = entry.path
        if isinstance(entry, Sample):
            return Picture(
                path,
                "used",
                self.classes[entry.label],
                entry.split,
                entry.pinned,
                problem=self._warned.get(path),
                own_class=own,
                version=(entry.size, entry.mtime),
            )
        if isinstance(entry, Excluded):
            name, split, reason = entry.class_name, entry.split, entry.reason
            return Picture(
                path, "excluded", name, split, reason=reason, own_class=own, version=version
            )
        if isinstance(entry, Problem):
            return Picture(path, "problems", own, problem=entry, own_class=own, version=version)
        return Picture(path, "unlabelled", None, own_class=own, version=version)

    def entry(self, path: str) -> Entry | None:
        """What is at ``path``, if anything is."""
        return self._by_path.get(path) or self._files.get(path)

    def class_counts(self) -> dict[str, int]:
        """How many pictures of each class are used."""
        counts = Counter([one.label for one in self._used])
        return {name: counts[label] for label, name in enumerate(self.classes)}

    def is_relabelled(self, entry: Entry) -> bool:
        """Whether its class is another than its folder's."""
        file = self._files.get(entry.path)
        if file is None or not isinstance(entry, Sample | Excluded):
            return False
        name = self.classes[entry.label] if isinstance(entry, Sample) else entry.class_name
        return name != file.class_name

    def _shown(self, shown: str) -> list[Entry]:
        if shown == "unlabelled":
            return list(self.unlabelled)
        if shown == "all":
            return self.entries
        if shown == "warnings":
            return [one for one in self.entries if one.path in self._warned]
        if shown in ("excluded", "problems"):
            kind = Excluded if shown == "excluded" else Problem
            return [one for one in self.entries if type(one) is kind]
        used = [one for one in self.entries if type(one) is Sample]
        if shown == "pinned":
            used = [one for one in used if one.pinned]
        elif shown != "used":
            used = [one for one in used if one.split == shown]
        return [*used]

    def _class_of(self, entry: Entry) -> str | None:
        if isinstance(entry, Excluded):
            return entry.class_name
        file = self._files.get(entry.path)
        return file.class_name if file is not None else None

    @cached_property
    def _warned(self) -> dict[str, Problem]:
        warnings = self._summary.warnings
        return {one.path: one for one in warnings if one.code == ProblemCode.TINY_IMAGE}

    @cached_property
    def _files(self) -> dict[str, ScannedFile]:
        files = self._scanned.files if self._scanned is not None else ()
        return {file.path: file for file in files}

    @cached_property
    def _names(self) -> dict[str, str]:
        everything: Sequence[Entry] = [*self.entries, *self.unlabelled]
        return {one.path: _plain(one.path.rpartition("/")[2]) for one in everything}


def selected(entries: Sequence[Entry]) -> Selected:
    """What can be done with each of ``entries``."""
    found = Selected()
    for one in entries:
        found.all.append(one.path)
        if isinstance(one, Sample | Problem):
            found.to_exclude.append(one.path)
        elif isinstance(one, Excluded):
            found.to_include.append(one.path)
        if isinstance(one, Sample | Excluded):
            found.to_move.append(one.path)
    return found


def _plain(text: str) -> str:
    return text.casefold() if text.isascii() else key_of(text).casefold()
