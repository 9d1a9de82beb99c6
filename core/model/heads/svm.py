"""A linear support vector machine: one layer that separates the classes with a margin."""

import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor

from core.model.heads.objective import Calibrated, HeadRecord, cross_fitted
from core.recipe.config import MarginLoss


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


SVM = HeadRecord(lambda config: Margins(config.margin_loss))
