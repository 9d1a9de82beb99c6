"""What is put on the backbone in place of VGG16's own fully connected layers."""

import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor, nn


class SoftmaxHead(nn.Module):
    """Multinomial logistic regression: no hidden layer, softmax, cross-entropy.

    Input is divided by ``scale``, the RMS of the training features, so that one learning rate
    suits every layer and size; weights and bias start at zero, so that every class starts
    equally likely. Computes in float32 whatever the features' number format.
    """

    kind = "softmax"

    def __init__(self, features: int, classes: int) -> None:
        super().__init__()
        self.register_buffer("scale", torch.ones(()))
        self.weight = nn.Parameter(torch.zeros(classes, features))
        self.bias = nn.Parameter(torch.zeros(classes))

    scale: Tensor

    def set_scale(self, rms: float) -> None:
        """Fix the number that features are divided by."""
        self.scale.fill_(rms if rms > 0 else 1.0)

    def forward(self, features: Tensor) -> Tensor:
        """Logits [N, classes] of features [N, C, H, W]."""
        with torch.autocast(features.device.type, enabled=False):
            flat = features.flatten(1).float() / self.scale
            return F.linear(flat, self.weight, self.bias)

    def loss(self, logits: Tensor, labels: Tensor, weights: Tensor | None = None) -> Tensor:
        """Cross-entropy summed over the pictures, each times its own of ``weights`` [N].

        What is reported takes no weights, so that the curves of runs compare.
        """
        with torch.autocast(logits.device.type, enabled=False):
            if weights is None:
                return F.cross_entropy(logits, labels, reduction="sum")
            return (weights * F.cross_entropy(logits, labels, reduction="none")).sum()

    def probabilities(self, logits: Tensor) -> Tensor:
        """[N, classes], each row sums to one."""
        return logits.softmax(1)


def rms(features: Tensor) -> float:
    """Root of the mean square of all the numbers in ``features``."""
    return float(features.float().square().mean().sqrt())
