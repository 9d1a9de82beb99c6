"""A recipe in few words: its sentence, its expected time, its blocks, its presets and their cost.

The sentence and the time are short enough for the rail and the run bar.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from core.common.messages import fill
from core.recipe import network
from core.recipe.config import EFFECTS, AugmentationConfig, RunConfig
from core.recipe.presets import PRESETS
from core.reports.words import TEMPLATES, CurveWords
from gui.base import words as base_words
from gui.base.words import say
from gui.recipe import heads
from gui.session.engine import EngineState
from gui.session.session import Session

SEPARATOR = " · "
_MOST_EFFECTS = 5  # the course's own all have room
translate = QCoreApplication.translate


def sentence(name: str, train: int, validation: int, recipe: RunConfig) -> str:
    """ "traffic-signs 384/96 · no augmentation · block 5 · softmax"."""
    pictures = f"{name} {base_words.count(train)}/{base_words.count(validation)}"
    parts = (pictures, _augmentation(recipe), _model(recipe))
    return SEPARATOR.join((*parts, heads.within(recipe.model.head.kind)))


def chosen(session: Session) -> str:
    """The sentence of what Train would train now."""
    if session.summary is None or session.split is None:
        return translate("recipe", "no pictures yet")
    counts = len(session.split.train), len(session.split.validation)
    return sentence(session.summary.name, *counts, session.recipe)


def expected_time(session: Session) -> str:
    """How long Train would take, or what is still missing to say so."""
    state = session.engine.state
    expected = session.estimate()
    if expected is None:
        return _waiting(state) if session.summary is not None else ""
    recipe = session.recipe
    if any(recipe.augments(stage) for stage in recipe.stages):
        without = session.estimate(session.with_augmentation(False))
        if without is not None and base_words.duration(without.total) != base_words.duration(
            expected.total
        ):
            values = {
                "views": recipe.augmentation.cached_views,
                "with": base_words.duration(expected.total),
                "without": base_words.duration(without.total),
            }
            return fill(_augmented_time(recipe), values) + _exception(recipe)
    return say("recipe", "{time} on this machine", time=base_words.duration(expected.total))


def exception(recipe: RunConfig) -> str:
    """Of a recipe that augments: "except in stage 1", "" where every stage does."""
    stages = enumerate(recipe.stages, 1)
    without = [str(number) for number, one in stages if not recipe.augments(one)]
    if not without:
        return ""
    template = translate("recipe", "except in stages {numbers}")
    if len(without) == 1:
        template = translate("recipe", "except in stage {numbers}")
    return fill(template, {"numbers": ", ".join(without)})


def _exception(recipe: RunConfig) -> str:
    words = exception(recipe)
    return say("recipe", ", {exception}", exception=words) if words else ""


def _augmented_time(recipe: RunConfig) -> str:
    views = recipe.augmentation.cached_views
    if views > 1:
        return translate(
            "recipe", "augmentation on: {with} instead of {without}, for {views} kept views"
        )
    if views:
        return translate("recipe", "augmentation on: {with} instead of {without}, for a kept view")
    return translate(
        "recipe", "augmentation on: {with} instead of {without}, features can't be computed once"
    )


def engine_text(state: EngineState) -> str:
    """What PyTorch is doing, "" once there is nothing to say."""
    return _waiting(state) if state in (EngineState.LOADING, EngineState.MEASURING) else ""


def augmentation_names(augmentation: AugmentationConfig) -> list[str]:
    """The effects that change anything, in the page's order; of many the first ones and how many
    more there are."""
    if augmentation.policy == "trivial":
        return [translate("recipe", "TrivialAugment")]
    on = [f"effect_{one.name}_short" for one in EFFECTS if one.is_on(augmentation)]
    names = list(dict.fromkeys(base_words.translate(code, {}) for code in on))
    if len(names) <= _MOST_EFFECTS:
        return names
    more = say("recipe", "{count} more", count=len(names) - _MOST_EFFECTS + 1)
    return [*names[: _MOST_EFFECTS - 1], more]


def thawed_blocks(recipe: RunConfig) -> tuple[int, ...]:
    """The blocks that some stage thaws."""
    return tuple(sorted({block for stage in recipe.stages for block in stage.thawed}))


def blocks(thawed: Sequence[int], depth: int) -> str:
    """Block numbers in words: "block 5", "blocks 3 to 5", "blocks 1, 5", "all blocks"."""
    return curve_words().blocks(thawed, depth)


def _augmentation(recipe: RunConfig) -> str:
    used = augmentation_names(recipe.augmentation)
    if not used or not any(recipe.augments(stage) for stage in recipe.stages):
        return translate("recipe", "no augmentation")
    return ", ".join(used)


def _model(recipe: RunConfig) -> str:
    thawed, depth = thawed_blocks(recipe), recipe.model.depth
    parts = [blocks(thawed, depth) if thawed else translate("recipe", "all frozen")]
    if depth < 5:
        parts.insert(0, say("recipe", "depth {depth}", depth=depth))
    if recipe.model.weights == "none":
        parts.insert(0, translate("recipe", "random weights"))
    return SEPARATOR.join(parts)


def _waiting(state: EngineState) -> str:
    match state:
        case EngineState.NOT_STARTED | EngineState.LOADING:
            return translate("recipe", "loading PyTorch…")
        case EngineState.MEASURING:
            return translate("recipe", "measuring this machine…")
        case EngineState.READY:
            return translate("recipe", "this machine could not be measured")
        case EngineState.FAILED:
            return ""


def title(name: str) -> str:
    """A preset's name."""
    names = {
        "feature-extractor": translate("presets", "Feature extractor"),
        "early-features": translate("presets", "Early features"),
        "fine-tune-last": translate("presets", "Fine-tune the last block"),
        "fine-tune-all": translate("presets", "Fine-tune everything"),
        "gradual-thawing": translate("presets", "Gradual thawing"),
        "from-scratch": translate("presets", "From scratch"),
    }
    return names[name]


