"""The head that replaces VGG16's fully connected layers: layers, dropout, losses, probabilities.

Dropout masks are drawn by name (seed, epoch, image), so no order, rank or resume changes them.

Softmax and margins become calibrated probabilities by temperature scaling: one number for all
classes (Guo et al., arXiv:1706.04599), which never changes the answer.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b, shake_128
from typing import Any, Literal, Protocol, cast

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor, nn

from core.model.backbone import generator
from core.recipe.config import Activation, HeadConfig, MarginLoss, Pooling
from core.recipe.network import HeadPlan, plan

_LEVELS = 1 << 16


@dataclass(frozen=True)
class Drawing:
    """The epoch, counted over the run from 0, and the pictures, by their keys (Unicode NFC) and
    in the batch's order, whose masks are drawn. A picture's masks are its own, whatever it is
    passed with. ``features`` is the share of the head's input that is dropped."""

    seed: int
    epoch: int
    samples: Sequence[str]
    features: float = 0.0

    def kept(self, layer: str, width: int, dropped: float) -> Tensor:
        """What to multiply the outputs [N, width] of ``layer`` by, float32: 0 where a number is
        dropped, and elsewhere what keeps the expected value.

        SHAKE128 (FIPS 202) makes as many bits of a name as a layer needs, faster than the layer
        is computed; ``dropped`` is taken to the nearest 65,536th.
        """
        threshold = round(dropped * _LEVELS)
        before = f"dropout/{self.seed}/{self.epoch}/{layer}/".encode()
        # surrogatepass: a file name that is no valid Unicode has draws too
        names = [before + sample.encode("utf-8", "surrogatepass") for sample in self.samples]
        bits = b"".join([shake_128(name).digest(2 * width) for name in names])
        kept = np.frombuffer(bits, "<u2").reshape(len(names), width) >= threshold
        return torch.from_numpy(kept).float() * (_LEVELS / (_LEVELS - threshold))


FOLDS = 5
_LOWEST, _HIGHEST = 1e-4, 1e4  # margins are about one
_HALVINGS = 32  # eight digits


def temperature(margins: Tensor, labels: Tensor) -> float:
    """The T for which softmax(margins / T) fits ``labels`` [N] best; ``margins`` [N, classes].

    As in Platt's scaling (1999), a label counts as (N + 1) / (N + 2) right and the rest is
    shared by the other classes: N pictures that are all recognised make nobody infinitely sure.
    The cross-entropy is convex in 1/T, so halving an interval surely finds its minimum;
    a library's minimiser would stop somewhere near it. Without any picture nobody is sure.
    """
    margins, labels = margins.double().cpu(), labels.cpu()
    count, classes = margins.shape
    targets = margins.new_full((count, classes), 1 / (count + 2) / (classes - 1))
    targets.scatter_(1, labels[:, None], (count + 1) / (count + 2))
    wanted = (targets * margins).sum()
    low, high = 1 / _HIGHEST, 1 / _LOWEST
    for _ in range(_HALVINGS):
        middle = (low * high) ** 0.5
        expected = ((margins * middle).softmax(1) * margins).sum()
        low, high = (low, middle) if expected >= wanted else (middle, high)
    return 1 / high


def cross_fitted(margins: Tensor, labels: Tensor, keys: Sequence[str]) -> Tensor:
    """Probabilities [N, classes], each of a temperature that the picture had no part in.

    The pictures' ``keys`` decide which of five folds they are in.
    """
    order = sorted(range(len(keys)), key=lambda one: _place(keys[one]))
    fold = torch.empty(len(keys), dtype=torch.int64)
    fold[order] = torch.arange(len(keys)) % FOLDS
    shares = torch.empty_like(margins)
    for number in range(min(FOLDS, len(keys))):
        inside, others = fold == number, fold != number
        fitted = temperature(margins[others], labels[others])
        shares[inside] = (margins[inside] / fitted).softmax(1)
    return shares


def _place(key: str) -> bytes:
    name = key.encode("utf-8", "surrogatepass")
    return blake2b(name, digest_size=16, person=b"thaw/calibration").digest()


