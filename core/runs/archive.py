"""A run as one file, for another machine: a zip whose members are known by name.

It holds the recipe, the history, the environment, the list of images, their predictions, the
summary and the label, and the weights where asked; never an image. Full paths of folders and
files are cut to their last names.

An opened archive is data from elsewhere: it is checked and written anew, and none of it is ever
executed. It is unpacked in a hidden folder with a lock beside it, so that a later opening can
tell and remove what a killed process left, up to 2 GB of it.
"""

import contextlib
import json
import os
import re
import shutil
import uuid
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

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
    unwritable,
)
from core.runs.run import Run

if TYPE_CHECKING:
    from filelock import BaseFileLock


_PREFIX, _LOCK = ".opening.", ".lock"
_TRIES = 5
_NAME = re.compile(rf"({re.escape(_PREFIX)}[0-9a-f]{{8}})(?:{re.escape(_LOCK)})?")


@contextlib.contextmanager
def hidden(folder: Path) -> Iterator[Path]:
    """A new one in ``folder``, removed at the end unless it was given another name.

    Removes first what killed processes left. Raises ``InputError`` (run_folder_unwritable).
    """
    remove_leftovers(folder)
    with contextlib.ExitStack() as at_the_end:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            place, lock = _taken(folder)
            at_the_end.callback(_free, lock)
            at_the_end.callback(shutil.rmtree, place, ignore_errors=True)
            place.mkdir()
        except OSError as error:
            raise unwritable(folder, error.strerror or str(error)) from None
        yield place


def _taken(folder: Path, tries: int = _TRIES) -> "tuple[Path, BaseFileLock]":
    """A new place and its lock, held; under another name where a process that looks for what was
    left took the lock for such, before it was held here."""
    place = folder / f"{_PREFIX}{uuid.uuid4().hex[:8]}"
    lock = _lock(place)
    try:
        lock.acquire()
    except TimeoutError:
        if tries == 1:
            raise
        return _taken(folder, tries - 1)
    return place, lock


def remove_leftovers(folder: Path) -> None:
    """Remove the hidden folders in ``folder`` whose processes are gone."""
    try:
        found = {match[1] for name in os.listdir(folder) if (match := _NAME.fullmatch(name))}
    except OSError:
        return  # no such folder yet
    for name in found:
        lock = _lock(folder / name)
        try:
            lock.acquire()
        except OSError:
            continue  # another process is at work there
        shutil.rmtree(folder / name, ignore_errors=True)
        _free(lock)


def _lock(place: Path) -> "BaseFileLock":
    import filelock  # here, so that the window need not wait for it

    # The lock lies beside the folder: one that holds an open file cannot be renamed on Windows.
    return filelock.FileLock(f"{place}{_LOCK}", timeout=0, thread_local=False)


def _free(lock: "BaseFileLock") -> None:
    if lock.is_locked:
        lock.release()
        with contextlib.suppress(OSError):
            os.unlink(lock.lock_file)


# A path from a root: of POSIX with two names at least, of Windows with a drive or a share.
_FULL = re.compile(r"/[^\0\n]*/|[A-Za-z]:[/\\]|\\\\[^\\\n]+\\")
_LONGEST = 4096


def last_name(path: str) -> str:
    """What a path of any system ends with, "" for a root."""
    name = re.split(r"[/\\]", path.rstrip("/\\"))[-1]
    return "" if name in ("", ".", "..") or name.endswith(":") else name


def told_apart(texts: Sequence[Any]) -> list[Any]:
    """``texts`` with each full path as the last names that tell it from the others; what is no
    full path stays."""
    names = [_names(one) for one in texts]
    return [_ending(mine, names) if mine else one for one, mine in zip(texts, names, strict=True)]


def _names(text: Any) -> list[str]:
    if not isinstance(text, str) or not _is_full(text):
        return []
    return [name for name in re.split(r"[/\\]", text) if name]


def _ending(mine: list[str], all_names: Sequence[list[str]]) -> str:
    others = [one for one in all_names if one != mine]
    for count in range(1, len(mine)):
        if all(one[-count:] != mine[-count:] for one in others):
            return "/".join(mine[-count:])
    return "/".join(mine)


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
        if _is_full(text):
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


def _is_full(text: str) -> bool:
    return len(text) <= _LONGEST and "\n" not in text and _FULL.match(text) is not None


