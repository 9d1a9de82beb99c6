"""Multinomial logistic regression: one layer, or several, that end in softmax."""

import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor

from core.model.heads.objective import Calibrated, HeadRecord


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


SOFTMAX = HeadRecord(lambda _: CrossEntropy())