class Objective(Protocol):
    """``logits`` are float32 [N, classes]; the largest is the answer. ``meaning`` says in a word
    what the probabilities are."""

    meaning: str

    def losses(self, logits: Tensor, labels: Tensor, smoothing: float) -> Tensor:
        """Each picture's loss, [N], where ``smoothing`` of each label is spread over all
        classes."""
        ...

    def probabilities(self, logits: Tensor) -> Tensor:
        """[N, classes], from 0 to 1."""
        ...

    def validated(self, logits: Tensor, labels: Tensor, keys: list[str]) -> Tensor:
        """The probabilities [N, classes] of all validation pictures, from which what
        ``probabilities`` need is learned."""
        ...


class Calibrated:
    """Probabilities softmax(logits / T), which sum to one; T is fitted on the validation images and
    leaves the order of the classes as it is."""

    def __init__(self, temperature: float | None) -> None:
        self.temperature = temperature

    def probabilities(self, logits: Tensor) -> Tensor:
        """Raises ``ValueError`` where there is no T yet."""
        if self.temperature is None:
            raise ValueError("margins are no probabilities before they are calibrated")
        return (logits / self.temperature).softmax(1)

    def validated(self, logits: Tensor, labels: Tensor, keys: list[str]) -> Tensor:
        self.temperature = temperature(logits, labels)
        return self.probabilities(logits)


class CrossEntropy(Calibrated):
    """Softmax: the classes exclude each other. T is 1 until there is a validation.

    A network that knows its training images by heart is too sure of new ones, one that is held
    back by L2 not sure enough. The losses are those without T.
    """

    meaning = "softmax"

    def __init__(self) -> None:
        super().__init__(1.0)

    def losses(self, logits: Tensor, labels: Tensor, smoothing: float) -> Tensor:
        return F.cross_entropy(logits, labels, reduction="none", label_smoothing=smoothing)


class OneVsRest:
    """A sigmoid for each class, against all the others: binary cross-entropy, summed over the
    classes. Probabilities are the sigmoids, each class's own; they don't sum to one."""

    meaning = "sigmoid"

    def losses(self, logits: Tensor, labels: Tensor, smoothing: float) -> Tensor:
        classes = logits.shape[1]
        targets = F.one_hot(labels, classes).to(logits.dtype)
        if smoothing:
            targets = targets * (1 - smoothing) + smoothing / classes
        return F.binary_cross_entropy_with_logits(logits, targets, reduction="none").sum(1)

    def probabilities(self, logits: Tensor) -> Tensor:
        return logits.sigmoid()

    def validated(self, logits: Tensor, labels: Tensor, keys: list[str]) -> Tensor:
        return self.probabilities(logits)


class Margins(Calibrated):
    """A linear support vector machine's hinge losses: ``squared-hinge`` and ``hinge`` of each
    class against all the others, summed over the classes, as in liblinear; ``crammer-singer``
    (JMLR 2, 2001) of the right class against the best of the others.

    A margin is no probability before it is calibrated. Those that are reported of the validation
    images are of a T that was fitted without them.
    """

    meaning = "temperature"

    def __init__(self, kind: MarginLoss) -> None:
        super().__init__(None)
        self._kind = kind

    def losses(self, logits: Tensor, labels: Tensor, smoothing: float) -> Tensor:
        """Raises ``ValueError``: a margin has no label that could be smoothed."""
        if smoothing:
            raise ValueError("hinge losses know no label smoothing")
        truth = F.one_hot(labels, logits.shape[1]).bool()
        if self._kind == "crammer-singer":
            others = logits.masked_fill(truth, -torch.inf).amax(1)
            right = logits.gather(1, labels[:, None])[:, 0]
            return (1 - right + others).clamp(min=0)
        missing = (1 - torch.where(truth, logits, -logits)).clamp(min=0)
        return (missing.square() if self._kind == "squared-hinge" else missing).sum(1)

    def validated(self, logits: Tensor, labels: Tensor, keys: list[str]) -> Tensor:
        super().validated(logits, labels, keys)
        return cross_fitted(logits, labels, keys)


