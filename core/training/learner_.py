"""What learns in a stage, as one module: the blocks behind the boundary, and the head."""

from torch import Tensor, nn

from core.model.backbone import Backbone
from core.model.heads import Drawing, Head


class Learner(nn.Module):
    """Shares its layers with ``backbone`` and ``head``."""

    def __init__(self, backbone: Backbone, head: Head, boundary: int) -> None:
        super().__init__()
        self.backbone, self.head, self.boundary = backbone, head, boundary

    def features(self, values: Tensor) -> Tensor:
        """The last block's output [N, C, H, W], of ``values`` at the boundary."""
        if self.boundary == self.backbone.depth:
            return values
        features: Tensor = self.backbone(values, self.boundary)
        return features

    def forward(self, values: Tensor, drawing: Drawing | None = None) -> Tensor:
        """Logits [N, classes] of ``values`` at the boundary; ``drawing`` is the head's."""
        logits: Tensor = self.head(self.features(values), drawing)
        return logits
