"""The pictures that a running training has just learned from, exactly as it got them."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from core.compute.feature_plan import named_draws, view_of_repeat
from core.recipe.config import AugmentationConfig, DatasetConfig, RunConfig
from core.runs.events import BatchFinished
from core.runs.history import History
from gui.augment.tiles import Draw, Tile, load_subjects

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