def objective(config: HeadConfig) -> Objective:
    """What a head of ``config`` learns by."""
    match config.kind:
        case "one-vs-rest":
            return OneVsRest()
        case "svm":
            return Margins(config.margin_loss)
        case "softmax" | "fc" | "conv":
            return CrossEntropy()


_ACTIVATIONS: Mapping[Activation, Callable[[Tensor], Tensor]] = {
    "relu": F.relu,
    "gelu": F.gelu,
    "tanh": torch.tanh,
}
_METADATA = "head_config"


class Head(nn.Module):
    """Any head that a recipe can have; its layers hold no numbers until ``draw``.

    Input is divided by ``scale``, the RMS of what the first layer sees of the training pictures,
    so that one learning rate suits every layer, size and pooling; the last layer, ``weight``
    [classes, inputs] and ``bias``, starts at zero, so that every class starts equally likely.
    Computes in float32 whatever the features' number format.
    """

    def __init__(self, config: HeadConfig, layers: HeadPlan) -> None:
        super().__init__()
        self.config, self.layers = config, layers
        self.objective = objective(config)
        self.is_scaled = False  # once ``scale`` was measured
        self.register_buffer("scale", torch.ones(()))
        self.weight = nn.Parameter(torch.empty(layers.last.outputs, layers.last.inputs))
        self.bias = nn.Parameter(torch.empty(layers.last.outputs))
        self.convolutions = nn.ModuleList(
            nn.Conv2d(one.in_channels, one.out_channels, 3, padding=1)
            for one in layers.convolutions
        )
        self.hidden = nn.ModuleList(nn.Linear(one.inputs, one.outputs) for one in layers.hidden)
        self.norms = nn.ModuleList(
            nn.LayerNorm(one.outputs) for one in layers.hidden if layers.norms
        )

    scale: Tensor

    @torch.no_grad()
    def draw(self, seed: int) -> None:
        """Start anew: Kaiming initialisation (arXiv:1502.01852) from a generator for each
        (seed, layer), the last layer at zero, undivided input."""
        # GELU has no gain of its own; ReLU's is the usual one
        activation: Literal["tanh", "relu"] = "tanh" if self.config.activation == "tanh" else "relu"
        for name, layer in self.named_modules():
            if isinstance(layer, nn.Conv2d | nn.Linear):
                drawn = generator(seed, f"head.{name}")
                nn.init.kaiming_normal_(layer.weight, nonlinearity=activation, generator=drawn)
                nn.init.zeros_(cast(Tensor, layer.bias))
            elif isinstance(layer, nn.LayerNorm):
                layer.reset_parameters()
        for one in (self.weight, self.bias):
            one.zero_()
        self.scale.fill_(1.0)

    def set_scale(self, rms: float) -> None:
        """Fix the number that input is divided by."""
        self.scale.fill_(rms if rms > 0 else 1.0)
        self.is_scaled = True

    def rms(self, features: Tensor) -> float:
        """The RMS of what the first layer sees of ``features`` [N, C, H, W], undivided."""
        return rms(self._seen(features))

    def forward(self, features: Tensor, drawing: Drawing | None = None) -> Tensor:
        """Logits [N, classes] of features [N, C, H, W].

        ``drawing`` names what dropout draws in training; without it nothing is dropped.
        """
        with torch.autocast(features.device.type, enabled=False):
            values = self._seen(features) / self.scale
            if drawing is not None and drawing.features:
                kept = drawing.kept("features", values[0].numel(), drawing.features)
                values = values * kept.to(values.device).view(values.shape)
            for layer in self.convolutions:
                values = self._activated(layer(values))
            if self.convolutions:
                values = pooled(values, self.config.pooling)
            for number, layer in enumerate(self.hidden):
                values = layer(values)
                if self.norms:
                    values = self.norms[number](values)
                values = self._kept(self._activated(values), f"hidden.{number}", drawing)
            return F.linear(values, self.weight, self.bias)

    def loss(
        self,
        logits: Tensor,
        labels: Tensor,
        weights: Tensor | None = None,
        smoothing: float = 0.0,
    ) -> Tensor:
        """The loss summed over the pictures, each times its own of ``weights`` [N].

        ``smoothing`` is the share of each label that is spread over all classes. What is
        reported has neither weights nor smoothing nor ``penalty``, so that the curves of runs
        compare. Raises ``ValueError`` where there is nothing to smooth (svm).
        """
        with torch.autocast(logits.device.type, enabled=False):
            losses = self.objective.losses(logits, labels, smoothing)
            return losses.sum() if weights is None else (weights * losses).sum()

    def penalty(self) -> Tensor:
        """What is added to the mean loss that is learned from: l2/2 times the last layer's
        squared weights."""
        return self.layers.l2 / 2 * self.weight.square().sum()

    def add_penalty(self) -> None:
        """Add the gradient of ``penalty`` to that of a whole batch's mean loss, on every rank
        alike, once the ranks' gradients were averaged."""
        if self.layers.l2 and self.weight.grad is not None:
            # unlike backward() it runs no hooks, so that no rank waits for another
            (gradient,) = torch.autograd.grad(self.penalty(), [self.weight])
            self.weight.grad += gradient

    def probabilities(self, logits: Tensor) -> Tensor:
        """[N, classes], the largest is the answer's. What they mean is the objective's to say.

        Raises ``ValueError`` where margins were never calibrated.
        """
        return self.objective.probabilities(logits)

    def description(self) -> dict[str, Any]:
        """What a file of the weights says of the head: all that ``described`` needs."""
        about: dict[str, Any] = {
            "head": self.config.kind,
            "pooling": self.config.pooling,
            "feature_scale": float(self.scale),
            "probabilities": self.objective.meaning,
            _METADATA: self.config.model_dump(mode="json"),
        }
        if isinstance(self.objective, Calibrated):
            about["temperature"] = self.objective.temperature
        return about

    def _seen(self, features: Tensor) -> Tensor:
        """What the first layer sees, float32, undivided."""
        if self.convolutions:
            return features.float()
        return pooled(features, self.config.pooling)

    def _activated(self, values: Tensor) -> Tensor:
        return _ACTIVATIONS[self.config.activation](values)

    def _kept(self, values: Tensor, layer: str, drawing: Drawing | None) -> Tensor:
        if drawing is None or not self.config.dropout:
            return values
        kept = drawing.kept(layer, values.shape[1], self.config.dropout)
        return values * kept.to(values.device)


