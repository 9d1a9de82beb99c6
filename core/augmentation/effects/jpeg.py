"""JPEG: the traces of strong compression."""

from core.augmentation.draws import Uniforms
from core.augmentation.effects.code import Step, pair
from core.augmentation.effects.record import EffectRecord, Image, Range, Slider
from core.common.lazy import opencv
from core.recipe.config import AugmentationConfig


def compress(image: Image, quality: int) -> Image:
    """What JPEG of ``quality`` 1 to 100 leaves of the image: torchvision's ``jpeg``.

    The codec is libjpeg-turbo in both, with colours at half the resolution (4:2:0).
    """
    cv2 = opencv()
    _, encoded = cv2.imencode(
        ".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    decoded = cv2.imdecode(encoded, cv2.IMREAD_COLOR)
    compressed: Image = cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB)
    return compressed


def _drawn(config: AugmentationConfig, uniforms: Uniforms) -> int:
    """All qualities are equally likely, the ends as well."""
    low, high = config.jpeg
    return min(low + int((high - low + 1) * uniforms[0]), high)


JPEG = EffectRecord(
    "jpeg",
    still=100,
    draw=_drawn,
    pixels=compress,
    slider=Slider(99, 60, (-1, 0), origin=100.0, unit="", whole=True),
    ranges={"jpeg": Range(1, 100, 1, whole=True)},
    torchvision=lambda config, _: Step(f"v2.JPEG({pair(config.jpeg)})"),
    albumentations=lambda config, _, p: Step(
        f"A.ImageCompression(quality_range={pair(config.jpeg)}, p={p})",
        note="it takes red for blue while it compresses, so colours suffer otherwise",
    ),
)
