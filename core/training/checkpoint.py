"""Checkpoints: all that a training needs to go on as if it had never ended, in one file.

``checkpoints/<nnnnnn>.safetensors`` holds the weights that changed and the optimizer's state. All
else, such as the position in the training, is JSON text in the metadata, beside a checksum over
text and tensors. The checksum is the same in every schema, so that a newer file is told from a
damaged one. Nothing is ever unpickled. The last two checkpoints are kept, so that a damaged one
costs at most what came after the other.

Files are written part by part. safetensors' own writer gives the same bytes but copies everything
first: twice, and a wide head's checkpoint is half a gigabyte.
"""

import contextlib
import json
import os
import tempfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from core.common import files
from core.common.messages import ThawError
from core.runs.events import Score
from core.runs.places import CHECKPOINTS

_DTYPES = {torch.float32: "F32", torch.float64: "F64", torch.int64: "I64"}
_ALIGNMENT = 8  # numbers of any size lie where processors like them

Part = bytes | memoryview


def file_parts(tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> Iterator[Part]:
    """The contents of a file of ``tensors``, by name in their order: a header, then each tensor.

    For tensors of one number format they are byte for byte what ``safetensors.torch.save`` gives,
    which is float32 for all weights. A tensor that lies elsewhere, or otherwise than in the file,
    is copied when its turn comes, so that none may change before. Raises ``KeyError`` for a
    number format that Thaw keeps nothing in.
    """
    names = sorted(tensors)
    header: dict[str, object] = {"__metadata__": dict(metadata)}
    end = 0
    for name in names:
        one = tensors[name]
        start, end = end, end + one.nbytes
        place = {"dtype": _DTYPES[one.dtype], "shape": list(one.shape)}
        header[name] = {**place, "data_offsets": [start, end]}
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    yield len(text).to_bytes(8, "little")
    yield text
    for name in names:
        yield raw(tensors[name])


def raw(tensor: Tensor) -> memoryview:
    """A tensor's bytes in C order; of one in the processor's memory that lies so, no copy."""
    whole = tensor.detach().cpu().contiguous()
    return whole.reshape(-1).view(torch.uint8).numpy().data


METADATA_KEY = "thaw"
_CHECKSUM = "checksum"
_Sum = tuple[str, str, Sequence[int], int]  # of one tensor: name, type, shape, CRC


def checked_parts(about: Mapping[str, object], tensors: Mapping[str, Tensor]) -> Iterator[Part]:
    """The contents of a file, with nothing copied twice: at a stop a person waits for that."""
    tensors = {name: one.detach().cpu().contiguous() for name, one in sorted(tensors.items())}
    text = json.dumps({**about, _CHECKSUM: _checksum(about, _sums(tensors))}, sort_keys=True)
    return file_parts(tensors, {METADATA_KEY: text})


def read_checked(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The text and the tensors, whose file is only mapped. Raises ``ValueError`` where it is
    damaged, and ``OSError``."""
    path.stat()  # safetensors has an error of its own for a file that has gone
    try:
        with safe_open(path, framework="pt") as file:
            about = json.loads((file.metadata() or {})[METADATA_KEY])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if about.pop(_CHECKSUM) != _checksum(about, _sums(tensors)):
            raise ValueError("the checksum differs")
    except (SafetensorError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(str(error)) from error
    return about, tensors


def stream(path: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Each float32 tensor's name and numbers, in the file's order, one in memory at a time.

    Raises ``OSError``, and ``ValueError`` where the file is damaged: maybe only after the last.
    """
    sums: list[_Sum] = []
    try:
        with path.open("rb") as file:
            places, about = _header(file)
            for name, place in places.items():
                start, end = place["data_offsets"]
                data = file.read(end - start)
                numbers = np.frombuffer(data, np.float32).reshape(place["shape"])
                sums.append((name, str(torch.float32), place["shape"], zlib.crc32(data)))
                yield name, numbers
        if about.pop(_CHECKSUM) != _checksum(about, sums):
            raise ValueError("the checksum differs")
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(str(error)) from error


def _header(file: BinaryIO) -> tuple[dict[str, Any], dict[str, Any]]:
    """What stands before the numbers: each tensor's place, and the text."""
    length, size = int.from_bytes(file.read(8), "little"), os.fstat(file.fileno()).st_size
    if length > size:
        raise ValueError("the file is cut short")
    places = json.loads(file.read(length))
    return places, json.loads(places.pop("__metadata__")[METADATA_KEY])


def _checksum(about: Mapping[str, object], sums: Sequence[_Sum]) -> str:
    """Against damage, not against people: the fastest there is, for at a stop somebody waits."""
    return f"{zlib.crc32(json.dumps([about, sums], sort_keys=True).encode()):08x}"


def _sums(tensors: Mapping[str, Tensor]) -> list[_Sum]:
    return [
        (name, str(one.dtype), list(one.shape), zlib.crc32(raw(one)))
        for name, one in sorted(tensors.items())
    ]


@dataclass
class Position:
    """``epoch`` of ``stage`` is being trained (both from 1), after ``epochs`` whole epochs.

    ``groups`` of its batches were taken; ``batches`` of them had a picture that can be read,
    and ``loss``, ``right`` and ``images`` are sums over those. ``seconds`` is what the epoch
    took so far. ``skipped`` holds the pictures (positions) that were out of the run when the
    epoch began: its batches were cut without them.
    """

    stage: int = 1
    epoch: int = 1
    epochs: int = 0
    groups: int = 0
    batches: int = 0
    images: int = 0
    right: int = 0
    loss: float = 0.0
    seconds: float = 0.0
    skipped: set[int] = field(default_factory=set)

    @property
    def begins_stage(self) -> bool:
        """Whether nothing of the stage was done yet."""
        return self.epoch == 1 and not self.groups

    @property
    def place(self) -> tuple[int, int, int]:
        """Stage, epoch, and batches taken of it: grows from each step to the next."""
        return self.stage, self.epoch, self.groups

    def learned(self, groups: int, loss: float, right: int, images: int) -> None:
        """One more optimizer step; ``loss`` and ``right`` are sums over ``images`` pictures."""
        self.groups = groups
        self.batches += 1
        self.loss += loss
        self.right += right
        self.images += images

    def score(self) -> Score:
        """The epoch's means so far; at least one picture must have been learned from."""
        return Score(self.loss / self.images, self.right / self.images, self.images)

    def end_epoch(self) -> None:
        """Move to the beginning of the stage's next epoch."""
        self.epoch, self.epochs = self.epoch + 1, self.epochs + 1
        self._clear()

    def begin_stage(self, stage: int) -> None:
        """Move to the first epoch of ``stage``."""
        self.stage, self.epoch = stage, 1
        self._clear()

    def _clear(self) -> None:
        self.groups = self.batches = self.images = self.right = 0
        self.loss = self.seconds = 0.0


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
    about, tensors = read_checked(path)
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


def _parts(checkpoint: Checkpoint) -> Iterator[Part]:
    position = {**asdict(checkpoint.position), "skipped": sorted(checkpoint.position.skipped)}
    about = {
        "schema": SCHEMA,
        "position": position,
        "skipped": list(checkpoint.skipped),
        "history_bytes": checkpoint.history_bytes,
        "seconds": checkpoint.seconds,
    }
    return checked_parts(about, checkpoint.tensors)


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
