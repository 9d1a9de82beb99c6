"""A run as one file, for another machine: a zip whose members are known by name.

It holds the recipe, the history, the environment, the list of images, their predictions, the
summary and the label, and the weights where asked; never an image. Full paths of folders and
files are cut to their last names.

An opened archive is data from elsewhere: it is checked and written anew, and none of it is ever
executed. It is unpacked in a hidden folder with a lock beside it.
"""

import contextlib
import json
import os
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from core.common import files
from core.common.messages import InputError, ThawError
from core.recipe.config import MOST_STAGES
from core.runs import evaluation, places
from core.runs import list as run_list
from core.runs.list import ABOUT
from core.runs.places import (
    BEST,
    CONFIG,
    DATASET,
    ENVIRONMENT,
    HISTORY,
    PREDICTIONS,
    SUMMARY,
    free_directory,
    stage_predictions,
)
from core.runs.run import Run

_OPENING = ".opening"


@contextlib.contextmanager
def hidden(folder: Path) -> Iterator[Path]:
    """A new one in ``folder``, removed at the end unless it was given another name.

    One process at a time has it, and removes first what a killed one left. Raises ``InputError``
    (run_folder_unwritable).
    """
    import filelock  # here, so that the window need not wait for it

    place = folder / _OPENING
    with contextlib.ExitStack() as at_the_end:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            # beside it: a folder that holds an open file cannot be renamed on Windows
            at_the_end.enter_context(filelock.FileLock(f"{place}.lock", thread_local=False))
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
        except OSError as error:
            raise InputError("run_folder_unwritable", path=folder, reason=error) from None
        at_the_end.callback(shutil.rmtree, place, ignore_errors=True)
        yield place


# A path from a root: of POSIX with two names at least, of Windows with a drive or a share.
_FULL = re.compile(r"/[^\0\n]*/|[A-Za-z]:[/\\]|\\\\[^\\\n]+\\")
_LONGEST = 4096


def last_name(path: str) -> str:
    """What a path of any system ends with, "" for a root."""
    name = re.split(r"[/\\]", path.rstrip("/\\"))[-1]
    return "" if name in ("", ".", "..") or name.endswith(":") else name


class Shortened:
    """Makes JSON without full paths: each gives way to its last name.

    ``folder`` is the dataset's, whose path is also found inside of sentences, as is the person's
    home. ``seen`` has the folders that were shortened.
    """

    def __init__(self, folder: Path | None) -> None:
        self.seen: set[str] = set()
        self._inside: list[tuple[str, str]] = []
        if folder is not None:
            name = last_name(str(folder)) or "pictures"
            self._inside = [(str(folder), name), (str(Path.home()), "~")]

    def document(self, data: bytes) -> bytes:
        """A JSON document. Raises ``ValueError`` where it is none."""
        return (json.dumps(self.values(json.loads(data)), indent=2) + "\n").encode()

    def recipe(self, data: bytes) -> bytes:
        """A recipe, whose weights still read as a file's. Raises ``ValueError``."""
        recipe = json.loads(data)
        kept = self.values(recipe)
        try:
            before, after = recipe["model"]["weights"], kept["model"]["weights"]
            if after != before and "." not in after:
                kept["model"]["weights"] = f"./{after}"  # a run's folder, not a name that is known
        except (KeyError, TypeError) as error:
            raise ValueError(str(error)) from error
        return (json.dumps(kept, indent=2) + "\n").encode()

    def lines(self, data: bytes) -> bytes:
        """JSON, one a line; the lines without a path stay as they are, byte for byte."""
        return b"".join(self._line(one) for one in data.splitlines(keepends=True))

    def values(self, data: Any) -> Any:
        """Plain JSON values."""
        match data:
            case dict():
                return {self.text(name): self.values(one) for name, one in data.items()}
            case list():
                return [self.values(one) for one in data]
            case str():
                return self.text(data)
        return data

    def text(self, text: str) -> str:
        """``text`` without a full path."""
        if is_full_path(text):
            self.seen.add(os.path.dirname(text) if os.path.isfile(text) else text)
            return last_name(text)
        for path, name in self._inside:
            if len(path) > 1 and path in text:
                self.seen.add(path)
                text = text.replace(path, name)
        return text

    def _line(self, line: bytes) -> bytes:
        if b"/" not in line and b"\\" not in line:
            return line
        before = json.loads(line)
        after = self.values(before)
        return line if after == before else (json.dumps(after) + "\n").encode()


