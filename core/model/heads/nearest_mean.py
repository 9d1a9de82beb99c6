"""Nearest mean: an image is of the class whose mean feature is most like its own.

The teacher's baseline, for which nothing is searched: one pass over the images, and it is
there. Likeness is the cosine of the angle between two features, from -1 to 1, so that neither
strong features nor large classes have an advantage.
"""

import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor

from core.model.heads.objective import HeadRecord, OnePass
from core.model.heads.softmax import CrossEntropy


def _sums(values: Tensor, labels: Tensor, classes: int) -> Tensor:
    """The sum of each class's features."""
    members: Tensor = F.one_hot(labels, classes).to(values.dtype)
    return members.T @ values


# a sum and a mean point in the same direction
NEAREST_MEAN = HeadRecord(lambda _: CrossEntropy(), OnePass(_sums, F.normalize), seen=F.normalize)
