"""The effects of augmentation as transforms of Albumentations 2.

After https://albumentations.ai/docs/api-reference/albumentations (version 2.0.8).
"""

from dataclasses import replace

from core.augmentation.code_steps import Step, either_way, number, pair
from core.augmentation.photometric import MEAN_COLOR
from core.recipe.config import EFFECTS, AugmentationConfig, FillMode

_BORDERS: dict[FillMode, str] = {
    "constant": "cv2.BORDER_CONSTANT",
    "edge": "cv2.BORDER_REPLICATE",
    "reflect": "cv2.BORDER_REFLECT",
    "wrap": "cv2.BORDER_WRAP",
}
_UNCHANGED = {
    "brightness": "(1, 1)",
    "contrast": "(1, 1)",
    "saturation": "(1, 1)",
    "hue": "(0, 0)",
}
_LEAST_SIGMA = 0.01  # pixels: no blur at all; GaussianBlur divides by it
_QUARTER_TURNS = """\
A.OneOf(
    [  # by 90, 180 and 270 degrees
        A.Sequential([A.Transpose(p=1), A.VerticalFlip(p=1)], p=1),
        A.Sequential([A.HorizontalFlip(p=1), A.VerticalFlip(p=1)], p=1),
        A.Sequential([A.Transpose(p=1), A.HorizontalFlip(p=1)], p=1),
    ],
    p={p},
)"""
_PERSPECTIVE = """\
def perspective(image, **_):
    height, width = image.shape[:2]
    corners = np.float32([(0, 0), (width, 0), (width, height), (0, height)]) - 0.5
    inwards = np.float32([(1, 1), (-1, 1), (-1, -1), (1, -1)]) * (width, height)
    shares = [[random.uniform(0, {most}) for _ in "xy"] for _ in corners]
    moved = np.float32(corners + inwards * shares)
    matrix = cv2.getPerspectiveTransform(corners, moved)
    borders = {{"borderMode": {border}, "borderValue": {color}}}
    return cv2.warpPerspective(image, matrix, (width, height), **borders)"""


def steps(config: AugmentationConfig, size: int) -> list[Step]:
    """Each effect that is on, in their order, for pictures of ``size`` pixels a side; the
    ``policy`` is not looked at."""
    return [
        _step(one.name, config, size, number(getattr(config, one.probability)))
        for one in EFFECTS
        if one.is_on(config)
    ]


def _step(effect: str, config: AugmentationConfig, size: int, p: str) -> Step:
    match effect:
        case "horizontal_flip":
            return Step(f"A.HorizontalFlip(p={p})")
        case "vertical_flip":
            return Step(f"A.VerticalFlip(p={p})")
        case "quarter_turns":
            return Step(_QUARTER_TURNS.format(p=p))
        case "rotation":
            return _affine(config, f"rotate={pair(config.rotation)}", p)
        case "scale":
            return _affine(config, f"scale={pair(config.scale)}, keep_ratio=True", p)
        case "crop":
            area = f"scale=({number(config.crop)}, 1), ratio={pair(config.crop_aspect)}"
            note = (
                "" if config.crop_aspect == (1, 1) else "a window that does not fit is drawn again"
            )
            return Step(f"A.RandomResizedCrop(({size}, {size}), {area}, p={p})", note=note)
        case "translation":
            return _affine(config, f"translate_percent={_two_ways(config.translation)}", p)
        case "shear":
            step = _affine(config, f"shear={_two_ways(config.shear)}", p)
            note = "" if 0 in config.shear else "slanting both ways at once it scales a little"
            return replace(step, note=note)
        case "perspective":
            return _perspective(config, p)
        case "gamma":
            low, high = config.gamma
            return Step(f"A.RandomGamma(gamma_limit={pair((100 * low, 100 * high))}, p={p})")
        case "grayscale":
            return Step(f"A.ToGray(p={p})")
        case "blur":
            low, high = (max(sigma, _LEAST_SIGMA) for sigma in config.blur)
            return Step(f"A.GaussianBlur(blur_limit=0, sigma_limit={pair((low, high))}, p={p})")
        case "noise":
            low, high = config.noise
            return Step(f"A.GaussNoise(std_range={pair((low / 255, high / 255))}, p={p})")
        case "jpeg":
            return Step(
                f"A.ImageCompression(quality_range={pair(config.jpeg)}, p={p})",
                note="it takes red for blue while it compresses, so colours suffer otherwise",
            )
        case "erasing":
            return Step(
                f"A.Erasing(scale={pair(config.erasing_area)}, fill={MEAN_COLOR}, p={p})",
                note="a rectangle that does not fit after ten tries is left out",
            )
        case _:
            return _jitter(config, effect, p)


def _affine(config: AugmentationConfig, ranges: str, p: str) -> Step:
    border = f"border_mode={_BORDERS[config.fill_mode]}"
    if config.fill_mode == "constant":
        border += f", fill={config.fill_color}"
    return Step(f"A.Affine({ranges}, {border}, p={p})")


def _two_ways(most: tuple[float, float]) -> str:
    across, down = (pair(either_way(one)) for one in most)
    return f'{{"x": {across}, "y": {down}}}'


def _perspective(config: AugmentationConfig, p: str) -> Step:
    helper = _PERSPECTIVE.format(
        most=number(config.perspective / 2),
        border=_BORDERS[config.fill_mode],
        color=config.fill_color,
    )
    note = "A.Perspective zooms in, and its corners are drawn otherwise"
    return Step(f"A.Lambda(image=perspective, p={p})", note=note, helper=helper)


def _jitter(config: AugmentationConfig, effect: str, p: str) -> Step:
    """``ColorJitter`` of one of its four alone: it would do several in random order."""
    low, high = getattr(config, effect)
    turns = 360 if effect == "hue" else 1
    ranges = _UNCHANGED | {effect: pair((low / turns, high / turns))}
    named = ", ".join(f"{name}={value}" for name, value in ranges.items())
    return Step(f"A.ColorJitter({named}, p={p})")
