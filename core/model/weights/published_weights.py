"""The weights of VGG16 that torchvision publishes, as data (tested against torchvision).

``torchvision-v1`` is its ``IMAGENET1K_V1``, a training of its own; ``torchvision-features`` is
``IMAGENET1K_FEATURES``, the authors' training, whose classifier is missing.
"""

from dataclasses import dataclass

from core.recipe.config import Normalization

_MEBIBYTE = 2**20


@dataclass(frozen=True)
class Published:
    """One file of weights. The hexadecimal digits at the end of the ``file``'s name begin its
    sha256; ``mebibytes`` is its size, to within a kilobyte."""

    file: str
    mebibytes: float
    normalization: Normalization

    @property
    def bytes(self) -> int:
        """About how much is downloaded."""
        return round(self.mebibytes * _MEBIBYTE)

    @property
    def checksum(self) -> str:
        """The first digits of the file's sha256."""
        return self.file.rpartition(".")[0].rpartition("-")[2]


PUBLISHED = {
    "torchvision-v1": Published(
        "vgg16-397923af.pth",
        527.796,
        Normalization(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)),
    ),
    "torchvision-features": Published(
        "vgg16_features-amdegroot-88682ab5.pth",
        527.802,
        Normalization(mean=(0.48235, 0.45882, 0.40784), std=(1 / 255, 1 / 255, 1 / 255)),
    ),
}