def build(config: HeadConfig, shape: tuple[int, int, int], classes: int, seed: int) -> Head:
    """A new head for ``classes`` classes on features of ``shape`` (C, H, W)."""
    head = _empty(config, shape, classes).to_empty(device="cpu")
    head.draw(seed)
    return head


def described(
    about: Mapping[str, Any],
    tensors: Mapping[str, Tensor],
    shape: tuple[int, int, int],
    classes: int,
) -> Head:
    """The head of a file's ``description`` and its ``tensors``, by their names in the head.

    What tells no more than its kind is of an older version: softmax on flattened features.
    Raises ``KeyError``, ``ValueError``, ``RuntimeError`` where they don't belong together.
    """
    config = HeadConfig.model_validate(about.get(_METADATA, {}))
    head = _empty(config, shape, classes)
    state = {**tensors, "scale": torch.tensor(float(about["feature_scale"]))}
    head.load_state_dict(state, assign=True)
    if isinstance(head.objective, Margins) or "temperature" in about:
        cast(Calibrated, head.objective).temperature = float(about["temperature"])
    return head


def _empty(config: HeadConfig, shape: tuple[int, int, int], classes: int) -> Head:
    with torch.device("meta"):  # the shapes only: nothing is allocated or drawn
        return Head(config, plan(config, shape, classes))


def pooled(features: Tensor, pooling: Pooling) -> Tensor:
    """float32 [N, F] of features [N, C, H, W]: each channel's mean, maximum or both, or all."""
    match pooling:
        case "flatten":
            return features.flatten(1).float()
        case "average":
            return features.float().mean((2, 3))
        case "max":
            return features.amax((2, 3)).float()
        case "both":
            return torch.cat([features.float().mean((2, 3)), features.amax((2, 3)).float()], 1)


def rms(values: Tensor) -> float:
    """Root of the mean square of all the numbers in ``values``."""
    return float(values.float().square().mean().sqrt())