SUFFIX = ".thaw.zip"
MANIFEST = "thaw.json"
_SCHEMA = 1
_MB = 1 << 20
# The most bytes that a member may unpack to. The largest head that a recipe allows beside all of
# VGG16 takes about 600 MB; the history of ten thousand epochs 30.
_LIMITS = {
    MANIFEST: _MB,
    CONFIG: _MB,
    HISTORY: 256 * _MB,
    ENVIRONMENT: 8 * _MB,
    DATASET: 256 * _MB,
    PREDICTIONS: 512 * _MB,
    SUMMARY: _MB,
    ABOUT: _MB,
    BEST: 2048 * _MB,
    **{stage_predictions(number): 512 * _MB for number in range(1, MOST_STAGES + 1)},
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


def is_archive(path: Path) -> bool:
    """Whether ``path`` is called as such a file is."""
    return path.name.lower().endswith(SUFFIX)


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
        raise InputError("archive_run_in_use", path=str(directory))
    if weights and not (directory / BEST).is_file():
        raise InputError("run_without_weights", path=str(directory))
    if not is_archive(path):
        path = path.with_name(path.name.removesuffix(".zip") + SUFFIX)
    home = Shortened(run.folder)
    temporary = path.with_name(f".{path.name[:80]}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        with temporary.open("xb") as file:
            _write(file, run, home, weights)
        size = temporary.stat().st_size
        temporary.replace(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ThawError("archive_unwritable", path=str(path), reason=reason) from None
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()
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
        stages = range(1, len(run.config.stages) + 1)
        for name in (DATASET, PREDICTIONS, *map(stage_predictions, stages), ABOUT):
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
        members = _checked(path, archive)
        with hidden(folder) as place:
            for member in members:
                _unpack(path, archive, member, place)
            name = _name(path, place / MANIFEST)
            (place / MANIFEST).unlink()
            return _settled(path, place, folder, name)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """The zip; whatever is wrong with its bytes becomes a sentence."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except FileNotFoundError:
        raise InputError("archive_missing", path=str(path)) from None
    except zipfile.BadZipFile as error:
        if not zipfile.is_zipfile(path):
            raise InputError("archive_no_zip", path=str(path)) from None
        raise _unreadable(path, error) from None
    except (
        OSError,
        EOFError,
        ValueError,
        NotImplementedError,  # a compression that Python doesn't know
        RuntimeError,  # a password
        zlib.error,
    ) as error:
        raise _unreadable(path, error) from None


def _checked(path: Path, archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The members, once it is known that they are a run's and not too large."""
    members = archive.infolist()
    names = [one.filename for one in members]
    for one in members:
        if one.filename not in _LIMITS or names.count(one.filename) > 1:
            raise InputError("archive_foreign", path=str(path), name=one.filename[:200])
        if one.file_size > _LIMITS[one.filename]:
            raise _too_large(path, one.filename)
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        raise InputError("archive_incomplete", path=str(path), name=missing[0])
    return members


def _unpack(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo, place: Path) -> None:
    """Write one member under its known name, and stop at its limit whatever it said before."""
    left = _LIMITS[member.filename]
    target = place / member.filename
    with archive.open(member) as source:
        try:
            file = target.open("xb", buffering=0)  # a full disk shows here, not as it is closed
        except OSError as error:
            raise unwritable(place.parent, error.strerror or str(error)) from None
        with file:
            while block := source.read(_BLOCK):
                left -= len(block)
                if left < 0:
                    raise _too_large(path, member.filename)
                try:
                    while block:
                        block = block[file.write(block) :]
                except OSError as error:
                    raise unwritable(place.parent, error.strerror or str(error)) from None


def _settled(path: Path, place: Path, folder: Path, name: str) -> Path:
    """Check what was unpacked in ``place`` and make a run of it, under a free name."""
    try:
        target = free_directory(folder, name)
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
    except InputError as error:
        raise _unreadable(path, error.values.get("reason", error)) from None
    except (OSError, ValueError, KeyError, TypeError, RecursionError, ThawError) as error:
        raise _unreadable(path, error) from None
    try:
        place.rename(target)
    except OSError as error:
        raise unwritable(target, error.strerror or str(error)) from None
    return target


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
    stages = range(1, len(run.config.stages) + 1)
    for name in (PREDICTIONS, *map(stage_predictions, stages)):
        if (run.directory / name).is_file():
            read = evaluation.read_predictions(run.directory / name, run.classes)
            paths += [one.path for one in read.predictions]
    for one in paths:
        parts = re.split(r"[/\\]", one) if os.sep == "\\" else one.split("/")
        if ".." in parts or one.startswith("/") or os.path.isabs(one) or "\0" in one:
            raise ValueError(f"{one!r} is no path in a dataset")


def _name(path: Path, manifest: Path) -> str:
    """What the run was called, in letters that any system takes."""
    try:
        told = json.loads(manifest.read_bytes())
        if told["schema"] > _SCHEMA:
            raise InputError("archive_newer", path=str(path))
        name = str(told["run"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise _unreadable(path, error) from None
    return name


def _too_large(path: Path, name: str) -> InputError:
    most = _LIMITS[name] // _MB
    return InputError("archive_too_large", path=str(path), name=name, most=most)


def _unreadable(path: Path, error: object) -> InputError:
    reason = str(error) or repr(error)
    return InputError("archive_unreadable", path=str(path), reason=reason)
