"""The running training's current batch, shown beside the preview as the network got it.

The images are augmented again with the very draws that the run used.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRect, QSize, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from core.common.messages import fill
from core.compute.feature_plan import named_draws, view_of_repeat
from core.recipe.config import AugmentationConfig, DatasetConfig, RunConfig
from core.runs.events import BatchFinished, Event
from core.runs.history import History
from core.runs.run import Run
from gui.augment.tile_surface import GAP, MARGIN, ScrolledSurface, TileScroll, square
from gui.augment.tiles import Draw, Tile, load_subjects
from gui.base import theme
from gui.base.background import Latest, Progress
from gui.session.session import Session

if TYPE_CHECKING:
    from core.augmentation.parameters import Parameters


@dataclass(frozen=True)
class BatchPictures:
    """``paths`` and class ``names`` of a batch's first pictures. ``augmentation`` is None where
    they were not augmented; else ``draw`` names the draws that they got, and ``repeats`` says how
    often each was there before in the epoch (empty: never). ``epoch`` counts from 0, over the
    whole run."""

    folder: Path
    paths: tuple[str, ...]
    names: tuple[str, ...]
    dataset: DatasetConfig
    augmentation: AugmentationConfig | None = None
    draw: Draw | None = None
    epoch: int = 0
    repeats: tuple[int, ...] = ()


def batch_pictures(
    event: BatchFinished,
    recipe: RunConfig,
    history: History,
    folder: Path,
    names: Mapping[str, str],
) -> BatchPictures:
    """Those of ``event`` of a run of ``recipe`` with this ``history``, whose paths lie in
    ``folder``; ``names`` has the class of each path."""
    over_run = history.position(event.stage, event.epoch) - 1
    augmented = recipe.augments(recipe.stages[event.stage - 1])
    drawn = named_draws(recipe, over_run)
    return BatchPictures(
        folder,
        event.pictures,
        tuple(names.get(path, "") for path in event.pictures),
        recipe.dataset,
        recipe.augmentation if augmented else None,
        Draw(drawn.seed, drawn.epoch, drawn.view),
        over_run,
        event.repeats,
    )


def batch_tiles(batch: BatchPictures, stop: threading.Event | None = None) -> list[Tile]:
    """The pictures as the network got them; what cannot be read is left out. Reads files: run
    it off the window's thread."""
    tiles = []
    repeats = batch.repeats or (0,) * len(batch.paths)
    for path, name, times in zip(batch.paths, batch.names, repeats, strict=True):
        for subject in load_subjects(batch.folder, [(path, name)], batch.dataset, stop):
            parameters, draw = _drawn(batch, subject.key, times)
            tiles.append(Tile((subject.key, times), subject, parameters, draw, subject.name))
    return tiles


def _drawn(batch: BatchPictures, key: str, times: int) -> tuple[Parameters, Draw | None]:
    from core.augmentation.augment import sample
    from core.augmentation.draws import draws
    from core.augmentation.parameters import Parameters

    if batch.augmentation is None or batch.draw is None:
        return Parameters(), None
    view = view_of_repeat(batch.augmentation, batch.draw.view, times)
    draw = replace(batch.draw, view=view)
    drawn = draws(draw.seed, draw.epoch, key, draw.view)
    return sample(batch.augmentation, drawn), draw


_LEAST, _LARGEST = 76, 120
_PAUSE = 500  # milliseconds: no more than two batches a second


class BatchPanel(QWidget):
    """Tiles with class names under a heading; made off the window's thread, each batch shown
    when all of it is there. Signal: ``opened`` (index) when a tile is clicked; ``shown`` has
    the tiles."""

    opened = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._next: BatchPictures | None = None
        self._coming: BatchPictures | None = None
        self._maker = Latest(self)
        self._maker.done.connect(self._show)
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE)
        self._pause.timeout.connect(self._begin)
        self.heading = QLabel(self.tr("Training now"), self)
        self.heading.setFont(theme.font(bold=True))
        self.note = QLabel(self, wordWrap=True)
        self.note.setFont(theme.small_font())
        self.surface = _BatchSurface()
        self.surface.setAccessibleName(self.tr("Pictures being trained"))
        self.surface.message = self.tr("The first batch shows here.")
        self.surface.opened.connect(self.opened)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.heading)
        layout.addWidget(self.note)
        layout.addWidget(_Column(self.surface), 1)

    @property
    def shown(self) -> tuple[Tile, ...]:
        """The tiles on screen."""
        return self.surface.shown

    def show_batch(self, batch: BatchPictures | None) -> None:
        """Show these as soon as their turn comes, a later call before an earlier one; None
        when nothing trains."""
        self._next = batch
        if batch is None:
            self._maker.cancel()
            self._coming = None
            self.note.clear()
            self.surface.show_tiles(())
        elif not self._pause.isActive() and self._coming is None:
            self._begin()

    def sizeHint(self) -> QSize:
        return QSize(_LARGEST + 2 * MARGIN, 300)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._pause.isActive() and self._coming is None:
            self._begin()

    def _begin(self) -> None:
        batch = self._next
        if batch is None or not self.isVisible():
            return
        self._coming, self._next = batch, None

        def work(stop: threading.Event, _progress: Progress) -> list[Tile]:
            return batch_tiles(batch, stop)

        self._maker.submit(work)

    def _show(self, tiles: list[Tile]) -> None:
        batch, self._coming = self._coming, None
        if batch is None:
            return
        augmented = batch.augmentation is not None
        words = self.tr("epoch {epoch}, augmented") if augmented else self.tr("epoch {epoch}")
        self.note.setText(fill(words, {"epoch": batch.epoch + 1}))
        self.surface.setAccessibleDescription(", ".join(batch.names))
        self.surface.show_tiles(tiles)
        self._pause.start()


class _Column(TileScroll):
    def minimumSizeHint(self) -> QSize:
        return QSize(_LEAST + 2 * MARGIN, _LEAST)

    def sizeHint(self) -> QSize:
        return QSize(_LARGEST + 2 * MARGIN, 2 * _LARGEST)


class _BatchSurface(ScrolledSurface):
    """As many columns as there is width for."""

    def arrange(self, room: QSize) -> tuple[list[QRect], int]:
        width = room.width() - 2 * MARGIN
        columns = max(1, (width + GAP) // (_LEAST + GAP))
        side = max(1, min((width + GAP) // columns - GAP, _LARGEST))
        down = side + self.caption_height() + GAP
        places = [
            square(
                MARGIN + number % columns * (side + GAP), MARGIN + number // columns * down, side
            )
            for number in range(self.count())
        ]
        rows = -(-self.count() // columns)
        return places, rows * down - GAP + 2 * MARGIN if rows else 0


class RunningBatch(QObject):
    """Gives ``panel`` each batch of the run that trains while it is seen, none afterwards."""

    def __init__(self, session: Session, panel: BatchPanel) -> None:
        super().__init__(panel)
        self._session, self._panel = session, panel
        self._run: Run | None = None
        self._names: dict[str, str] = {}
        session.event_received.connect(self._show)
        session.training_finished.connect(lambda: panel.show_batch(None))

    def _show(self, event: Event) -> None:
        run, recipe = self._session.run, self._session.running_recipe
        if not isinstance(event, BatchFinished) or not event.pictures:
            return
        if run is None or recipe is None or not self._panel.isVisible():
            return
        if run is not self._run:
            self._run = run
            self._names = {one.path: run.classes[one.label] for one in run.used("train")}
        history = self._session.history
        batch = batch_pictures(event, recipe, history, run.folder, self._names)
        self._panel.show_batch(batch)
