"""The image files of a dataset folder, and the class and split of each, by names alone.

Layouts: one subfolder for each class; train, validation and test folders that hold class folders;
or flat, images without class folders, whose classes a person or a table must give.
"""

import os
import re
import threading
import unicodedata
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core.common.messages import InputError, raise_if_stopped
from core.images.errors import ImageError
from core.images.load import IMAGE_SUFFIXES, Header

Layout = Literal["classes", "splits", "flat"]
SplitName = Literal["train", "validation", "test"]

SPLITS: tuple[SplitName, ...] = ("train", "validation", "test")
# by casefolded name
SPLIT_FOLDERS: dict[str, SplitName] = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
}
_SYSTEM_FOLDERS = {"__MACOSX", "@eaDir", "$RECYCLE.BIN", "System Volume Information"}


@dataclass(frozen=True, slots=True)
class ScannedFile:
    """A file that its name says is a picture. ``path`` is relative, with slashes, as on disk;
    ``class_name``, in NFC, and ``split`` are those of its folders, None where it lies in none;
    ``size`` in bytes, ``mtime`` in nanoseconds, both -1 where the file was not, or could not be,
    looked at. One of ``header`` and ``error`` is there; neither, where nobody asked for it."""

    path: str
    class_name: str | None
    split: SplitName | None = None
    size: int = -1
    mtime: int = -1
    header: Header | None = None
    error: ImageError | None = None


@dataclass(frozen=True)
class Scanned:
    """A folder as it is: its picture ``files``, in the order of their keys, and how many others
    are ``ignored``.

    ``classes`` maps each class to its first folder; ``nested`` are classes whose pictures lie
    deeper; ``unreadable`` are (folder, reason).
    """

    folder: Path
    layout: Layout
    files: tuple[ScannedFile, ...]
    ignored: int
    classes: Mapping[str, str]
    nested: frozenset[str] = frozenset()
    unreadable: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """The folder's own name, for people."""
        return printable(self.folder.name or str(self.folder))


@dataclass(frozen=True)
class _Content:
    """One folder's entries by name, sorted; without hidden folders."""

    pictures: tuple[str, ...] = ()
    others: int = 0
    folders: tuple[str, ...] = ()
    links: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Job:
    """A folder still to be walked."""

    path: str
    class_name: str | None
    split: SplitName | None = None
    depth: int = 0


def list_folder(folder: Path, stop: threading.Event | None = None) -> Scanned:
    """Walk ``folder`` and tell what it holds; no file is looked at.

    Raises ``InputError`` (folder_missing, folder_unreadable) and, once ``stop`` is set,
    ``ThawError`` (stopped).
    """
    return _Walk(folder, stop).run()


