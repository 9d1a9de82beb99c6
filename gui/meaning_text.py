"""What the check of meaning found, in words beside the effects that do it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from core.messages import fill
from gui import text

if TYPE_CHECKING:
    from core.augmentation import Parameters
    from core.meaning import Findings, MeaningWarning

Advice = tuple[str, str, tuple[str, ...]]
NO_ADVICE: Advice = ("", "", ())

_MOST = 4  # pairs of classes that are told
_TRUSTED = 0.5  # of the pictures recognised untouched: else nothing found means little

translate = QCoreApplication.translate


def of_effect(findings: Findings, effect: str) -> Advice:
    """Advice for one effect: sentences, in brief, and the classes that are named there."""
    alone = [one for one in findings.warnings if one.effects == (effect,)]
    told = {(one.from_class, one.to_class) for one in alone}
    for one in findings.warnings:
        pair = (one.from_class, one.to_class)
        if effect in one.effects and pair not in told:
            alone.append(one)
            told.add(pair)
    return _told(findings, alone)


def of_all(findings: Findings) -> str:
    """All that was found, in sentences."""
    pairs: dict[tuple[str, str], MeaningWarning] = {}
    for one in findings.warnings:
        pairs.setdefault((one.from_class, one.to_class), one)
    return _told(findings, list(pairs.values()))[0]


def clears(findings: Findings, classes: tuple[str, str]) -> bool:
    """Whether it means something that nothing was found about ``classes``."""
    return findings.recognised >= _TRUSTED and not set(classes) & set(findings.too_few)


def sentence(one: MeaningWarning) -> str:
    """ "38 of 40 “turn-left” pictures look like “turn-right” when flipped"."""
    template = translate(
        "meaning", "{turned} of {pictures} “{from}” pictures look like “{to}” {when}"
    )
    return fill(template, _values(one) | {"when": _when(one.transformation)})


def _told(findings: Findings, warnings: list[MeaningWarning]) -> Advice:
    if not warnings:
        return NO_ADVICE
    lines = [f"{sentence(one)}{_interval(one)}." for one in warnings[:_MOST]]
    if len(warnings) > _MOST:
        more = translate("meaning", "{count} more pairs of classes.")
        lines.append(fill(more, {"count": text.count(len(warnings) - _MOST)}))
    basis = translate(
        "meaning",
        "Small training pictures were compared; {share} of {pictures} were recognised untouched.",
    )
    values = {
        "share": text.percent(findings.recognised, digits=0),
        "pictures": text.count(findings.pictures),
    }
    lines.append(fill(basis, values))
    first = warnings[0]
    brief = fill(translate("meaning", "{from} → {to}"), _values(first))
    return "\n".join(lines), brief, (first.from_class, first.to_class)


def _values(one: MeaningWarning) -> dict[str, object]:
    return {
        "turned": one.turned,
        "pictures": one.pictures,
        "from": one.from_class,
        "to": one.to_class,
    }


def _interval(one: MeaningWarning) -> str:
    low, high = one.interval
    template = translate("meaning", " (95 % interval: {low} to {high})")
    ends = {"low": text.percent(low, digits=0), "high": text.percent(high, digits=0)}
    return fill(template, ends)


def _when(one: Parameters) -> str:
    if one.quarter_turns:
        words = {"degrees": 90 * one.quarter_turns}
        if one.horizontal_flip or one.vertical_flip:
            return fill(translate("meaning", "when flipped and turned by {degrees}°"), words)
        return fill(translate("meaning", "when turned by {degrees}°"), words)
    if one.horizontal_flip and one.vertical_flip:
        return translate("meaning", "when flipped both ways")
    if one.horizontal_flip:
        return translate("meaning", "when flipped")
    if one.vertical_flip:
        return translate("meaning", "when flipped upside down")
    if one.photometric.hue:
        template = translate("meaning", "when the hue is shifted by {degrees}°")
        return fill(template, {"degrees": _degrees(one.photometric.hue)})
    template = translate("meaning", "when turned by {degrees}°")
    return fill(template, {"degrees": _degrees(one.rotation)})


def _degrees(value: float) -> str:
    return text.number(value, 0).replace("-", "\N{MINUS SIGN}")
