"""The training step: all that a network learns from one batch of images, in plain PyTorch."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from core.compute.numerics import Numerics, full_precision, slices
from core.model.heads.head import Drawing
from core.training.distributed import ALONE, Group
from core.training.learner import Learner, StageOptimizer


@dataclass(frozen=True)
class Batch:
    """The images of one step, as the part of the network that learns takes them.

    For a slice of the batch, ``features`` gives the frozen blocks' output [n, C, H, W], and
    ``drawing`` names what dropout draws. ``labels`` [N] are class numbers and ``weights`` [N] how
    much each image's loss counts (None: all alike). ``size`` is the number of images in the whole
    batch, of which other processes may have some.
    """

    features: Callable[[slice], Tensor]
    drawing: Callable[[slice], Drawing]
    labels: Tensor
    weights: Tensor | None
    size: int


class NotFinite(Exception):  # noqa: N818 - the training's, not the code's
    """The ``loss`` is infinite or not a number: training has diverged."""

    def __init__(self, loss: float) -> None:
        super().__init__(loss)
        self.loss = loss


def training_step(
    network: Learner,
    optimizer: StageOptimizer,
    batch: Batch,
    numerics: Numerics,
    smoothing: float = 0.0,
    clip_norm: float | None = None,
    group: Group = ALONE,
) -> tuple[float, int]:
    """Learn from ``batch``; return its summed loss and how many images were correct, both of the
    network as it was before.

    The gradient is that of the mean loss, with the images' weights, label ``smoothing`` and the
    head's penalty. The loss that is returned has none of them, so that curves of runs and of
    validation compare. The images pass in micro-batches, whose gradients add up. Raises
    ``NotFinite``, and what ``StageOptimizer.step`` and ``batch.features`` raise.
    """
    optimizer.zero_grad()
    losses, correct = [], []  # read at the end: an accelerator need not wait for each
    with numerics.autocast():  # around all micro-batches, so that weights are cast once
        for piece in slices(len(batch.labels), numerics.at_once(network.boundary)):
            labels = batch.labels[piece]
            logits = network(batch.features(piece), batch.drawing(piece))
            loss = learned = network.head.loss(logits, labels)
            if batch.weights is not None or smoothing:
                weights = None if batch.weights is None else batch.weights[piece]
                learned = network.head.loss(logits, labels, weights, smoothing)
            with full_precision(numerics.device):
                (learned / batch.size).backward()  # type: ignore[no-untyped-call]
            losses.append(loss.detach())
            correct.append((logits.argmax(1) == labels).sum())
    total, right = group.sums(sum(map(float, losses)), sum(map(int, correct)))
    group.add_up(optimizer.gradients())
    network.head.add_penalty()
    if not math.isfinite(total):
        raise NotFinite(total)
    optimizer.step(clip_norm)
    return total, int(right)


@torch.no_grad()
def one_pass_step(
    network: Learner, batch: Batch, numerics: Numerics, group: Group = ALONE
) -> tuple[float, int]:
    """As ``training_step``, for a head without a gradient: it adds up what ``batch`` says."""
    losses, correct = [], []
    collected = torch.zeros_like(network.head.collected)
    with numerics.autocast():
        for piece in slices(len(batch.labels), numerics.at_once(network.boundary)):
            labels, features = batch.labels[piece], network.features(batch.features(piece))
            logits = network.head(features)
            losses.append(network.head.loss(logits, labels))
            correct.append((logits.argmax(1) == labels).sum())
            collected += network.head.collect(features, labels)
    total, right = group.sums(sum(map(float, losses)), sum(map(int, correct)))
    group.add_up([collected])
    network.head.learn(collected)
    return total, int(right)