def suits(name: str) -> str:
    """For which data a preset is, a sentence."""
    return base_words.translate(PRESETS[name].suits, {}) + "."


@dataclass(frozen=True)
class Cost:
    """What a preset costs: in words, in fewer words, what they mean, and in the fewest words."""

    words: str
    short: str
    hint: str
    shortest: str = ""


def cost(recipe: RunConfig, classes: int | None, seconds: float | None) -> Cost:
    """ "7.28 M parameters train · about 2 min here"; ``classes`` and ``seconds`` of the whole run
    are None where they are not known yet."""
    trained = max(network.thawed_parameters(recipe, number) for number in range(len(recipe.stages)))
    short = translate("presets", "{count} train")
    if classes is not None:
        words = translate("presets", "{count} parameters train")
        trained += network.head_parameters(recipe, classes)
    elif trained:
        words = translate("presets", "{count} parameters and the head train")
    else:
        words = short = translate("presets", "only the head trains")
    values = {"count": base_words.parameters(trained)}
    long, brief = [fill(words, values)], [fill(short, values)]
    if seconds is not None:
        time = base_words.duration(seconds)
        long.append(say("presets", "{time} here", time=time))
        brief.append(time)
    return Cost(" · ".join(long), " · ".join(brief), _hint(recipe, seconds), brief[-1])


def _hint(recipe: RunConfig, seconds: float | None) -> str:
    """What the numbers mean, for a tool tip."""
    parts = [translate("presets", "Parameters that the stage with most of them changes.")]
    if len(recipe.stages) == 1:
        parts = [translate("presets", "Parameters that this stage changes.")]
    if seconds is None:
        words = translate("presets", "How long it takes is told once this machine is measured.")
    else:
        words = translate(
            "presets",
            "The time is for all its epochs on this machine and these pictures, from a short "
            "measurement; epochs that were trained correct it.",
        )
    return " ".join([*parts, words])


def changes(names: Sequence[str]) -> tuple[str, str]:
    """How much of a recipe is not as the card has it, and the same in fewer words."""
    short = translate("presets", "1 change")
    if len(names) > 1:
        short = say("presets", "{count} changes", count=len(names))
    return say("presets", "{changes}: put back", changes=short), short


def changes_hint(names: Sequence[str]) -> str:
    """Which fields those are."""
    template = translate("presets", "Not as on this card: {names}. Click to put all of it back.")
    return fill(template, {"names": ", ".join(names)})


def curve_words() -> CurveWords:
    """The texts that matplotlib draws."""
    return CurveWords(
        template=lambda code: translate("curves", TEMPLATES[code]),
        percent=base_words.percent,
        parameters=base_words.parameters,
        count=base_words.count,
    )


def stage_names(number: int, thawed: Sequence[int], depth: int) -> tuple[str, ...]:
    """A stage and what it trains, ever shorter: "stage 2: block 5 + head", "stage 2", "2"."""
    return curve_words().stage(number, thawed, depth)
