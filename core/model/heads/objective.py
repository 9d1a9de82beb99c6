"""What a head learns by, and how its outputs become probabilities.

Softmax and margins become calibrated probabilities by temperature scaling: one number for all
classes (Guo et al., arXiv:1706.04599), which never changes the answer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Protocol

import torch
from torch import Tensor

from core.recipe.config import HeadConfig

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


@dataclass(frozen=True)
class OnePass:
    """How a head learns without a gradient, in one pass over the training images.

    ``collect`` gives what a batch adds up to, [classes, F], of what the last layer sees of it
    [N, F], of its labels [N] and the number of classes; ``solve`` the last layer's weights
    [classes, F] of all that was added up.
    """

    collect: Callable[[Tensor, Tensor, int], Tensor]
    solve: Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class HeadRecord:
    """What makes a kind of head: ``objective`` gives what one of a recipe's settings learns by,
    ``one_pass`` how it learns where it has no gradient.

    ``seen`` is what happens to the features [N, F] before the last layer. The layers are the
    recipe's (``core.recipe.network``), and so is what a kind supports (``core.recipe.heads``).
    """

    objective: Callable[[HeadConfig], Objective]
    one_pass: OnePass | None = None
    seen: Callable[[Tensor], Tensor] = lambda values: values
