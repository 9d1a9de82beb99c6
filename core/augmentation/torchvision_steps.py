"""The effects of augmentation as transforms of torchvision v2."""

from dataclasses import replace

from core.augmentation.code_steps import FILLS, Step, either_way, number, pair
from core.augmentation.photometric import MEAN_COLOR
from core.recipe.config import EFFECTS, AugmentationConfig, Effect

_LEAST_SIGMA = 0.01  # pixels: no blur at all, which GaussianBlur refuses to call 0
_FILLS = "# Thaw fills what is uncovered by {}; here only one colour can be had.\n"
_WARP = """\
# Each of these interpolates anew; Thaw does all of them in one go.
{differently}WARP = {{"interpolation": v2.InterpolationMode.BILINEAR, "fill": {color}}}"""
_NOISE = """\
def noise(image):
    image = v2.functional.to_dtype(image, torch.float32, scale=True)
    image = v2.functional.gaussian_noise(image, sigma=random.uniform{range} / 255)
    return v2.functional.to_dtype(image, torch.uint8, scale=True)"""


def steps(config: AugmentationConfig, size: int) -> list[Step]:
    """Each effect that is on, in their order, for pictures of ``size`` pixels a side; the
    ``policy`` is not looked at."""
    return [_often(one, config, size) for one in EFFECTS if one.is_on(config)]


def _often(effect: Effect, config: AugmentationConfig, size: int) -> Step:
    step = _step(effect.name, config, size)
    if not effect.has_range:
        return step
    return replace(step, probability=getattr(config, effect.probability))


def _step(effect: str, config: AugmentationConfig, size: int) -> Step:
    match effect:
        case "horizontal_flip":
            return Step(f"v2.RandomHorizontalFlip(p={number(config.horizontal_flip)})")
        case "vertical_flip":
            return Step(f"v2.RandomVerticalFlip(p={number(config.vertical_flip)})")
        case "quarter_turns":
            turns = "[v2.RandomRotation((turn, turn)) for turn in (90, 180, 270)]"
            return Step(f"v2.RandomChoice({turns})", config.quarter_turns)
        case "rotation":
            return _warp(config, f"v2.RandomRotation({pair(config.rotation)}")
        case "scale":
            return _warp(config, f"v2.RandomAffine(0, scale={pair(config.scale)}")
        case "crop":
            return _crop(config, size)
        case "translation":
            return _warp(config, f"v2.RandomAffine(0, translate={pair(config.translation)}")
        case "shear":
            across, down = map(either_way, config.shear)
            ranges = ", ".join(map(number, (*across, *down)))
            return _warp(config, f"v2.RandomAffine(0, shear=({ranges})")
        case "perspective":
            return _warp(config, f"v2.RandomPerspective({number(config.perspective)}, p=1")
        case "hue":
            turns = pair((config.hue[0] / 360, config.hue[1] / 360))
            return Step(f"v2.ColorJitter(hue={turns})")
        case "gamma":
            chosen = f"random.uniform{pair(config.gamma)}"
            helper = f"def gamma(image):\n    return v2.functional.adjust_gamma(image, {chosen})"
            return Step("v2.Lambda(gamma)", helper=helper)
        case "grayscale":
            return Step(f"v2.RandomGrayscale(p={number(config.grayscale)})")
        case "blur":
            return _blur(config, size)
        case "noise":
            return Step("v2.Lambda(noise)", helper=_NOISE.format(range=pair(config.noise)))
        case "jpeg":
            return Step(f"v2.JPEG({pair(config.jpeg)})")
        case "erasing":
            shares = f"p={number(config.erasing)}, scale={pair(config.erasing_area)}"
            return Step(
                f"v2.RandomErasing({shares}, value={list(MEAN_COLOR)})",
                note="a rectangle that does not fit after ten tries is left out",
            )
        case _:  # brightness, contrast and saturation
            return Step(f"v2.ColorJitter({effect}={pair(getattr(config, effect))})")


def _warp(config: AugmentationConfig, start: str) -> Step:
    """A transform that uncovers pixels; ``start`` is its code up to what all of them share."""
    fill = FILLS.get(config.fill_mode)
    differently = _FILLS.format(fill) if fill else ""
    helper = _WARP.format(differently=differently, color=list(config.fill_color))
    return Step(f"{start}, **WARP)", helper=helper)


def _crop(config: AugmentationConfig, size: int) -> Step:
    area = f"scale=({number(config.crop)}, 1), ratio={pair(config.crop_aspect)}"
    note = "" if config.crop_aspect == (1, 1) else "a window that does not fit is drawn again"
    return Step(f"v2.RandomResizedCrop({size}, {area})", note=note)


def _blur(config: AugmentationConfig, size: int) -> Step:
    low, high = (max(sigma, _LEAST_SIGMA) for sigma in config.blur)
    kernel = min(round(6 * high + 1) | 1, 2 * size - 1)  # a larger one cannot be reflected
    return Step(f"v2.GaussianBlur({kernel}, sigma={pair((low, high))})")
