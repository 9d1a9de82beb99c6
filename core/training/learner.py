"""The number that a head divides its input by, measured on a run's first pictures."""

import math
import threading
from collections.abc import Iterator, Sequence
from functools import partial

import torch

from core.compute.features.source import (
    SHEET_PICTURES,
    Computed,
    FeatureBatch,
    FeatureSource,
    Skipped,
)
from core.compute.loaders import Augmenting
from core.compute.numerics import Halved, halving, slices
from core.model.backbone import Stopped
from core.runs.events import Notice
from core.runs.places import FIRST_BATCH
from core.runs.run import Run
from core.training.learner_ import Learner
from core.training.run_files import contact_sheet
from core.training.setup import Setup

# It rests on at least so many pictures: one alone is off by 26 % (standard deviation,
# clothing-mini at 64 px), 32 by 5 %, and they are there after seconds.
SCALE_PICTURES = 32

Item = FeatureBatch | Computed | Skipped | Halved | Notice


class HeadScale:
    """Sets the scale of a run's head before the first step, once for the whole run."""

    def __init__(
        self,
        setup: Setup,
        run: Run,
        source: FeatureSource,
        learner: Learner,
        stop: threading.Event,
    ) -> None:
        self._setup, self._run, self._source = setup, run, source
        self._learner, self._stop = learner, stop

    def after(self, items: Iterator[Item], augmenting: Augmenting | None) -> Iterator[Item]:
        """``items``, the run's first batches held back until they give the head its scale.

        Raises ``Stopped``, and ``ThawError`` (write_failed).
        """
        held: list[FeatureBatch] = []
        for item in items:
            if self._setup.is_scaled or not isinstance(item, FeatureBatch):
                yield item
                continue
            held.append(item)
            if sum(len(one.whole) for one in held) >= SCALE_PICTURES:
                yield from self._measured(held, augmenting)
                held = []
        if held:
            yield from self._measured(held, augmenting)

    def _measured(
        self, held: Sequence[FeatureBatch], augmenting: Augmenting | None
    ) -> Iterator[FeatureBatch | Halved]:
        work = partial(self._measure, held)
        largest = max(len(one.positions) for one in held)
        yield from halving(work, self._setup.numerics, self._learner.boundary, largest)
        if self._setup.group.is_first:
            pictures = self._source.pictures(held[0].whole[:SHEET_PICTURES], augmenting)
            if pictures is not None:
                self._run.replace(FIRST_BATCH, contact_sheet(pictures.numpy()))
        yield from held

    def _measure(self, batches: Sequence[FeatureBatch]) -> None:
        setup = self._setup
        numerics = setup.numerics
        squares, pictures = 0.0, 0
        at_once = numerics.at_once(self._learner.boundary)
        with torch.no_grad(), numerics.autocast():
            for batch in batches:
                for piece in slices(len(batch.positions), at_once):
                    if self._stop.is_set():
                        raise Stopped
                    features = self._learner.features(numerics.place(batch.features(piece)))
                    squares += self._setup.head.rms(features) ** 2 * len(features)
                    pictures += len(features)
        squares, counted = setup.group.sums(squares, pictures)
        setup.head.set_scale(math.sqrt(squares / counted))
        setup.is_scaled = True