def is_full_path(text: str) -> bool:
    """Whether ``text`` is a path from a root, of any system."""
    return len(text) <= _LONGEST and "\n" not in text and _FULL.match(text) is not None


SUFFIX = ".thaw.zip"
MANIFEST = "thaw.json"
_SCHEMA = 1
_MB = 1 << 20
_PREDICTIONS = (PREDICTIONS, *map(stage_predictions, range(1, MOST_STAGES + 1)))
# The most bytes that a member may unpack to. The largest head that a recipe allows beside all of
# VGG16 takes about 600 MB; the history of ten thousand epochs 30.
_LIMITS = {
    MANIFEST: _MB,
    CONFIG: _MB,
    HISTORY: 256 * _MB,
    ENVIRONMENT: 8 * _MB,
    DATASET: 256 * _MB,
    SUMMARY: _MB,
    ABOUT: _MB,
    BEST: 2048 * _MB,
    **dict.fromkeys(_PREDICTIONS, 512 * _MB),
}
_NEEDED = (MANIFEST, CONFIG, HISTORY, ENVIRONMENT, DATASET)
_BLOCK = _MB
_WHEN = (1980, 1, 1, 0, 0, 0)  # equal runs are equal files


@dataclass(frozen=True)
class Saved:
    """The file, its size in bytes, and the folders whose full paths it leaves out."""

    path: Path
    size: int
    shortened: tuple[str, ...]


def may_be_archive(path: Path) -> bool:
    """Whether ``path`` is called as one may be that was sent or downloaded, as in
    "run.thaw (1).zip"."""
    return path.suffix.lower() == ".zip"


def save(directory: Path, path: Path, *, weights: bool = False) -> Saved:
    """Write the run in ``directory`` as one file, whose name is given its suffix where it has
    none.

    Raises ``InputError`` where there is no run, it is damaged or some process trains it, or where
    it has no ``weights`` to give; ``ThawError`` (read_failed, archive_unwritable).
    """
    run = Run.open(directory)
    if places.is_held(directory):
        raise InputError("archive_run_in_use", path=directory)
    if weights and not (directory / BEST).is_file():
        raise InputError("run_without_weights", path=directory)
    if not path.name.lower().endswith(SUFFIX):
        path = path.with_name(path.name.removesuffix(".zip") + SUFFIX)
    home = Shortened(run.folder)
    try:
        with files.replacing(path) as file:
            _write(file, run, home, weights)
            size = file.tell()
    except OSError as error:
        raise ThawError("archive_unwritable", path=path, reason=error) from None
    return Saved(path, size, tuple(sorted(home.seen)))


def _write(file: IO[bytes], run: Run, home: Shortened, weights: bool) -> None:
    manifest = {"schema": _SCHEMA, "run": run.name, "weights": weights}
    with zipfile.ZipFile(file, "w") as archive:
        _add(archive, MANIFEST, (json.dumps(manifest, indent=2) + "\n").encode())
        _add(archive, CONFIG, home.recipe((run.directory / CONFIG).read_bytes()))
        environment = (run.directory / ENVIRONMENT).read_bytes()
        _add(archive, ENVIRONMENT, home.document(environment))
        _add(archive, HISTORY, home.lines(run.history_bytes()))
        _add(archive, SUMMARY, run.summary.to_json())
        for name in (DATASET, *_PREDICTIONS, ABOUT):
            if (run.directory / name).is_file():
                _add(archive, name, (run.directory / name).read_bytes())
        if weights:
            with (
                (run.directory / BEST).open("rb") as source,
                archive.open(_member(BEST, zipfile.ZIP_STORED), "w") as target,
            ):
                shutil.copyfileobj(source, target, _BLOCK)


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    archive.writestr(_member(name, zipfile.ZIP_DEFLATED), data)


def _member(name: str, compression: int) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, _WHEN)
    member.compress_type, member.external_attr = compression, 0o644 << 16
    return member


