"""The effects of augmentation in words: their names, what they do, what is set.

What is shown has units that people use (per cent, degrees, pixels); what a recipe holds are
shares and factors. The scales of an effect's sliders are part of its record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from core.common.messages import SENTENCES, fill
from core.recipe.config import BY_NAME, EFFECTS, AugmentationConfig
from gui.base import words as base_words
from gui.base.words import say
from gui.controls.number_fields import shown_number

if TYPE_CHECKING:
    from core.augmentation.effects.record import EffectRecord

translate = QCoreApplication.translate


def record(effect: str) -> EffectRecord:
    """An effect's record. It brings NumPy, which start-up can do without."""
    from core.augmentation.effects.all import RECORDS

    return RECORDS[effect]


def name(effect: str) -> str:
    """An effect's name."""
    return base_words.translate(f"effect_{effect}", {})


def explanation(effect: str) -> str:
    """What an effect does to an image, in one line."""
    return base_words.translate(f"effect_{effect}_does", {})


def strength(effect: str) -> str:
    """What the one number beside an effect's slider says."""
    if not BY_NAME[effect].has_range:
        return translate("effects", "The share of the pictures that this is done to")
    words, signed = base_words.translate(f"effect_{effect}_strength", {}), plus(effect)
    return f"{words}. {signed}" if signed else words


def refusal(file: str, problems: Sequence[tuple[str, Mapping[str, object]]]) -> str:
    """Why the augmentation in a file cannot be used, its fields called as the page calls them."""
    told = "; ".join(_problem(code, values) for code, values in problems)
    return base_words.translate("augmentation_invalid", {"path": file, "problems": told})


def _problem(code: str, values: Mapping[str, object]) -> str:
    field = str(values.get("field", ""))
    inner = field.removeprefix("augmentation.").partition(".")[0]
    effect = next((one.name for one in EFFECTS if inner in one.fields), inner)
    if f"effect_{effect}" in SENTENCES:
        template = translate("effects", "{effect} (“{key}” in the file)")
        values = {**values, "field": fill(template, {"effect": name(effect), "key": inner})}
    return base_words.with_minus(base_words.translate(code, values))


def plus(field: str) -> str:
    """Which way a positive value goes; "" where there is only one way."""
    code = f"effect_{field}_plus"
    return base_words.translate(code, {}) if code in SENTENCES else ""


def percent(share: float) -> float:
    """0.2 is 20."""
    return round(100 * share, 6)


def summary(effect: str, config: AugmentationConfig) -> str:
    """What is set: "−20° to 20°, in 30 %"; what the effect does, where that says no more."""
    one = BY_NAME[effect]
    if not one.is_on(config):
        return explanation(effect)
    words = _SUMMARIES.get(effect, lambda _: _range(effect, config))(config)
    often = getattr(config, one.probability)
    if one.has_range and often < 1:
        template = translate("effects", "{range}, in {share} %")
        return fill(template, {"range": words, "share": shown_number(percent(often))})
    return words


def flip_advice(first: str, second: str) -> tuple[str, str, tuple[str, str]]:
    """Why a flip may harm classes that mirror each other: a sentence, in brief, and the classes
    that are named there."""
    sentence = translate("effects", "A flip can turn one class into another ({first} / {second})")
    brief = translate("effects", "{first} ↔ {second}?")
    names = {"first": first, "second": second}
    return fill(sentence, names), fill(brief, names), (first, second)


def _ends(template: str, ends: tuple[float, float]) -> str:
    return fill(template, {"low": shown_number(ends[0]), "high": shown_number(ends[1])})


def _range(effect: str, config: AugmentationConfig) -> str:
    """The ends of an effect's range; what it does, where it has none."""
    if not BY_NAME[effect].has_range:
        return explanation(effect)
    templates = {
        "°": translate("effects", "{low}° to {high}°"),
        "×": translate("effects", "× {low} to {high}"),
        "px": translate("effects", "{low} to {high} pixels"),
        "": translate("effects", "{low} to {high}"),
    }
    return _ends(templates[record(effect).ranges[effect].unit], getattr(config, effect))


def _crop(config: AugmentationConfig) -> str:
    kept = say("effects", "keeps {share} % or more", share=shown_number(percent(config.crop)))
    if config.crop_aspect == (1, 1):
        return kept
    return kept + _ends(translate("effects", ", {low} to {high} : 1"), config.crop_aspect)


def _shift(config: AugmentationConfig) -> str:
    x, y = (percent(one) for one in config.translation)
    if x == y:
        return say("effects", "up to {share} %", share=shown_number(x))
    return say("effects", "x up to {x} %, y {y} %", x=shown_number(x), y=shown_number(y))


def _slant(config: AugmentationConfig) -> str:
    x, y = config.shear
    if x == y:
        return say("effects", "up to {degrees}°", degrees=shown_number(x))
    return say("effects", "x up to {x}°, y {y}°", x=shown_number(x), y=shown_number(y))


def _corners(config: AugmentationConfig) -> str:
    values = {"share": shown_number(percent(config.perspective))}
    return say("effects", "corners, by up to {share} %", **values)


def _area(config: AugmentationConfig) -> str:
    low, high = (percent(one) for one in config.erasing_area)
    return _ends(translate("effects", "{low} to {high} % of the area"), (low, high))


_SUMMARIES: dict[str, Callable[[AugmentationConfig], str]] = {
    "crop": _crop,
    "translation": _shift,
    "shear": _slant,
    "perspective": _corners,
    "noise": lambda config: _ends(translate("effects", "{low} to {high} levels"), config.noise),
    "jpeg": lambda config: _ends(translate("effects", "quality {low} to {high}"), config.jpeg),
    "erasing": _area,
}
