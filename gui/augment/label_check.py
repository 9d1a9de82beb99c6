"""Advice beside effects and presets that may turn one class into another.

It comes from what the check of meaning found. Until the check knows better, it comes from class
names that differ in "left" and "right" alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from core.augmentation import presets as augmentation_presets
from core.common.messages import fill
from core.recipe.config import AugmentationConfig
from gui.augment import effects, tiles
from gui.base import words as base_words
from gui.base.words import say
from gui.session.label_check import MeaningJobs
from gui.session.session import Session

if TYPE_CHECKING:
    from core.augmentation.label_check import Findings, MeaningWarning
    from core.augmentation.parameters import Parameters

Advice = tuple[str, str, tuple[str, ...]]
NO_ADVICE: Advice = ("", "", ())

_MOST = 4  # pairs of classes that are told
_TRUSTED = 0.5  # of the pictures recognised untouched: else nothing found means little

translate = QCoreApplication.translate


def of_effect(findings: Findings, effect: str, shown: str = "") -> Advice:
    """Advice for one effect: sentences, in brief, and the classes that are named there; first
    about the class ``shown``."""
    with_it = [one for one in findings.warnings if effect in one.effects]
    alone_first = sorted(with_it, key=lambda one: len(one.effects))
    return _told(findings, _one_each(alone_first), shown)


def of_all(findings: Findings, shown: str = "") -> Advice:
    """Advice about all that was found; first about the class ``shown``."""
    return _told(findings, _one_each(findings.warnings), shown)


def clears(findings: Findings, classes: tuple[str, str]) -> bool:
    """Whether it means something that nothing was found about ``classes``."""
    return findings.recognised >= _TRUSTED and not set(classes) & set(findings.too_few)


def sentence(one: MeaningWarning) -> str:
    """ "38 of 40 “turn-left” pictures look like “turn-right” when flipped"."""
    template = translate(
        "meaning", "{turned} of {pictures} “{from}” pictures look like “{to}” {when}"
    )
    return fill(template, _values(one) | {"when": _when(one.transformation)})


def _one_each(warnings: Iterable[MeaningWarning]) -> list[MeaningWarning]:
    """The first warning about each pair of classes."""
    pairs: dict[tuple[str, str], MeaningWarning] = {}
    for one in warnings:
        pairs.setdefault((one.from_class, one.to_class), one)
    return list(pairs.values())


def _told(findings: Findings, warnings: list[MeaningWarning], shown: str) -> Advice:
    if not warnings:
        return NO_ADVICE
    warnings = sorted(warnings, key=lambda one: (one.from_class != shown, one.to_class != shown))
    lines = [f"{sentence(one)}{_interval(one)}." for one in warnings[:_MOST]]
    if len(warnings) > _MOST:
        more = translate("meaning", "{count} more pairs of classes.")
        lines.append(fill(more, {"count": base_words.count(len(warnings) - _MOST)}))
    lines += dict.fromkeys(_together(one) for one in warnings[:_MOST] if len(one.effects) > 1)
    basis = translate(
        "meaning",
        "Small training pictures were compared; {share} of {pictures} were recognised untouched.",
    )
    values = {
        "share": base_words.percent(findings.recognised, digits=0),
        "pictures": base_words.count(findings.pictures),
    }
    lines.append(fill(basis, values))
    brief, names = _in_brief(warnings, shown)
    return "\n".join(lines), brief, names


def _in_brief(warnings: list[MeaningWarning], shown: str) -> tuple[str, tuple[str, str]]:
    """The first pair of classes, both ways where both were found."""
    names = warnings[0].from_class, warnings[0].to_class
    template = translate("meaning", "{from} → {to}")
    if names[::-1] in {(one.from_class, one.to_class) for one in warnings}:
        template = translate("meaning", "{from} ↔ {to}")
        first, second = sorted(names, key=lambda name: (name != shown, name))
        names = first, second
    return fill(template, {"from": names[0], "to": names[1]}), names


def _together(one: MeaningWarning) -> str:
    """ "Vertical flip and Quarter turns do this only together." """
    *others, last = (effects.name(effect) for effect in one.effects)
    template = translate("meaning", "“{effects}” and “{last}” do this only together.")
    between = translate("meaning", "”, “")
    return fill(template, {"effects": between.join(others), "last": last})


def _values(one: MeaningWarning) -> dict[str, object]:
    return {
        "turned": one.turned,
        "pictures": one.pictures,
        "from": one.from_class,
        "to": one.to_class,
    }


def _interval(one: MeaningWarning) -> str:
    low, high = one.interval
    ends = {"low": base_words.percent(low, digits=0), "high": base_words.percent(high, digits=0)}
    return say("meaning", " (95 % interval: {low} to {high})", **ends)


def _when(one: Parameters) -> str:
    turned = 90 * one["quarter_turns"] or one["rotation"]
    values = {"degrees": _degrees(turned or one["hue"])}
    match (one["horizontal_flip"], one["vertical_flip"], bool(turned)):
        case (True, True, True):
            words = translate("meaning", "when flipped both ways and turned by {degrees}°")
        case (True, True, False):
            words = translate("meaning", "when flipped both ways")
        case (True, False, True):
            words = translate("meaning", "when flipped and turned by {degrees}°")
        case (True, False, False):
            words = translate("meaning", "when flipped")
        case (False, True, True):
            words = translate("meaning", "when flipped upside down and turned by {degrees}°")
        case (False, True, False):
            words = translate("meaning", "when flipped upside down")
        case (_, _, True):
            words = translate("meaning", "when turned by {degrees}°")
        case _:
            words = translate("meaning", "when the hue is shifted by {degrees}°")
    return fill(words, values)


def _degrees(value: float) -> str:
    return base_words.number(value, 0).replace("-", "\N{MINUS SIGN}")


EFFECTS = ("horizontal_flip", "vertical_flip", "quarter_turns", "rotation", "hue")
_FLIP = AugmentationConfig(horizontal_flip=1)
_Pair = tuple[str, str]


def by_effect(jobs: MeaningJobs, mirrored: _Pair | None, shown: str = "") -> dict[str, Advice]:
    """The advice for each effect that can change a class, beginning with the class ``shown``.

    ``mirrored`` are the two classes whose names differ in "left" and "right" alone: a guess
    about a flip that stands until the check knows better.
    """
    findings = jobs.findings
    advice: dict[str, Advice] = dict.fromkeys(EFFECTS, NO_ADVICE)
    if findings is not None:
        advice = {effect: of_effect(findings, effect, shown) for effect in EFFECTS}
    if mirrored is not None and not advice["horizontal_flip"][0]:
        advice["horizontal_flip"] = _of_names(jobs, mirrored, shown)
    return advice


def of_config(
    jobs: MeaningJobs, mirrored: _Pair | None, config: AugmentationConfig, shown: str = ""
) -> Advice:
    """The advice about a whole configuration."""
    findings = jobs.of(config)
    if findings is not None and findings.warnings:
        return of_all(findings, shown)
    if mirrored is not None and config.policy == "ranges" and config.horizontal_flip:
        return _of_names(jobs, mirrored, shown)
    return NO_ADVICE


def of_policy(
    jobs: MeaningJobs, mirrored: _Pair | None, config: AugmentationConfig, shown: str = ""
) -> str:
    """The advice about a policy, whose effects have no rows of their own; "" for ranges."""
    return "" if config.policy == "ranges" else of_config(jobs, mirrored, config, shown)[0]


def of_presets(
    jobs: MeaningJobs, mirrored: _Pair | None, config: AugmentationConfig, shown: str = ""
) -> dict[str, str]:
    """The advice about each preset with the fill of ``config``, by its name."""
    return {
        name: of_config(jobs, mirrored, augmentation_presets.applied(name, config), shown)[0]
        for name in augmentation_presets.NAMES
    }


def in_use(session: Session) -> Advice:
    """The advice about what training would use."""
    recipe, summary = session.recipe, session.summary
    if summary is None or not any(recipe.augments(stage) for stage in recipe.stages):
        return NO_ADVICE
    mirrored = tiles.mirrored_classes(summary.classes)
    return of_config(session.meaning, mirrored, recipe.augmentation)


def _of_names(jobs: MeaningJobs, mirrored: _Pair, shown: str) -> Advice:
    found = jobs.of(_FLIP) if jobs.has_checked(_FLIP) else None
    if found is not None and clears(found, mirrored):
        return NO_ADVICE
    first, second = mirrored
    return effects.flip_advice(*((second, first) if shown == second else mirrored))
