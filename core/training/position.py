"""How far a training has come: all that decides what happens next, but the weights."""

from dataclasses import dataclass, field

from core.runs.events import Score


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
