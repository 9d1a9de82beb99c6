"""What the run bar says: the recipe, the expected time, or how far the run is."""

from PySide6.QtCore import QCoreApplication

from core.common.messages import fill
from core.compute import estimate
from core.runs.history import History
from gui.augment import label_check as augment_label_check
from gui.base import words
from gui.recipe import words as recipe_words
from gui.session import progress
from gui.session.engine import EngineState
from gui.session.session import Session

translate = QCoreApplication.translate


def recipe(session: Session) -> str:
    """The sentence of the recipe that trains, or that Train would train."""
    running, started = session.running_recipe, session.history.started
    if running is None or session.run is None or started is None:
        return recipe_words.chosen(session)
    counts = started.train_images, started.validation_images
    return recipe_words.sentence(session.run.folder.name, *counts, running)


def status(session: Session) -> str:
    """The line under it: the time, the reason why Train can't, or the run's progress."""
    if not session.is_training:
        return why_not(session) or _ready(session)
    parts = [_running(session)]
    if session.running_recipe not in (None, session.recipe):
        parts.append(translate("run", "changes are for the next run"))
    return recipe_words.SEPARATOR.join(parts)


def _ready(session: Session) -> str:
    parts = [recipe_words.expected_time(session)]
    if pair := augment_label_check.in_use(session)[1]:
        template = translate("run", "augmentation may mix up {classes}")
        parts.append(fill(template, {"classes": pair}))
    return recipe_words.SEPARATOR.join(part for part in parts if part)


def advice(session: Session) -> str:
    """More about what the bar warns of, "" for nothing."""
    return "" if session.is_training or why_not(session) else augment_label_check.in_use(session)[0]


def why_not(session: Session) -> str:
    """Why Train would not train now, "" where it would."""
    if session.summary is None and session.is_scanning:
        return translate("run", "reading the pictures…")
    error = session.why_not_trainable()
    return words.error_text(error) if error is not None else ""


def progress_of(session: Session) -> progress.RunProgress:
    """How far the run is. Raises ``ValueError`` where none trains."""
    if not session.is_training:
        raise ValueError("no run trains")
    recipe = session.running_recipe
    if recipe is None:  # a run that is being opened: what is shown may be another one
        return progress.of_run(History(), session.recipe, None)
    started, speed = session.history.started, session.engine.speed
    if started is None or speed is None:
        return progress.of_run(session.history, recipe, session.estimate(recipe))
    counts = started.train_images, started.validation_images
    expected = estimate.estimate(recipe, speed, *counts)  # another folder may be open by now
    return progress.of_run(session.history, recipe, expected)


def _running(session: Session) -> str:
    if session.is_stopping:
        return translate("run", "stopping…")
    now = progress_of(session)
    if not now.stage or session.is_preparing:
        return _preparing(session)
    values = {"stage": now.stage, "epoch": now.epoch, "epochs": now.epochs}
    parts = [translate("run", "paused")] if session.is_paused else []
    parts.append(fill(translate("run", "stage {stage}"), values))
    features = session.history.progress
    if features is not None:
        counts = {"done": words.count(features.done), "total": words.count(features.total)}
        parts.append(fill(translate("run", "computing features: {done} of {total}"), counts))
    else:
        parts.append(fill(translate("run", "epoch {epoch} of {epochs}"), values))
    if now.seconds_left is not None:
        left = {"time": words.duration(now.seconds_left)}
        parts.append(fill(translate("run", "{time} left"), left))
    if asked := asked_for(session):
        parts.append(asked)
    return recipe_words.SEPARATOR.join(parts)


def asked_for(session: Session) -> str:
    """What happens at the end of this epoch because a person asked for it, "" for nothing."""
    if session.finishes_epoch:
        return translate("run", "stops after this epoch")
    if session.ends_stage:
        return translate("run", "next stage after this epoch")
    return ""


def _preparing(session: Session) -> str:
    said, step = translate("run", "preparing the run…"), session.history.preparing
    if step is not None:
        said = words.translate(step.code, step.values)
    elif session.engine.state in (EngineState.NOT_STARTED, EngineState.LOADING):
        said = translate("run", "loading PyTorch…")
    if session.is_paused:
        said = recipe_words.SEPARATOR.join((said, translate("run", "pauses then")))
    return said