def printable(name: str) -> str:
    """``name`` with what UTF-8 cannot write escaped, so that it can be printed and stored."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def key_of(path: str) -> str:
    """``path`` the same on every system: printable, in Unicode NFC."""
    return unicodedata.normalize("NFC", printable(path))


def natural(name: str) -> tuple[list[str | int], str]:
    """A sort key by which ``Class 2`` comes before ``class 10``."""
    parts = re.split(r"(\d+)", name.casefold())
    # Python reads no number of more than 4300 digits, which a table's cell may hold
    return [int(part[:4000]) if number % 2 else part for number, part in enumerate(parts)], name


class _Walk:
    def __init__(self, folder: Path, stop: threading.Event | None) -> None:
        self._root = os.path.abspath(folder)  # a link keeps its name
        self._stop = stop
        self._files: list[ScannedFile] = []
        self._ignored = 0
        self._classes: dict[str, str] = {}
        self._nested: set[str] = set()
        self._unreadable: list[tuple[str, str]] = []
        self._seen: set[tuple[int, int]] = set()

    def run(self) -> Scanned:
        root = self._root_content()
        self._take(_Job("", None), root)
        splits = self._splits(root)
        jobs = [job for name, split in splits.items() for job in self._open_split(name, split)]
        for name in root.folders:
            if name not in splits:
                jobs.append(_Job(name, None if splits else key_of(name)))
        self._walk(jobs)
        layout: Layout = "splits" if splits else "classes"
        if all(one.class_name is None for one in self._files):
            layout = "flat"
        return Scanned(
            Path(self._root),
            layout,
            tuple(sorted(self._files, key=lambda one: (key_of(one.path), one.path))),
            self._ignored,
            self._classes,
            frozenset(self._nested),
            tuple(self._unreadable),
        )

    def _root_content(self) -> _Content:
        if not os.path.isdir(self._root):
            raise InputError("folder_missing", path=printable(self._root))
        try:
            content = self._read("")
        except OSError as error:
            path = printable(self._root)
            raise InputError("folder_unreadable", path=path, reason=error) from None
        for folder in (Path(self._root), *Path(self._root).resolve().parents):
            self._is_new(str(folder))  # a link to a folder above is a loop
        return content

    def _splits(self, root: _Content) -> dict[str, SplitName]:
        """The split folders of ``root``; empty where its folders are classes."""
        named = {
            name: SPLIT_FOLDERS[name.casefold()]
            for name in root.folders
            if name.casefold() in SPLIT_FOLDERS
        }
        others = [name for name in root.folders if name not in named]
        with_folders = {split for name, split in named.items() if self._look(name).folders}
        if not with_folders and not others and len(set(named.values())) > 1:
            return named  # pictures already parted, their classes still to be given
        if len(with_folders) > 1:
            return named if "train" in with_folders or not others else {}
        if with_folders == {"train"} and not any(self._look(name).pictures for name in others):
            return named
        return {}

    def _open_split(self, name: str, split: SplitName) -> list[_Job]:
        if not self._is_new(self._full(name)):
            return []
        content = self._look(name, note=True)
        self._take(_Job(name, None, split), content)
        return [_Job(f"{name}/{inner}", key_of(inner), split) for inner in content.folders]

    def _walk(self, jobs: list[_Job]) -> None:
        """Real folders first, so that what a link shows again stays where it really lies."""
        queue: deque[_Job] = deque()
        linked: deque[_Job] = deque()
        for job in jobs:
            if job.class_name is not None:
                self._classes.setdefault(job.class_name, job.path)
            (linked if Path(self._full(job.path)).is_symlink() else queue).append(job)
        while queue or linked:
            job = queue.popleft() if queue else linked.popleft()
            if not self._is_new(self._full(job.path)):
                continue
            content = self._look(job.path, note=True)
            self._take(job, content)
            for name in content.folders:
                inner = _Job(f"{job.path}/{name}", job.class_name, job.split, job.depth + 1)
                (linked if name in content.links else queue).append(inner)

    def _take(self, job: _Job, content: _Content) -> None:
        self._ignored += content.others
        if job.depth and content.pictures and job.class_name is not None:
            self._nested.add(job.class_name)
        start = f"{job.path}/" if job.path else ""
        self._files += [
            ScannedFile(start + picture, job.class_name, job.split) for picture in content.pictures
        ]

    def _look(self, path: str, *, note: bool = False) -> _Content:
        try:
            return self._read(path)
        except OSError as error:
            if note:
                self._unreadable.append((path, error.strerror or str(error)))
            return _Content()

    def _read(self, path: str) -> _Content:
        raise_if_stopped(self._stop)
        pictures, folders, links, others = [], [], set(), 0
        with os.scandir(self._full(path)) as entries:
            for entry in entries:
                name = entry.name
                if _is_folder(entry):
                    if name.startswith(".") or name in _SYSTEM_FOLDERS:
                        continue
                    folders.append(name)
                    if entry.is_symlink():
                        links.add(name)
                elif _may_be_picture(entry):
                    pictures.append(name)
                else:
                    others += 1
        return _Content(tuple(sorted(pictures)), others, tuple(sorted(folders)), frozenset(links))

    def _full(self, path: str) -> str:
        return f"{self._root}/{path}" if path else self._root

    def _is_new(self, full: str) -> bool:
        """Whether this folder, by whatever path, was not walked yet."""
        try:
            status = os.stat(full)
        except OSError:
            return True  # reading it tells the reason
        identity = status.st_dev, status.st_ino
        if identity in self._seen:
            return False
        self._seen.add(identity)
        return True


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _may_be_picture(entry: "os.DirEntry[str]") -> bool:
    name = entry.name
    if name.startswith(".") or "." + name.rpartition(".")[2].lower() not in IMAGE_SUFFIXES:
        return False
    try:
        # A pipe or a device would wait for ever; a broken link is a problem worth telling.
        return entry.is_file() or not Path(entry.path).exists()
    except OSError:
        return True
