"""Logistic regression for each class by itself, against all the others."""

import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor

from core.model.heads.objective import HeadRecord


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


ONE_VS_REST = HeadRecord(lambda _: OneVsRest())
