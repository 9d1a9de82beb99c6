"""What a head is trained to make small, and what its logits say of a picture's classes."""

from typing import Protocol

import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor

from core.model import calibration
from core.recipe.config import HeadConfig, MarginLoss


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


class CrossEntropy:
    """Softmax: the classes exclude each other. Probabilities sum to one."""

    meaning = "softmax"

    def losses(self, logits: Tensor, labels: Tensor, smoothing: float) -> Tensor:
        return F.cross_entropy(logits, labels, reduction="none", label_smoothing=smoothing)

    def probabilities(self, logits: Tensor) -> Tensor:
        return logits.softmax(1)

    def validated(self, logits: Tensor, labels: Tensor, keys: list[str]) -> Tensor:
        return self.probabilities(logits)


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


class Margins:
    """A linear support vector machine's hinge losses: ``squared-hinge`` and ``hinge`` of each
    class against all the others, summed over the classes, as in liblinear; ``crammer-singer``
    (JMLR 2, 2001) of the right class against the best of the others.

    A margin is no probability. It becomes one by temperature scaling, softmax(margins / T),
    which leaves the order of the classes as it is. T is fitted on the validation pictures; the
    probabilities that are told of these very pictures are of a T that was fitted without them.
    """

    meaning = "temperature"

    def __init__(self, kind: MarginLoss) -> None:
        self._kind = kind
        self.temperature: float | None = None

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

    def probabilities(self, logits: Tensor) -> Tensor:
        """Raises ``ValueError`` before they are calibrated."""
        if self.temperature is None:
            raise ValueError("margins are no probabilities before they are calibrated")
        return (logits / self.temperature).softmax(1)

    def validated(self, logits: Tensor, labels: Tensor, keys: list[str]) -> Tensor:
        self.temperature = calibration.temperature(logits, labels)
        return calibration.cross_fitted(logits, labels, keys)


def objective(config: HeadConfig) -> Objective:
    """What a head of ``config`` learns by."""
    match config.kind:
        case "one-vs-rest":
            return OneVsRest()
        case "svm":
            return Margins(config.margin_loss)
        case "softmax" | "fc" | "conv":
            return CrossEntropy()
