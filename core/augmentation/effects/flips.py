"""Flips and quarter turns: the same pixels at other places."""

from core.augmentation.effects.affine import about, turned
from core.augmentation.effects.code import Step, number
from core.augmentation.effects.record import (
    EffectRecord,
    Image,
    Slider,
    always,
    nothing,
)
from core.common.lazy import opencv

HORIZONTAL_FLIP = EffectRecord(
    "horizontal_flip",
    still=False,
    draw=always,
    matrix=lambda _, width, height: about(width, height, -1.0, 0.0, 0.0, 1.0),
    reordered=lambda image, _: opencv().flip(image, 1),
    told=nothing,
    slider=Slider(100, 50),
    torchvision=lambda config, _: Step(
        f"v2.RandomHorizontalFlip(p={number(config.horizontal_flip)})"
    ),
    albumentations=lambda _config, _size, p: Step(f"A.HorizontalFlip(p={p})"),
)
VERTICAL_FLIP = EffectRecord(
    "vertical_flip",
    still=False,
    draw=always,
    matrix=lambda _, width, height: about(width, height, 1.0, 0.0, 0.0, -1.0),
    reordered=lambda image, _: opencv().flip(image, 0),
    told=nothing,
    slider=Slider(100, 50),
    torchvision=lambda config, _: Step(f"v2.RandomVerticalFlip(p={number(config.vertical_flip)})"),
    albumentations=lambda _config, _size, p: Step(f"A.VerticalFlip(p={p})"),
)

_TORCHVISION = "v2.RandomChoice([v2.RandomRotation((turn, turn)) for turn in (90, 180, 270)])"
_ALBUMENTATIONS = """\
A.OneOf(
    [  # by 90, 180 and 270 degrees
        A.Sequential([A.Transpose(p=1), A.VerticalFlip(p=1)], p=1),
        A.Sequential([A.HorizontalFlip(p=1), A.VerticalFlip(p=1)], p=1),
        A.Sequential([A.Transpose(p=1), A.HorizontalFlip(p=1)], p=1),
    ],
    p={p},
)"""


def _turned(image: Image, quarters: int) -> Image:
    cv2 = opencv()
    ways = (cv2.ROTATE_90_COUNTERCLOCKWISE, cv2.ROTATE_180, cv2.ROTATE_90_CLOCKWISE)
    rotated: Image = cv2.rotate(image, ways[quarters - 1])
    return rotated


QUARTER_TURNS = EffectRecord(  # 1 to 3, counter-clockwise
    "quarter_turns",
    still=0,
    draw=lambda _, uniforms: 1 + int(3 * uniforms[1]),
    matrix=lambda quarters, width, height: turned(90.0 * quarters, width, height),
    reordered=_turned,
    told=lambda quarters: {"value": 90 * quarters},
    slider=Slider(100, 75),
    torchvision=lambda config, _: Step(_TORCHVISION, config.quarter_turns),
    albumentations=lambda _config, _size, p: Step(_ALBUMENTATIONS.format(p=p)),
)
