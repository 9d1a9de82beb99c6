"""Strips of tiles: each effect that is on, alone, from the low end of its range to the high end.

An effect's value is what ``core.augmentation.augment.sample`` picks as its own uniform goes from 0
to 1, so the ends of a strip are the ends of what training draws. A crop goes from the whole image
to the least share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from core.common.messages import fill
from core.recipe.config import EFFECTS, AugmentationConfig, Effect
from gui.augment import effects
from gui.augment.tiles import Scene, Subject, Tile
from gui.base import words as base_words
from gui.base.words import say

if TYPE_CHECKING:
    from core.augmentation.parameters import Parameters

STEPS = 7
_LAST = 1 - 2.0**-53  # uniforms stay below 1
_INWARDS = 1 - 2.0**-26  # a corner's uniform that is all the way across, and not down
_MIDDLE = 0.5

translate = QCoreApplication.translate


@dataclass(frozen=True)
class Strip:
    """One effect, or one direction of it: its ``title``, a ``note`` on how often it is done, and
    its tiles from low to high, whose captions are its values."""

    key: str
    title: str
    note: str
    tiles: tuple[Tile, ...]


def strips(scene: Scene) -> list[Strip]:
    """The strips of the effects that are on, in the order in which they are done."""
    subject = scene.subject
    if subject is None:
        return []
    return [one for config in _configs(scene.config) for one in _strips(config, subject)]


def _configs(config: AugmentationConfig) -> tuple[AugmentationConfig, ...]:
    """The settings to lay out: TrivialAugment has one for each of its operations."""
    if config.policy != "trivial":
        return (config,)
    from core.augmentation.augment import operations

    return operations(config.fill_mode, config.fill_color)


def _strips(config: AugmentationConfig, subject: Subject) -> Iterator[Strip]:
    for effect in EFFECTS:
        if effect.is_on(config):
            usual = _scalar if effect.has_range else _switched
            for key, title, steps in _LAYOUTS.get(effect.name, usual)(effect, config):
                tiles = tuple(
                    Tile((key, number), subject, parameters, caption=caption)
                    for number, (parameters, caption) in enumerate(steps)
                )
                yield Strip(key, title, _note(effect, config), tiles)


_Steps = list[tuple["Parameters", str]]
_Rows = Iterator[tuple[str, str, _Steps]]


def _scalar(effect: Effect, config: AugmentationConfig) -> _Rows:
    """An effect whose range is of one number."""
    name = effect.name
    low, high = getattr(config, name)
    done = [_drawn(effect, config, (way,)) for way in _ways(low, high)]
    values = [one[name] for one in done]
    numbers = [value[0] if isinstance(value, tuple) else value for value in values]  # of noise
    captions = [_caption(name, value) for value in numbers]
    yield name, effects.name(name), list(zip(done, captions, strict=True))


def _switched(effect: Effect, config: AugmentationConfig) -> _Rows:
    """An effect that is done or not."""
    steps = [(_untouched(), _off()), (_drawn(effect, config, (0.0,)), _on())]
    yield effect.name, effects.name(effect.name), steps


def _turns(effect: Effect, config: AugmentationConfig) -> _Rows:
    steps = [(_untouched(), _off())]
    for third in range(3):
        done = _drawn(effect, config, (0.0, (third + _MIDDLE) / 3))
        steps.append((done, f"{90 * done['quarter_turns']}°"))
    yield effect.name, effects.name(effect.name), steps


def _crop(effect: Effect, config: AugmentationConfig) -> _Rows:
    """Shares of the area about the middle; and the ratios of the sides."""
    if config.crop != 1:
        area = config.model_copy(update={"crop_aspect": (1.0, 1.0)})
        steps = []
        for way in _ways(config.crop, 1.0):
            done = _drawn(effect, area, (way, _MIDDLE, _MIDDLE, _MIDDLE))
            _, _, width, height = done["crop"]
            steps.append((done, _number(100 * width * height, "%")))
        yield "crop", effects.name("crop"), steps
    if config.crop_aspect != (1, 1):
        shape = config.model_copy(update={"crop": 1.0})
        steps = []
        for way in _ways(*config.crop_aspect):
            done = _drawn(effect, shape, (0.0, _MIDDLE, _MIDDLE, way))
            _, _, width, height = done["crop"]
            steps.append((done, _number(width / height, "") + " : 1"))
        yield "crop_aspect", translate("strips", "Crop, its shape"), steps


def _both(effect: Effect, config: AugmentationConfig) -> _Rows:
    """Across, and up and down."""
    name = effect.name
    most = getattr(config, name)
    titles = (translate("strips", "{effect} across"), translate("strips", "{effect} up and down"))
    for axis, template in enumerate(titles):
        if most[axis] == 0:
            continue
        alone = (most[0], 0.0) if axis == 0 else (0.0, most[1])
        one = config.model_copy(update={name: alone})
        steps = []
        for way in _ways(-1, 1):
            done = _drawn(effect, one, (way, way))
            steps.append((done, _caption(name, done[name][axis])))
        yield f"{name}.{'xy'[axis]}", fill(template, {"effect": effects.name(name)}), steps


def _corners(effect: Effect, config: AugmentationConfig) -> _Rows:
    """The upper corners come nearer to each other, as at the foot of a tower."""
    steps = []
    for way in _ways(0, 1):
        share = config.perspective * way
        one = config.model_copy(update={"perspective": share})
        uniforms = (_INWARDS, _INWARDS, 0.0, 0.0)
        done = _drawn(effect, one, uniforms)
        steps.append((done, _number(100 * share, "%")))
    yield effect.name, effects.name(effect.name), steps


def _erasing(effect: Effect, config: AugmentationConfig) -> _Rows:
    steps = [(_untouched(), _off())]
    for way in _ways(*config.erasing_area, steps=STEPS - 1):
        done = _drawn(effect, config, (0.0, way, _MIDDLE, _MIDDLE, _MIDDLE))
        _, _, width, height = done["erasing"]
        steps.append((done, _number(100 * width * height, "%")))
    yield effect.name, effects.name(effect.name), steps


_LAYOUTS: dict[str, Callable[[Effect, AugmentationConfig], _Rows]] = {
    "quarter_turns": _turns,
    "crop": _crop,
    "translation": _both,
    "shear": _both,
    "perspective": _corners,
    "erasing": _erasing,
}


def _ways(low: float, high: float, steps: int = STEPS) -> list[float]:
    """Uniforms from the low end to the high one; a single one where they are the same."""
    if low == high:
        return [0.0]
    return [min(step / (steps - 1), _LAST) for step in range(steps)]


def _drawn(effect: Effect, config: AugmentationConfig, uniforms: tuple[float, ...]) -> Parameters:
    """What ``effect`` alone does where its first uniforms are these and the gate is open."""
    from core.augmentation.augment import sample

    fields = (*effect.fields, "fill_mode", "fill_color")
    alone = AugmentationConfig().model_copy(
        update={name: getattr(config, name) for name in fields} | {effect.probability: 1.0}
    )
    padded = (*uniforms, *(0.0,) * 8)[:8]
    return sample(alone, {effect.name: padded})


def _untouched() -> Parameters:
    from core.augmentation.parameters import Parameters

    return Parameters()


def _caption(name: str, value: float) -> str:
    unit = effects.record(name).ranges[name].unit
    return _number(100 * value if unit == "%" else value, unit)


def _number(value: float, unit: str) -> str:
    """With as many decimals as tell steps apart: "−6.7°", "× 0.93", "40 %"."""
    digits = 0 if abs(value) >= (10 if unit == "%" else 20) else 1
    if unit in ("×", "") and abs(value) < 10:
        digits = 2
    words = base_words.number(round(value, digits) + 0.0, digits)
    if digits:
        point = words.rfind(_decimal_point())
        words = words if point < 0 else words.rstrip("0").rstrip(_decimal_point())
    words = words.replace("-", "\N{MINUS SIGN}")
    if unit == "×":
        return f"×{base_words.NBSP}{words}"
    return words + unit if unit in ("", "°") else words + base_words.NBSP + unit


def _decimal_point() -> str:
    return base_words.number(0.5)[1]


def _on() -> str:
    return translate("strips", "on")


def _off() -> str:
    return translate("strips", "off")


def _note(effect: Effect, config: AugmentationConfig) -> str:
    """How often it is done, where not always."""
    often = getattr(config, effect.probability)
    if often == 1:
        return ""
    return say("strips", "in {share}", share=_share(often))


def _share(share: float) -> str:
    return base_words.percent(share, digits=0 if share >= 0.1 else 1)
