"""The five steps of the rail: what each is called, its state, and its one line."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QCoreApplication

from core.config import RunConfig, StageConfig
from core.messages import fill
from gui import progress, recipe_text, text
from gui.session import Session

STEPS = ("data", "augment", "model", "train", "results")
translate = QCoreApplication.translate


class StepState(Enum):
    """What has been done about a step."""

    MISSING = "missing"
    DOUBTFUL = "doubtful"
    DEFAULT = "default"
    SET = "set"


@dataclass(frozen=True)
class StepStatus:
    """A step's state and the line under its name."""

    state: StepState
    line: str


def title(step: str) -> str:
    """The step's name."""
    names = {
        "data": translate("steps", "Data"),
        "augment": translate("steps", "Augment"),
        "model": translate("steps", "Model"),
        "train": translate("steps", "Train"),
        "results": translate("steps", "Results"),
    }
    return names[step]


def state_name(state: StepState) -> str:
    """The state in a word, for tool tips and screen readers."""
    names = {
        StepState.MISSING: translate("steps", "missing"),
        StepState.DOUBTFUL: translate("steps", "to be looked at"),
        StepState.DEFAULT: translate("steps", "default"),
        StepState.SET: translate("steps", "set"),
    }
    return names[state]


def status(step: str, session: Session) -> StepStatus:
    """The state and line of one of ``STEPS``."""
    return _STATUS[step](session)


def _data(session: Session) -> StepStatus:
    if session.is_scanning:
        state = StepState.MISSING if session.summary is None else StepState.SET
        return StepStatus(state, translate("steps", "reading…"))
    if session.summary is None or session.split is None:
        return StepStatus(StepState.MISSING, translate("steps", "no pictures yet"))
    parts = session.split
    counts = {
        "images": text.count(len(parts.train) + len(parts.validation) + len(parts.test)),
        "classes": len(session.summary.classes),
    }
    line = fill(translate("steps", "{images} · {classes} classes"), counts)
    if session.dataset_error() is not None:
        return StepStatus(StepState.MISSING, line)
    if session.has_leaks:
        words = fill(translate("steps", "{images} · leaks found"), counts)
        return StepStatus(StepState.DOUBTFUL, words)
    return StepStatus(StepState.SET, line)


def _augment(session: Session) -> StepStatus:
    names = recipe_text.augmentation_names(session.recipe.augmentation)
    if not names:
        return StepStatus(StepState.DEFAULT, translate("steps", "off"))
    if not any(session.recipe.augments(stage) for stage in session.recipe.stages):
        return StepStatus(StepState.SET, translate("steps", "used in no stage"))
    return StepStatus(StepState.SET, ", ".join(names))


def _model(session: Session) -> StepStatus:
    recipe, default = session.recipe, RunConfig()
    thawed = recipe_text.thawed_blocks(recipe)
    if thawed:
        words = recipe_text.blocks(thawed, recipe.model.depth)
        line = fill(translate("steps", "{blocks} thawed"), {"blocks": words})
    else:
        line = translate("steps", "all frozen")
    is_default = recipe.model == default.model and _thawing(recipe) == _thawing(default)
    return StepStatus(StepState.DEFAULT if is_default else StepState.SET, line)


def _train(session: Session) -> StepStatus:
    if session.is_training:
        return StepStatus(StepState.SET, _running(session))
    if session.engine.error is not None:
        return StepStatus(StepState.MISSING, translate("steps", "no PyTorch"))
    epochs = " + ".join(str(stage.epochs) for stage in session.recipe.stages)
    line = fill(translate("steps", "{epochs} epochs"), {"epochs": epochs})
    is_default = _training(session.recipe) == _training(RunConfig())
    return StepStatus(StepState.DEFAULT if is_default else StepState.SET, line)


def _running(session: Session) -> str:
    if session.is_stopping:
        return translate("steps", "stopping…")
    recipe = session.running_recipe
    if recipe is None or not session.history.stages or session.is_preparing:
        return translate("steps", "preparing…")
    now = progress.of_run(session.history, recipe, None)
    values = {"stage": now.stage, "epoch": now.epoch, "epochs": now.epochs}
    if session.is_paused:
        return fill(translate("steps", "paused at {epoch}/{epochs}"), values)
    return fill(translate("steps", "st. {stage} {epoch}/{epochs}"), values)


def _results(session: Session) -> StepStatus:
    if session.result is not None:
        return StepStatus(StepState.SET, text.percent(session.result.accuracy))
    best = session.history.best
    if best is not None and session.is_training:
        template = translate("steps", "{accuracy} so far")
        line = fill(template, {"accuracy": text.percent(best.validation.accuracy)})
        return StepStatus(StepState.DEFAULT, line)
    return StepStatus(StepState.MISSING, translate("steps", "none yet"))


def _thawing(recipe: RunConfig) -> list[tuple[int, ...]]:
    return [stage.thawed for stage in recipe.stages]


def _training(recipe: RunConfig) -> tuple[object, ...]:
    """What the Train step sets: everything about the stages but the blocks, and the rest."""
    plain = [stage.model_copy(update={"thawed": StageConfig().thawed}) for stage in recipe.stages]
    return plain, recipe.batch_size, recipe.seed, recipe.precision, recipe.device


_STATUS: dict[str, Callable[[Session], StepStatus]] = {
    "data": _data,
    "augment": _augment,
    "model": _model,
    "train": _train,
    "results": _results,
}
