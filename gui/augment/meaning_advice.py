"""Which advice stands beside which effect: what the check found, or what the names suggest."""

from __future__ import annotations

from core.recipe.config import AugmentationConfig
from gui.augment import effects, label_check, presets_, preview
from gui.augment.label_check import NO_ADVICE, Advice
from gui.session.label_check import MeaningJobs
from gui.session.training import TrainingSession

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
        advice = {effect: label_check.of_effect(findings, effect, shown) for effect in EFFECTS}
    if mirrored is not None and not advice["horizontal_flip"][0]:
        advice["horizontal_flip"] = _of_names(jobs, mirrored, shown)
    return advice


def of_config(
    jobs: MeaningJobs, mirrored: _Pair | None, config: AugmentationConfig, shown: str = ""
) -> Advice:
    """The advice about a whole configuration."""
    findings = jobs.of(config)
    if findings is not None and findings.warnings:
        return label_check.of_all(findings, shown)
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
        name: of_config(jobs, mirrored, presets_.applied(name, config), shown)[0]
        for name in presets_.NAMES
    }


def in_use(session: TrainingSession) -> Advice:
    """The advice about what training would use."""
    recipe, summary = session.recipe, session.summary
    if summary is None or not any(recipe.augments(stage) for stage in recipe.stages):
        return NO_ADVICE
    mirrored = preview.mirrored_classes(summary.classes)
    return of_config(session.meaning, mirrored, recipe.augmentation)


def _of_names(jobs: MeaningJobs, mirrored: _Pair, shown: str) -> Advice:
    found = jobs.of(_FLIP) if jobs.has_checked(_FLIP) else None
    if found is not None and label_check.clears(found, mirrored):
        return NO_ADVICE
    first, second = mirrored
    return effects.flip_advice(*((second, first) if shown == second else mirrored))
