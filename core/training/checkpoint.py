"""What a training needs to go on as if it had never ended, in one file that cannot lie.

``checkpoints/<nnnnnn>.safetensors`` holds the weights that changed and the optimizer's state;
everything else is the text of ``core.checked_tensors``, in whose files they are. The last two
are kept, so that a damaged one costs at most what came after the other.
"""

import contextlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from torch import Tensor

from core.common import files
from core.common.messages import ThawError
from core.runs.places import CHECKPOINTS
from core.training import checked_tensors, tensor_files
from core.training.position import Position

SCHEMA = 1
KEPT = 2
_SUFFIX = ".safetensors"


@dataclass(frozen=True)
class Checkpoint:
    """``tensors`` at ``position``, with the pictures (positions) ``skipped`` until then.

    ``history_bytes`` is how long the history was; ``seconds`` what the run had taken.
    """

    position: Position
    skipped: Sequence[int]
    history_bytes: int
    seconds: float
    tensors: Mapping[str, Tensor]


def write(run: Path, checkpoint: Checkpoint, *, sync: bool) -> None:
    """Add a checkpoint to a run's directory and drop all but the last two.

    Unsynced it may be lost in a power cut, and the one before counts. Raises ``OSError``.
    """
    folder = run / CHECKPOINTS
    folder.mkdir(exist_ok=True)
    number = max((_number(path) for path in _files(folder)), default=0) + 1
    files.replace(folder / f"{number:06}{_SUFFIX}", _parts(checkpoint), sync=sync)
    prune(run, KEPT)


def prune(run: Path, kept: int) -> None:
    """Drop all but the last ``kept`` checkpoints; what cannot be deleted stays."""
    for path in _files(run / CHECKPOINTS)[:-kept]:
        with contextlib.suppress(OSError):
            path.unlink()


def newest(run: Path, history: bytes) -> tuple[Checkpoint | None, list[Path]]:
    """The last checkpoint that is whole and whose part of ``history`` is there, and the files
    after it, which are damaged. Raises ``OSError`` where a file cannot be read, and
    ``ThawError`` (checkpoint_newer)."""
    damaged: list[Path] = []
    for path in reversed(_files(run / CHECKPOINTS)):
        try:
            found = read(path)
        except ValueError:
            damaged.append(path)
            continue
        if _ends_line(history, found):
            return found, damaged
        damaged.append(path)
    return None, damaged


def read(path: Path) -> Checkpoint:
    """The checkpoint in ``path``.

    Raises ``ValueError`` where it is damaged, ``ThawError`` (checkpoint_newer), and ``OSError``.
    """
    about, tensors = checked_tensors.read(path)
    try:
        if about["schema"] > SCHEMA:
            raise ThawError("checkpoint_newer", path=str(path))
        position = Position(**about["position"])
        position.skipped = set(position.skipped)
        return Checkpoint(
            position, about["skipped"], about["history_bytes"], about["seconds"], tensors
        )
    except (KeyError, TypeError) as error:
        raise ValueError(str(error)) from error


def decode(data: bytes) -> Checkpoint:
    """The checkpoint whose file has the contents ``data``."""
    with tempfile.TemporaryDirectory(prefix="thaw-") as folder:
        path = Path(folder, f"sent{_SUFFIX}")
        path.write_bytes(data)
        found = read(path)
        tensors = {name: one.clone() for name, one in found.tensors.items()}  # of no file
        return replace(found, tensors=tensors)


def encode(checkpoint: Checkpoint) -> bytes:
    """The contents of a checkpoint's file."""
    return b"".join(_parts(checkpoint))


def _parts(checkpoint: Checkpoint) -> Iterator[tensor_files.Part]:
    position = {**asdict(checkpoint.position), "skipped": sorted(checkpoint.position.skipped)}
    about = {
        "schema": SCHEMA,
        "position": position,
        "skipped": list(checkpoint.skipped),
        "history_bytes": checkpoint.history_bytes,
        "seconds": checkpoint.seconds,
    }
    return checked_tensors.parts(about, checkpoint.tensors)


def _ends_line(history: bytes, checkpoint: Checkpoint) -> bool:
    end = checkpoint.history_bytes
    return end <= len(history) and history[end - 1 : end] == b"\n"


def _files(folder: Path) -> list[Path]:
    return sorted(_numbered(folder), key=_number)


def _numbered(folder: Path) -> Iterator[Path]:
    for path in folder.glob(f"*{_SUFFIX}"):
        if path.stem.isdecimal():
            yield path


def _number(path: Path) -> int:
    return int(path.stem)
