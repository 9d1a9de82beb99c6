"""A recipe and its expected time in the few words that rail and bar have room for."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from core.config import AugmentationConfig, RunConfig
from core.messages import fill
from gui import text
from gui.engine import EngineState
from gui.session import Session

SEPARATOR = " · "
translate = QCoreApplication.translate


def sentence(name: str, train: int, validation: int, recipe: RunConfig) -> str:
    """ "traffic-signs 384/96 · no augmentation · block 5 · softmax"."""
    pictures = f"{name} {text.count(train)}/{text.count(validation)}"
    parts = (pictures, _augmentation(recipe), _model(recipe), recipe.model.head.kind)
    return SEPARATOR.join(parts)


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
        if without is not None and text.duration(without.total) != text.duration(expected.total):
            template = translate(
                "recipe",
                "augmentation on: {with} instead of {without}, features can't be computed once",
            )
            values = {
                "with": text.duration(expected.total),
                "without": text.duration(without.total),
            }
            return fill(template, values)
    return fill(
        translate("recipe", "{time} on this machine"), {"time": text.duration(expected.total)}
    )


def engine_text(state: EngineState) -> str:
    """What PyTorch is doing, "" once there is nothing to say."""
    return _waiting(state) if state in (EngineState.LOADING, EngineState.MEASURING) else ""


def augmentation_names(augmentation: AugmentationConfig) -> list[str]:
    """The effects that change anything, in the page's order."""
    flips = augmentation.horizontal_flip > 0 or augmentation.vertical_flip > 0
    effects = (
        (translate("recipe", "flip"), flips),
        (translate("recipe", "rotation"), augmentation.rotation != (0, 0)),
        (translate("recipe", "scale"), augmentation.scale != (1, 1)),
        (translate("recipe", "crop"), augmentation.crop != 1),
        (translate("recipe", "translation"), augmentation.translation != (0, 0)),
    )
    return [name for name, is_used in effects if is_used]


def thawed_blocks(recipe: RunConfig) -> tuple[int, ...]:
    """The blocks that some stage thaws."""
    return tuple(sorted({block for stage in recipe.stages for block in stage.thawed}))


def blocks(thawed: Sequence[int], depth: int) -> str:
    """Block numbers in words: "block 5", "blocks 3 to 5", "blocks 1, 5", "all blocks"."""
    if not thawed:
        return translate("recipe", "no block")
    if len(thawed) == depth:
        return translate("recipe", "all blocks")
    if len(thawed) == 1:
        return fill(translate("recipe", "block {number}"), {"number": thawed[0]})
    if len(thawed) > 2 and thawed[-1] - thawed[0] == len(thawed) - 1:
        return fill(
            translate("recipe", "blocks {first} to {last}"),
            {"first": thawed[0], "last": thawed[-1]},
        )
    return fill(translate("recipe", "blocks {numbers}"), {"numbers": ", ".join(map(str, thawed))})


def _augmentation(recipe: RunConfig) -> str:
    used = augmentation_names(recipe.augmentation)
    if not used or not any(recipe.augments(stage) for stage in recipe.stages):
        return translate("recipe", "no augmentation")
    return ", ".join(used)


def _model(recipe: RunConfig) -> str:
    thawed, depth = thawed_blocks(recipe), recipe.model.depth
    parts = [blocks(thawed, depth) if thawed else translate("recipe", "all frozen")]
    if depth < 5:
        parts.insert(0, fill(translate("recipe", "depth {depth}"), {"depth": depth}))
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
