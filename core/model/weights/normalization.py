"""How a weight file's training images were normalised, and the weights torchvision publishes.

A normalisation is stated by the file, chosen by a person, or guessed from names as an offer.

``PUBLISHED`` is data, tested against torchvision: ``torchvision-v1`` is its ``IMAGENET1K_V1``,
trained by torchvision; ``torchvision-features`` is ``IMAGENET1K_FEATURES``, trained by the
authors and published without a classifier.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.common.messages import InputError
from core.recipe.config import Normalization, NormalizationName


@dataclass(frozen=True)
class Published:
    """One file of weights. The hexadecimal digits at the end of the ``file``'s name begin its
    sha256; ``bytes`` is its size, to within a kilobyte."""

    file: str
    bytes: int
    normalization: Normalization

    @property
    def checksum(self) -> str:
        """The first digits of the file's sha256."""
        return self.file.rpartition(".")[0].rpartition("-")[2]


PUBLISHED = {
    "torchvision-v1": Published(
        "vgg16-397923af.pth",
        553_434_218,
        Normalization(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)),
    ),
    "torchvision-features": Published(
        "vgg16_features-amdegroot-88682ab5.pth",
        553_440_510,
        Normalization(mean=(0.48235, 0.45882, 0.40784), std=(1 / 255, 1 / 255, 1 / 255)),
    ),
}


_LEVELS = 255  # what is given for pictures of 0 to 255 becomes that for 0 to 1
_ALIKE = 1e-4  # of 0 to 1: a fortieth of what one level of a picture is
_PARTS = ("mean", "std")
THAW_KEY = "thaw"  # the metadata of Thaw's own files, JSON


def _bgr(blue: float, green: float, red: float) -> Normalization:
    """Less these means, of pictures from 0 to 255, blue first, as Caffe's networks have it."""
    mean = (red / _LEVELS, green / _LEVELS, blue / _LEVELS)
    return Normalization(mean=mean, std=(1 / _LEVELS, 1 / _LEVELS, 1 / _LEVELS), order="bgr")


# caffe: the authors' own, also keras.applications' VGG16. vggface: Parkhi, Vedaldi and Zisserman,
# "Deep Face Recognition" (BMVC 2015), as its Keras conversions have it.
NAMED: dict[NormalizationName, Normalization] = {
    "caffe": _bgr(103.939, 116.779, 123.68),
    "torchvision": PUBLISHED["torchvision-v1"].normalization,
    "vggface": _bgr(93.594, 104.762, 129.186),
    "unit": Normalization(mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0)),
}


def stated(metadata: Mapping[str, str]) -> Normalization | None:
    """What the metadata of a safetensors file say; None where they say nothing.

    Thaw's runs have it in JSON, the weights that come with Thaw as numbers with commas, both for
    channels in the order red, green, blue. Raises ``ValueError`` where it cannot be understood.
    """
    if THAW_KEY in metadata:
        data = json.loads(metadata[THAW_KEY])
        if not isinstance(data, dict):
            raise ValueError(f"{THAW_KEY} is not an object")
        return Normalization.model_validate({name: data.get(name) for name in _PARTS})
    if not all(name in metadata for name in _PARTS):
        return None
    numbers = {name: [float(one) for one in metadata[name].split(",")] for name in _PARTS}
    return Normalization.model_validate(numbers)


def settle(
    path: Path,
    said: Normalization | None,
    chosen: NormalizationName | Normalization | None,
) -> Normalization:
    """What counts: what the file at ``path`` has ``said``, else what was ``chosen``.

    Raises ``InputError`` where there is neither (weights_normalization_missing) or they
    contradict each other (weights_normalization_differs).
    """
    wanted = NAMED[chosen] if isinstance(chosen, str) else chosen
    if said is None and wanted is None:
        listed = ", ".join(NAMED)
        raise InputError("weights_normalization_missing", path=str(path), listed=listed)
    if said is not None and wanted is not None and not _are_alike(said, wanted):
        raise InputError(
            "weights_normalization_differs", path=str(path), said=_told(said), chosen=_told(wanted)
        )
    return said or wanted  # type: ignore[return-value] # one of them is there


def suggest(
    path: Path, is_keras: bool, layers: Sequence[str]
) -> NormalizationName | Normalization | None:
    """A guess for a file that states nothing, from its name and those of its ``layers``.

    To be offered to a person, never to be taken for granted.
    """
    for one in PUBLISHED.values():
        if path.name.startswith(one.file.rpartition(".")[0]):
            return one.normalization
    first = layers[0] if layers else ""
    if is_keras:
        plain = path.name.lower().replace("_", "").replace("-", "")
        if "vggface" in plain:
            return "vggface"
        return "caffe" if "block1_conv1" in first else None
    return "torchvision" if first.endswith("features.0") else None


def _are_alike(one: Normalization, other: Normalization) -> bool:
    numbers = zip(one.mean + one.std, other.mean + other.std, strict=True)
    return one.order == other.order and all(
        math.isclose(first, second, rel_tol=_ALIKE, abs_tol=_ALIKE) for first, second in numbers
    )


def _told(one: Normalization) -> str:
    mean, std = (" ".join(f"{value:.5g}" for value in part) for part in (one.mean, one.std))
    return f"mean {mean}, std {std}, {one.order.upper()}"
