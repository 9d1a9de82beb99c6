"""Checkpoints: all that a training needs to go on as if it had never ended, in one file.

``checkpoints/<nnnnnn>.safetensors`` (``core.model.tensor_file``) holds the weights that changed and
the optimizer's state. The last two are kept, so that a damaged one costs at most what came after
the other.
"""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor

from core.common import files
from core.common.messages import ThawError
from core.model import tensor_file
from core.runs.events import Score
from core.runs.places import CHECKPOINTS


@dataclass
class Position:
    """``epoch`` of ``stage`` is being trained (both from 1), after ``epochs`` whole epochs.

    ``groups`` of its batches were taken; ``batches`` of them had a picture that can be read,
    and ``loss``, ``right`` and ``images`` are sums over those. ``seconds`` is what the epoch
    took so far. ``skipped`` holds the images (positions) that could not be read until now, and
    ``cut_without`` those of them that were known when the epoch's batches were cut.
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
    cut_without: set[int] = field(default_factory=set)

    @property
    def begins_stage(self) -> bool:
        """Whether nothing of the stage was done yet."""
        return self.epoch == 1 and not self.groups

    @property
    def place(self) -> tuple[int, int, int]:
        """Stage, epoch, and batches taken of it: grows from each step to the next."""
        return self.stage, self.epoch, self.groups

    def begin_epoch(self) -> None:
        """Leave out of the epoch what could not be read; of one that goes on, what it lacked."""
        if not self.groups:
            self.cut_without = set(self.skipped)

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
    """``tensors`` at ``position``, when the history was ``history_bytes`` long and the run had
    taken ``seconds``."""

    position: Position
    history_bytes: int
    seconds: float
    tensors: Mapping[str, Tensor]


def write(run: Path, checkpoint: Checkpoint, *, sync: bool) -> None:
    """Add a checkpoint to a run's directory and drop all but the last two.

    Unsynced it may be lost in a power cut, and the one before counts. Raises ``OSError``.
    """
    folder = run / CHECKPOINTS
    folder.mkdir(exist_ok=True)
    number = max((int(path.stem) for path in _files(folder)), default=0) + 1
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
        with contextlib.suppress(ValueError):
            found = read(path)
            if _ends_line(history, found):
                return found, damaged
        damaged.append(path)
    return None, damaged


def read(path: Path) -> Checkpoint:
    """The checkpoint in ``path``.

    Raises ``ValueError`` where it is damaged, ``ThawError`` (checkpoint_newer), and ``OSError``.
    """
    return _checkpoint(str(path), *tensor_file.read(path, checked=True))


def _checkpoint(path: str, about: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> Checkpoint:
    try:
        if about["schema"] > SCHEMA:
            raise ThawError("checkpoint_newer", path=path)
        skipped = {"skipped": set(about["skipped"])}
        cut_without = set(about["position"]["skipped"])
        position = Position(**{**about["position"], **skipped}, cut_without=cut_without)
        return Checkpoint(position, about["history_bytes"], about["seconds"], tensors)
    except (KeyError, TypeError) as error:
        raise ValueError(str(error)) from error


def decode(data: bytes) -> Checkpoint:
    """The checkpoint whose file has the contents ``data``. Raises as ``read``."""
    return _checkpoint("", *tensor_file.of_bytes(data, checked=True))


def encode(checkpoint: Checkpoint) -> bytes:
    """The contents of a checkpoint's file."""
    return b"".join(_parts(checkpoint))


def _parts(checkpoint: Checkpoint) -> Iterator[tensor_file.Part]:
    position = asdict(checkpoint.position)
    position["skipped"] = sorted(position.pop("cut_without"))
    about = {
        "schema": SCHEMA,
        "position": position,
        "skipped": sorted(checkpoint.position.skipped),
        "history_bytes": checkpoint.history_bytes,
        "seconds": checkpoint.seconds,
    }
    return tensor_file.parts(about, checkpoint.tensors, checked=True)


def _ends_line(history: bytes, checkpoint: Checkpoint) -> bool:
    end = checkpoint.history_bytes
    return end <= len(history) and history[end - 1 : end] == b"\n"


def _files(folder: Path) -> list[Path]:
    numbered = (path for path in folder.glob(f"*{_SUFFIX}") if path.stem.isdecimal())
    return sorted(numbered, key=lambda path: int(path.stem))
