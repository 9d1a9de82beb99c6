"""Which advice stands beside which effect: what the check found, or what the names suggest."""

from __future__ import annotations

from core.augmentation_config import AugmentationConfig
from gui import effect_text, meaning_text
from gui.meaning_jobs import MeaningJobs
from gui.meaning_text import NO_ADVICE, Advice

EFFECTS = ("horizontal_flip", "vertical_flip", "quarter_turns", "rotation", "hue")
_FLIP = AugmentationConfig(horizontal_flip=1)


def by_effect(jobs: MeaningJobs, mirrored: tuple[str, str] | None) -> dict[str, Advice]:
    """The advice for each effect that can change a class.

    ``mirrored`` are the two classes whose names differ in "left" and "right" alone: a guess
    about a flip that stands until the check knows better.
    """
    findings = jobs.findings
    advice: dict[str, Advice] = dict.fromkeys(EFFECTS, NO_ADVICE)
    if findings is not None:
        advice = {effect: meaning_text.of_effect(findings, effect) for effect in EFFECTS}
    if mirrored is not None and not advice["horizontal_flip"][0]:
        knows = findings is not None and meaning_text.clears(findings, mirrored)
        if not (knows and jobs.has_checked(_FLIP)):
            advice["horizontal_flip"] = effect_text.flip_advice(*mirrored)
    return advice


def of_policy(jobs: MeaningJobs) -> str:
    """The advice about a policy whose effects have no rows of their own."""
    return meaning_text.of_all(jobs.findings) if jobs.findings and jobs.is_of_policy else ""
