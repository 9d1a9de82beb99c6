"""What is said of a run that trains: what will happen, and how far it is."""

from PySide6.QtCore import QCoreApplication

from core.common.messages import fill
from core.compute import estimate
from core.recipe.config import RunConfig
from core.runs.events import CacheProgress
from core.runs.history import History
from gui.base import words as base_words
from gui.base.words import say
from gui.recipe import words as recipe_words
from gui.session import progress
from gui.session.engine import EngineState
from gui.session.session import Session

translate = QCoreApplication.translate


def why_not(session: Session) -> str:
    """Why Train would not train now, "" where it would."""
    if session.summary is None and session.is_scanning:
        return translate("run", "reading the pictures…")
    error = session.why_not_trainable()
    return base_words.error_text(error) if error is not None else ""


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
    # another folder may be open by now
    expected = estimate.estimate(recipe, speed, *counts, test=started.test_images)
    return progress.of_run(session.history, recipe, expected)


def progress_line(session: Session) -> str:
    """How far the run is that trains, in one line."""
    parts = [_running(session)]
    if session.running_recipe not in (None, session.recipe):
        parts.append(translate("run", "changes are for the next run"))
    return recipe_words.SEPARATOR.join(parts)


def _running(session: Session) -> str:
    if session.is_stopping:
        return translate("run", "stopping…")
    now = progress_of(session)
    if not now.stage or session.is_preparing:
        return _preparing(session)
    values = {"stage": now.stage, "epoch": now.epoch, "epochs": now.epochs}
    parts = [translate("run", "paused")] if session.is_paused else []
    parts.append(say("run", "stage {stage}", **values))
    features = session.history.progress
    if features is not None:
        counts = {
            "done": base_words.count(features.done),
            "total": base_words.count(features.total),
        }
        parts.append(say("run", "computing features: {done} of {total}", **counts))
    else:
        parts.append(say("run", "epoch {epoch} of {epochs}", **values))
    if now.seconds_left is not None:
        parts.append(say("run", "{time} left", time=base_words.duration(now.seconds_left)))
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
        said = base_words.translate(step.code, step.values)
    elif session.engine.state in (EngineState.NOT_STARTED, EngineState.LOADING):
        said = translate("run", "loading PyTorch…")
    if session.is_paused:
        said = recipe_words.SEPARATOR.join((said, translate("run", "pauses then")))
    return said


_SENTENCES = 3  # a recipe of more stages is told in part


def plan(recipe: RunConfig) -> str:
    """What Train will do, a line for each stage."""
    sentences = [_stage(recipe, index) for index in range(min(len(recipe.stages), _SENTENCES))]
    left = len(recipe.stages) - _SENTENCES
    if left > 0:
        sentences.append(say("train", "{count} more stages follow.", count=left))
    return "\n".join(sentences)


def running(session: Session) -> tuple[str, float]:
    """How far the run is, and the share of it that is done."""
    if session.is_stopping:
        return translate("train", "Stopping…"), progress_of(session).share
    features, now = session.history.progress, progress_of(session)
    if features is not None and features.total and not session.is_preparing:
        said = computing(features, now.passes_left if _keeps_views(session) else 0)
        if session.is_paused:
            said = translate("train", "Paused.") + " " + said
        return said, now.share
    if not now.stage or session.is_preparing:
        said = progress_line(session)  # which stands behind others in the run's bar
        return said[:1].upper() + said[1:], now.share
    values = {name: base_words.count(getattr(now, name)) for name in _COUNTS}
    parts = [translate("train", "Paused")] if session.is_paused else []
    parts += [
        say("train", "Stage {stage} of {stages}", **values),
        say("train", "epoch {epoch} of {epochs}", **values),
    ]
    if now.batches:
        parts.append(say("train", "batch {batch} of {batches}", **values))
    if now.seconds_left is not None:
        parts.append(say("train", "{time} left", time=base_words.duration(now.seconds_left)))
    if asked := asked_for(session):
        parts.append(asked)
    return recipe_words.SEPARATOR.join(parts), now.share


_COUNTS = ("stage", "stages", "epoch", "epochs", "batch", "batches")


def computing(features: CacheProgress, views_left: int = 0) -> str:
    """How many of how many pictures have gone through the frozen blocks, and what follows:
    epochs that compute further views, or none."""
    values = {"done": base_words.count(features.done), "total": base_words.count(features.total)}
    template = translate(
        "train", "Computing the frozen blocks' outputs: {done} of {total} pictures"
    )
    said = fill(template, values)
    if features.seconds_left is not None:
        said += say("train", ", {time} left", time=base_words.duration(features.seconds_left))
    said += "."
    if views_left == 1:
        return said + " " + translate("train", "The next epoch computes one more view.")
    if views_left:
        template = translate("train", "Each of the next {count} epochs computes one more view.")
        return said + " " + fill(template, {"count": base_words.count(views_left)})
    if features.epoch_seconds is not None:
        cost = {"time": base_words.elapsed(max(features.epoch_seconds, 0.1))}
        said += " " + say("train", "Afterwards an epoch takes about {time}.", **cost)
    return said


def _keeps_views(session: Session) -> bool:
    """Whether the stage that trains takes kept views of its pictures in turn."""
    recipe, stages = session.running_recipe, session.history.stages
    if recipe is None or not stages or not recipe.augmentation.cached_views:
        return False
    return recipe.augments(recipe.stages[stages[-1].stage - 1])


def _stage(recipe: RunConfig, index: int) -> str:
    stage = recipe.stages[index]
    values = {
        "stage": index + 1,
        "epochs": base_words.count(stage.epochs),
        "blocks": recipe_words.blocks(stage.thawed, recipe.model.depth),
    }
    if stage.thawed:
        template = translate(
            "train", "Stage {stage} thaws {blocks} and trains it with the head for {epochs} epochs."
        )
        if len(stage.thawed) > 1:
            template = translate(
                "train",
                "Stage {stage} thaws {blocks} and trains them with the head for {epochs} epochs.",
            )
    elif recipe.augments(stage):
        template = translate(
            "train",
            "Stage {stage} trains the new head for {epochs} epochs; every block stays frozen, "
            "and augmented pictures pass through them each time.",
        )
    else:
        template = translate(
            "train",
            "Stage {stage} trains the new head for {epochs} epochs; every block stays frozen, "
            "so its outputs are computed only once.",
        )
    return fill(template, values)
