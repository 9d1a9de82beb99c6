"""A run as one file, to be looked at on another machine: a zip whose members are known by name.

It holds the recipe, the history, the environment, the list of pictures, their predictions, the
summary and the label; the weights where asked; never a picture. The full paths of folders stay
at home: each gives way to its last name. What is opened is data that is checked and written
anew, and nothing of it is ever executed.
"""

import contextlib
import json
import os
import re
import shutil
import uuid
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from core.common.messages import InputError, ThawError
from core.runs import (
    archive_events,
    archive_places,
    archive_privacy,
    evaluation,
    run_label,
    run_lock,
    run_summary,
)
from core.runs.places import (
    BEST,
    CONFIG,
    DATASET,
    ENVIRONMENT,
    HISTORY,
    PREDICTIONS,
    SUMMARY,
    free_directory,
    unwritable,
)
from core.runs.run import Run
from core.runs.run_label import ABOUT

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
    if run_lock.is_held(directory):
        raise InputError("archive_run_in_use", path=str(directory))
    if weights and not (directory / BEST).is_file():
        raise InputError("run_without_weights", path=str(directory))
    if not is_archive(path):
        path = path.with_name(path.name.removesuffix(".zip") + SUFFIX)
    home = archive_privacy.Shortened(run.folder)
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


def _write(file: IO[bytes], run: Run, home: archive_privacy.Shortened, weights: bool) -> None:
    manifest = {"schema": _SCHEMA, "run": run.name, "weights": weights}
    with zipfile.ZipFile(file, "w") as archive:
        _add(archive, MANIFEST, (json.dumps(manifest, indent=2) + "\n").encode())
        _add(archive, CONFIG, home.recipe((run.directory / CONFIG).read_bytes()))
        environment = (run.directory / ENVIRONMENT).read_bytes()
        _add(archive, ENVIRONMENT, home.document(environment))
        _add(archive, HISTORY, home.lines(run.history_bytes()))
        _add(archive, SUMMARY, run_summary.of_run(run).encode())
        for name in (DATASET, PREDICTIONS, ABOUT):
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
        with archive_places.hidden(folder) as place:
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
            file = target.open("xb")
        except OSError as error:
            raise unwritable(place.parent, error.strerror or str(error)) from None
        with file:
            while block := source.read(_BLOCK):
                left -= len(block)
                if left < 0:
                    raise _too_large(path, member.filename)
                try:
                    file.write(block)
                except OSError as error:
                    raise unwritable(place.parent, error.strerror or str(error)) from None


def _settled(path: Path, place: Path, folder: Path, name: str) -> Path:
    """Check what was unpacked in ``place`` and make a run of it, under a free name."""
    try:
        target = free_directory(folder, name)
        _point_to_pictures(place, target)
        home = archive_privacy.Shortened(None)
        (place / CONFIG).write_bytes(home.recipe((place / CONFIG).read_bytes()))
        (place / HISTORY).write_bytes(home.lines((place / HISTORY).read_bytes()))
        run = Run.open(place)
        archive_events.check(run.history_bytes())
        _check_paths(run)
        data = json.loads(run_summary.of_run(run))
        if data["state"] == "running":  # nothing that could be resumed came along
            data["state"] = "interrupted"
        (place / SUMMARY).write_text(json.dumps(data, indent=2) + "\n", "utf-8")
        run_label.write(place, run_label.read(place))
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
    data = archive_privacy.Shortened(None).values(data)
    name = archive_privacy.last_name(str(data["folder"])) or "pictures"
    data["folder"] = os.path.abspath(target / "pictures" / name)
    (place / ENVIRONMENT).write_text(json.dumps(data, indent=2) + "\n", "utf-8")


def _check_paths(run: Run) -> None:
    """Raises ``ValueError`` for a picture outside its dataset's folder."""
    paths = [one.path for one in run.pictures]
    paths += [path for batch in run.history.batches for path in batch.pictures]
    if (run.directory / PREDICTIONS).is_file():
        paths += [one.path for one in evaluation.of_run(run).predictions]
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
