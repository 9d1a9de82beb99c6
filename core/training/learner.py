"""What learns in a stage: the blocks behind the boundary with the head, and their optimizer.

The number that a head divides its input by is measured on the run's first images.
"""

import math
import threading
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

import torch
from torch import Tensor, nn

from core.compute.devices import is_out_of_memory
from core.compute.features.source import (
    SHEET_PICTURES,
    Computed,
    FeatureBatch,
    FeatureSource,
    Skipped,
)
from core.compute.loaders import Augmenting
from core.compute.numerics import Halved, halving, slices
from core.model.backbone import Backbone, Stopped
from core.model.heads.head import Drawing, Head
from core.recipe.config import StageConfig
from core.runs.events import Notice
from core.runs.places import FIRST_BATCH
from core.runs.run import Run
from core.training.network_file import contact_sheet
from core.training.rates import block_rates, learning_rates
from core.training.setup import Setup


class Learner(nn.Module):
    """Shares its layers with ``backbone`` and ``head``."""

    def __init__(self, backbone: Backbone, head: Head, boundary: int) -> None:
        super().__init__()
        self.backbone, self.head, self.boundary = backbone, head, boundary

    def features(self, values: Tensor) -> Tensor:
        """The last block's output [N, C, H, W], of ``values`` at the boundary."""
        if self.boundary == self.backbone.depth:
            return values
        features: Tensor = self.backbone(values, self.boundary)
        return features

    def forward(self, values: Tensor, drawing: Drawing | None = None) -> Tensor:
        """Logits [N, classes] of ``values`` at the boundary; ``drawing`` is the head's."""
        logits: Tensor = self.head(self.features(values), drawing)
        return logits


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
            if isinstance(item, FeatureBatch) and not item.whole:
                continue
            if self._setup.head.is_scaled or not isinstance(item, FeatureBatch):
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


class StepOutOfMemory(Exception):  # noqa: N818 - the machine's, not the code's
    """Memory ran out while the weights were changed: some may have been and others not."""


class StageOptimizer:
    """A new ``optimizer`` over what learns in stage ``number`` (from 1): the head, and each
    thawed block at a learning rate of its own."""

    def __init__(self, setup: Setup, number: int) -> None:
        stage = setup.config.stages[number - 1]
        head, _ = learning_rates(setup.config, number - 1)
        blocks = sorted(block_rates(setup.config, number - 1).items())
        groups = [{"params": list(setup.head.parameters()), "lr": head}]
        groups += [
            {"params": list(setup.backbone.block(block).parameters()), "lr": rate}
            for block, rate in blocks
        ]
        self._rates = [head, *(rate for _, rate in blocks)]
        self.optimizer = optimizer(stage, groups)

    @property
    def planned_rates(self) -> tuple[float, float]:
        """The head's and the fastest block's (0.0: all is frozen), before any schedule."""
        return self._rates[0], max(self._rates[1:], default=0.0)

    @property
    def rates(self) -> tuple[float, float]:
        """The same as they are in the present step."""
        head, *blocks = (group["lr"] for group in self.optimizer.param_groups)
        return head, max(blocks, default=0.0)

    @property
    def trainable(self) -> list[nn.Parameter]:
        """All that learns."""
        return [one for group in self.optimizer.param_groups for one in group["params"]]

    def scale(self, factor: float) -> None:
        """Multiply the planned learning rates by ``factor`` in the steps to come."""
        for group, rate in zip(self.optimizer.param_groups, self._rates, strict=True):
            group["lr"] = rate * factor

    def zero_grad(self) -> None:
        self.optimizer.zero_grad(set_to_none=True)

    def gradients(self) -> list[Tensor]:
        """Those of ``trainable``; zeros where this process had no image of the batch."""
        for parameter in self.trainable:
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        return [one.grad for one in self.trainable if one.grad is not None]

    def step(self, clip_norm: float | None = None) -> None:
        """Change the weights by the gradients, whose norm all together is ``clip_norm`` at most.

        Raises ``StepOutOfMemory``.
        """
        if clip_norm is not None:
            nn.utils.clip_grad_norm_(self.trainable, clip_norm)
        try:
            self.optimizer.step()
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            raise StepOutOfMemory from None


def optimizer(stage: StageConfig, groups: Sequence[Mapping[str, object]]) -> torch.optim.Optimizer:
    """The optimizer that ``stage`` names, over parameter ``groups`` that have their rates."""
    own, decay = list(map(dict, groups)), stage.weight_decay
    match stage.optimizer:
        case "sgd":
            return torch.optim.SGD(own, momentum=stage.momentum, weight_decay=decay, fused=True)
        case "adam":
            return torch.optim.Adam(own, weight_decay=decay, fused=True)
        case "rmsprop":
            return torch.optim.RMSprop(own, weight_decay=decay)
        case "adamw":
            return torch.optim.AdamW(own, weight_decay=decay, fused=True)
