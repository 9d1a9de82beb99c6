"""What each control of a run is called, what it does, and why it can't be used now."""

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from core.common.messages import ThawError, fill
from gui.base import words as base_words
from gui.session.session import Session

translate = QCoreApplication.translate


@dataclass(frozen=True)
class Offer:
    """A control's ``words``, and its tool tip: what it does, or why it cannot be done."""

    words: str
    tip: str
    is_possible: bool = True


def go(session: Session) -> Offer:
    """Pause, or go on, with the run that trains or was stopped."""
    if not session.is_training and session.can_resume and session.run is not None:
        return _resume(session, session.run.name)
    if (why_not := _hopeless(session)) is not None:
        return Offer(translate("control", "&Resume the run"), why_not, False)
    if session.is_paused:
        return Offer(
            translate("control", "&Resume"), translate("control", "Goes on with the training")
        )
    tip = translate("control", "Holds the training after this batch, until Resume")
    return _if_training(session, translate("control", "&Pause"), tip)


def finish(session: Session) -> Offer:
    """Stop after this epoch."""
    words = translate("control", "&Finish this epoch and stop")
    tip = translate("control", "Trains this epoch to its end, keeps it, and stops then")
    return _if_training(session, words, tip)


def next_stage(session: Session) -> Offer:
    """End the stage after this epoch."""
    words = translate("control", "&Next stage")
    if session.is_training and not session.is_stopping:
        if not session.history.stages or session.is_preparing:
            return Offer(words, translate("control", "No stage has begun yet"), False)
        if not session.has_later_stage:
            return Offer(words, translate("control", "This is the last stage"), False)
    template = translate(
        "control", "Ends stage {stage} with this epoch and goes on with stage {next}"
    )
    number = session.history.stages[-1].stage if session.history.stages else 1
    tip = fill(template, {"stage": number, "next": number + 1})
    return _if_training(session, words, tip)


def queue(session: Session) -> Offer:
    """Put the chosen recipe into the queue of the next experiment."""
    words = translate("control", "Add to &queue")
    if count := len(session.experiments.queue):
        words = fill(translate("control", "Add to &queue ({count} there)"), {"count": count})
    tip = translate(
        "control",
        "Keeps the present recipe for an experiment: Compare, Experiments trains all of them "
        "with several seeds",
    )
    return Offer(words, tip)


def stop(session: Session) -> Offer:
    """Stop at once."""
    words = translate("control", "&Stop")
    tip = translate(
        "control", "Ends the run within a second; what it learned is kept, and it can be resumed"
    )
    return _if_training(session, words, tip)


def extend(session: Session) -> Offer:
    """More epochs for a run."""
    words = translate("control", "&More epochs…")
    if session.is_training:
        return Offer(words, translate("control", "More epochs can be added once it ends"), False)
    if session.experiments.is_running:
        return Offer(words, _experiment(), False)
    if session.engine.error is not None:
        return Offer(words, base_words.error_text(session.engine.error), False)
    if (why_not := _hopeless(session)) is not None:
        return Offer(words, why_not, False)
    if not session.can_extend or session.run is None:
        return Offer(words, translate("control", "There is no run that could go on"), False)
    template = translate("control", "Gives the last stage of {run} more epochs and trains them")
    return Offer(words, fill(template, {"run": session.run.name}))


def _resume(session: Session, name: str) -> Offer:
    words = translate("control", "&Resume the run")
    if session.engine.error is not None:
        return Offer(words, base_words.error_text(session.engine.error), False)
    template = translate("control", "Goes on with {run} as if it had never stopped")
    return Offer(words, fill(template, {"run": name}))


def _hopeless(session: Session) -> str | None:
    """Why the run that is shown would end again as it did; None where it would not."""
    finished = session.history.finished
    if session.is_training or finished is None or not session.history.is_hopeless:
        return None
    return base_words.translate(finished.code, finished.values)


def _experiment() -> str:
    """Why no run can be steered or gone on with while an experiment runs."""
    return base_words.error_text(ThawError("experiment_runs"))


def _if_training(session: Session, words: str, tip: str) -> Offer:
    if session.is_stopping:
        return Offer(words, translate("control", "The run is ending already"), False)
    if session.experiments.is_running:
        return Offer(words, _experiment(), False)
    if not session.is_training:
        return Offer(words, translate("control", "No run trains now"), False)
    return Offer(words, tip)
