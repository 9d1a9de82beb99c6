"""The six steps of the rail: what each is called, its state, and its one line."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QCoreApplication

from core.common.messages import fill
from core.recipe.config import RunConfig
from gui.augment import label_check as augment_label_check
from gui.base import words as base_words
from gui.recipe import words as recipe_words
from gui.session import progress
from gui.session.session import Session

STEPS = ("data", "augment", "model", "train", "results", "compare")
translate = QCoreApplication.translate


class StepState(Enum):
    """What has been done about a step: ``SET`` alone has a tick; ``OPEN`` is not done yet."""

    MISSING = "missing"
    DOUBTFUL = "doubtful"
    OPEN = "open"
    DEFAULT = "default"
    SET = "set"


@dataclass(frozen=True)
class StepStatus:
    """A step's state, the line under its name, and what more there is to say of it."""

    state: StepState
    line: str
    more: str = ""


def title(step: str) -> str:
    """The step's name."""
    names = {
        "data": translate("steps", "Data"),
        "augment": translate("steps", "Augment"),
        "model": translate("steps", "Model"),
        "train": translate("steps", "Train"),
        "results": translate("steps", "Results"),
        "compare": translate("steps", "Compare"),
    }
    return names[step]


def state_name(state: StepState) -> str:
    """The state in a word, for tool tips and screen readers."""
    names = {
        StepState.MISSING: translate("steps", "missing"),
        StepState.DOUBTFUL: translate("steps", "to be looked at"),
        StepState.OPEN: translate("steps", "open"),
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
        "images": base_words.count(len(parts.train) + len(parts.validation) + len(parts.test)),
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
    names = recipe_words.augmentation_names(session.recipe.augmentation)
    if not names:
        return StepStatus(StepState.DEFAULT, translate("steps", "off"))
    if not any(session.recipe.augments(stage) for stage in session.recipe.stages):
        return StepStatus(StepState.DOUBTFUL, translate("steps", "used in no stage"))
    if risk := augment_label_check.in_use(session)[0]:
        return StepStatus(StepState.DOUBTFUL, translate("steps", "may mix up classes"), risk)
    return StepStatus(StepState.SET, ", ".join(names))


def _model(session: Session) -> StepStatus:
    recipe, default = session.recipe, RunConfig()
    thawed = recipe_words.thawed_blocks(recipe)
    if thawed:
        words = recipe_words.blocks(thawed, recipe.model.depth)
        line = fill(translate("steps", "{blocks} thawed"), {"blocks": words})
    else:
        line = translate("steps", "all frozen")
    is_default = (recipe.model, recipe.stages) == (default.model, default.stages)
    return StepStatus(StepState.DEFAULT if is_default else StepState.SET, line)


def _train(session: Session) -> StepStatus:
    if session.is_training:
        return StepStatus(StepState.OPEN, _running(session))
    if session.engine.error is not None:
        return StepStatus(StepState.MISSING, translate("steps", "no PyTorch"))
    epochs = " + ".join(str(stage.epochs) for stage in session.recipe.stages)
    line = fill(translate("steps", "{epochs} epochs"), {"epochs": epochs})
    return StepStatus(StepState.SET if _is_trained(session) else StepState.OPEN, line)


def _is_trained(session: Session) -> bool:
    """Whether the recipe has been trained to its end."""
    run, finished = session.run, session.history.finished
    has_ended = finished is not None and finished.outcome == "finished"
    return has_ended and run is not None and run.config == session.recipe


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
        return StepStatus(StepState.SET, base_words.percent(session.result.accuracy))
    best = session.history.best
    if best is not None and session.is_training:
        template = translate("steps", "{accuracy} so far")
        line = fill(template, {"accuracy": base_words.percent(best.validation.accuracy)})
        return StepStatus(StepState.OPEN, line)
    return StepStatus(StepState.MISSING, translate("steps", "none yet"))


def _compare(session: Session) -> StepStatus:
    if session.experiments.is_running:
        return StepStatus(StepState.OPEN, translate("steps", "experiment runs"))
    return StepStatus(StepState.DEFAULT, translate("steps", "runs, experiments"))


_STATUS: dict[str, Callable[[Session], StepStatus]] = {
    "data": _data,
    "augment": _augment,
    "model": _model,
    "train": _train,
    "results": _results,
    "compare": _compare,
}