def open_archive(path: Path, folder: Path) -> Path:
    """Unpack the run in ``path`` into ``folder``, that of the runs; its new directory.

    Where a run of its name is there, it gets another one. Its pictures are looked for in
    ``pictures/NAME`` in its directory. Raises ``InputError``: archive_missing, archive_unreadable,
    archive_foreign, archive_too_large, archive_incomplete, run_folder_unwritable.
    """
    with _opened(path) as archive:
        _check(path, archive)
        with hidden(folder) as place:
            try:
                archive.extractall(place)  # never more of a member than the size that was checked
            except OSError as error:
                raise InputError("run_folder_unwritable", path=folder, reason=error) from None
            manifest = json.loads((place / MANIFEST).read_bytes())
            if manifest["schema"] > _SCHEMA:
                raise InputError("archive_newer", path=path)
            (place / MANIFEST).unlink()
            target = free_directory(folder, str(manifest["run"]))
            _settle(path, place, target)
            return target


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """The zip; whatever is wrong with its bytes becomes a sentence."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except FileNotFoundError:
        raise InputError("archive_missing", path=path) from None
    except zipfile.BadZipFile as error:
        if not zipfile.is_zipfile(path):
            raise InputError("archive_no_zip", path=path) from None
        raise InputError("archive_unreadable", path=path, reason=error) from None
    # a RuntimeError: a password, or a compression that Python doesn't know
    except (OSError, EOFError, ValueError, KeyError, TypeError, RuntimeError, zlib.error) as error:
        raise InputError("archive_unreadable", path=path, reason=error) from None


def _check(path: Path, archive: zipfile.ZipFile) -> None:
    """See that the members are a run's and not too large."""
    names = archive.namelist()
    for one in archive.infolist():
        if one.filename not in _LIMITS or names.count(one.filename) > 1:
            raise InputError("archive_foreign", path=path, name=one.filename[:200])
        if one.file_size > _LIMITS[one.filename]:
            most = _LIMITS[one.filename] // _MB
            raise InputError("archive_too_large", path=path, name=one.filename, most=most)
    for name in _NEEDED:
        if name not in names:
            raise InputError("archive_incomplete", path=path, name=name)


def _settle(path: Path, place: Path, target: Path) -> None:
    """Check what was unpacked in ``place`` and make the run ``target`` of it."""
    try:
        _point_to_pictures(place, target)
        home = Shortened(None)
        (place / CONFIG).write_bytes(home.recipe((place / CONFIG).read_bytes()))
        (place / HISTORY).write_bytes(home.lines((place / HISTORY).read_bytes()))
        run = Run.open(place)
        _check_paths(run)
        summary = run.summary
        if summary.state == "running":  # nothing that could be resumed came along
            summary = summary.model_copy(update={"state": "interrupted"})
        (place / SUMMARY).write_bytes(summary.to_json())
        run_list.write_label(place, run_list.read_label(place))
    except ThawError as error:
        reason = error.values.get("reason", error)
        raise InputError("archive_unreadable", path=path, reason=reason) from None
    try:
        place.rename(target)
    except OSError as error:
        raise InputError("run_folder_unwritable", path=target, reason=error) from None


def _point_to_pictures(place: Path, target: Path) -> None:
    """Let the run's pictures be where they can be put, and nowhere else on this machine."""
    data = json.loads((place / ENVIRONMENT).read_bytes())
    data = Shortened(None).values(data)
    name = last_name(str(data["folder"])) or "pictures"
    data["folder"] = os.path.abspath(target / "pictures" / name)
    (place / ENVIRONMENT).write_text(json.dumps(data, indent=2) + "\n", "utf-8")


def _check_paths(run: Run) -> None:
    """Raises ``ValueError`` for a picture outside its dataset's folder."""
    paths = [one.path for one in run.pictures]
    paths += [path for batch in run.history.batches for path in batch.pictures]
    for name in _PREDICTIONS:
        if (run.directory / name).is_file():
            read = evaluation.read_predictions(run.directory / name, run.classes)
            paths += [one.path for one in read.predictions]
    for one in paths:
        parts = re.split(r"[/\\]", one) if os.sep == "\\" else one.split("/")
        if ".." in parts or one.startswith("/") or os.path.isabs(one) or "\0" in one:
            raise ValueError(f"{one!r} is no path in a dataset")
