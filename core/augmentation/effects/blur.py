"""Blur: a Gaussian, as out of focus."""

from core.augmentation.effects.code import Step, pair
from core.augmentation.effects.record import EffectRecord, Image, Range, Slider
from core.common.lazy import opencv
from core.recipe.config import AugmentationConfig

_LEAST_SIGMA = 0.01  # pixels: no blur at all; the libraries divide by it


def gaussian_blur(image: Image, sigma: float) -> Image:
    """A Gaussian of standard deviation ``sigma`` in pixels, reflected at the border.

    The kernel has the size that OpenCV's ``GaussianBlur`` chooses for uint8: 6 sigma + 1, rounded
    and made odd. torchvision's ``gaussian_blur`` agrees at the same size, where the image is
    larger than half the kernel; so does OpenCV's own, whose fixed-point kernel is less exact and
    2 to 7 times slower than the float kernel here.
    """
    cv2 = opencv()
    kernel = cv2.getGaussianKernel(round(6 * sigma + 1) | 1, sigma, cv2.CV_32F)
    blurred: Image = cv2.sepFilter2D(
        image, cv2.CV_8U, kernel, kernel, borderType=cv2.BORDER_REFLECT_101
    )
    return blurred


def _sigmas(config: AugmentationConfig) -> tuple[float, float]:
    low, high = config.blur
    return max(low, _LEAST_SIGMA), max(high, _LEAST_SIGMA)


def _torchvision(config: AugmentationConfig, size: int) -> Step:
    low, high = _sigmas(config)
    kernel = min(round(6 * high + 1) | 1, 2 * size - 1)  # a larger one cannot be reflected
    return Step(f"v2.GaussianBlur({kernel}, sigma={pair((low, high))})")


BLUR = EffectRecord(  # a standard deviation in pixels
    "blur",
    still=0.0,
    pixels=gaussian_blur,
    slider=Slider(5, 1.5, (0, 1), unit="px", step=0.1, typed=20),
    ranges={"blur": Range(0, 5, 0.1, "px", typed=(0, 20))},
    torchvision=_torchvision,
    albumentations=lambda config, _, p: Step(
        f"A.GaussianBlur(blur_limit=0, sigma_limit={pair(_sigmas(config))}, p={p})"
    ),
)
