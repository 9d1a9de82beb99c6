"""The head that replaces VGG16's fully connected layers: its layers and dropout.

Dropout masks are drawn by name (seed, epoch, image), so no order, rank or resume changes them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import shake_128
from typing import Any, Literal, cast

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor, nn

from core.model.backbone import generator
from core.model.heads.nearest_mean import NEAREST_MEAN
from core.model.heads.objective import Calibrated, HeadRecord
from core.model.heads.one_vs_rest import ONE_VS_REST
from core.model.heads.softmax import SOFTMAX
from core.model.heads.svm import SVM
from core.recipe.config import Activation, HeadConfig, Pooling
from core.recipe.heads import HeadKind
from core.recipe.network import HeadPlan, plan

KINDS: Mapping[HeadKind, HeadRecord] = {
    "softmax": SOFTMAX,
    "one-vs-rest": ONE_VS_REST,
    "svm": SVM,
    "fc": SOFTMAX,
    "conv": SOFTMAX,
    "nearest-mean": NEAREST_MEAN,
}

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
        self._record = KINDS[config.kind]
        self.objective = self._record.objective(config)
        self.is_scaled = False  # once ``scale`` was measured
        self.register_buffer("scale", torch.ones(()))
        self.weight = nn.Parameter(torch.empty(layers.last.outputs, layers.last.inputs))
        self.bias = nn.Parameter(torch.empty(layers.last.outputs))
        if self._record.one_pass is not None:
            self.register_buffer("collected", torch.zeros(self.weight.shape))
        self.convolutions = nn.ModuleList(
            nn.Conv2d(one.in_channels, one.out_channels, 3, padding=1)
            for one in layers.convolutions
        )
        self.hidden = nn.ModuleList(nn.Linear(one.inputs, one.outputs) for one in layers.hidden)
        self.norms = nn.ModuleList(
            nn.LayerNorm(one.outputs) for one in layers.hidden if layers.norms
        )

    scale: Tensor
    collected: Tensor

    @property
    def has_gradient(self) -> bool:
        """Whether it learns step by step; else by ``collect`` and ``learn``, in one pass."""
        return self._record.one_pass is None

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
        for one in (self.weight, self.bias, *self.buffers()):
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
            return F.linear(self._record.seen(values), self.weight, self.bias)

    @torch.no_grad()
    def collect(self, features: Tensor, labels: Tensor) -> Tensor:
        """What features [N, C, H, W] with these labels add to ``learn``."""
        assert self._record.one_pass is not None
        values = self._seen(features) / self.scale
        return self._record.one_pass.collect(values, labels, len(self.weight))

    @torch.no_grad()
    def learn(self, collected: Tensor) -> None:
        """Learn from what was collected of a batch, and of all before."""
        assert self._record.one_pass is not None
        self.collected += collected
        self.weight.copy_(self._record.one_pass.solve(self.collected))

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

    def add_penalty(self) -> None:
        """Add to the gradient of a batch's mean loss that of l2/2 times the last layer's squared
        weights."""
        if self.layers.l2 and self.weight.grad is not None:
            self.weight.grad += self.layers.l2 * self.weight.detach()

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
    if not head.has_gradient:  # what it learned from is not among the weights
        state["collected"] = torch.zeros(head.collected.shape)
    head.load_state_dict(state, assign=True)
    if isinstance(head.objective, Calibrated):  # older files of a softmax head have none: it is 1
        known = head.objective.temperature
        head.objective.temperature = float(about.get("temperature", known))
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
