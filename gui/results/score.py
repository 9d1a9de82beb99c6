"""What the Results page says: how the run ended, what was kept, and what was skipped."""

from PySide6.QtCore import QCoreApplication

from core.common.messages import SENTENCES, fill
from core.dataset.folder import printable
from core.runs.history import History
from gui.base import words
from gui.recipe import words as recipe_words
from gui.session.session import Session

translate = QCoreApplication.translate


def headline(session: Session) -> str:
    """How the run ended, or that it goes on; "" before it has said anything."""
    history = session.history
    if session.is_training and history.finished is None:
        return translate("results", "Training is under way: this is the epoch kept so far.")
    finished = history.finished
    values: dict[str, object] = {
        "done": words.count(len(history.epochs)),
        "planned": words.count(_planned(history)),
    }
    if finished is None:
        template = translate(
            "results",
            "Stopped unexpectedly after {done} of {planned} epochs; this is the kept one.",
        )
        return fill(template, values) if history.started is not None else ""
    values["time"] = words.elapsed(finished.seconds)
    if finished.outcome == "stopped":
        template = translate(
            "results", "Stopped after {done} of {planned} epochs; this is the kept one."
        )
    elif finished.outcome == "failed":
        values["sentence"] = words.translate(finished.code or "unexpected", finished.values)
        template = translate("results", "Failed after {done} of {planned} epochs: {sentence}.")
    else:
        template = translate("results", "Finished: {done} of {planned} epochs in {time}.")
    return fill(template, values)


def recipe(session: Session) -> str:
    """What was trained on what."""
    run, started = session.run, session.history.started
    if run is None or started is None:
        return ""
    counts = started.train_images, started.validation_images
    return recipe_words.sentence(printable(run.folder.name), *counts, run.config)


def recipe_changed(session: Session) -> str:
    """That something else is chosen by now, "" where nothing is."""
    run = session.run
    if run is None or session.recipe == run.config:
        return ""
    return translate("results", "The recipe has been changed since.")


def origin(history: History) -> str:
    """Which epoch is shown and how it was chosen, "" where none has ended."""
    best = history.best
    if best is None:
        return ""
    values = {
        "stage": best.stage,
        "epoch": best.epoch,
        "epochs": words.count(len(history.epochs)),
    }
    return fill(_origin(history.chosen_by, is_over=history.finished is not None), values)


def _origin(chosen_by: str, *, is_over: bool) -> str:
    if not chosen_by:
        return translate("results", "Stage {stage}, epoch {epoch}: the only epoch.")
    if chosen_by == "last":
        return translate(
            "results",
            "Stage {stage}, epoch {epoch}: the last of {epochs} epochs, kept whatever its score.",
        )
    if chosen_by == "loss" and is_over:
        return translate(
            "results",
            "Stage {stage}, epoch {epoch}: the lowest loss of {epochs} epochs, chosen on these "
            "same pictures, so a little optimistic.",
        )
    if chosen_by == "loss":
        return translate(
            "results",
            "Stage {stage}, epoch {epoch}: the lowest loss of {epochs} epochs so far, chosen on "
            "these same pictures, so a little optimistic.",
        )
    if is_over:
        return translate(
            "results",
            "Stage {stage}, epoch {epoch}: the best of {epochs} epochs, chosen on these same "
            "pictures, so a little optimistic.",
        )
    return translate(
        "results",
        "Stage {stage}, epoch {epoch}: the best of {epochs} epochs so far, chosen on these "
        "same pictures, so a little optimistic.",
    )


def untouched(history: History) -> str:
    """That test pictures were left alone, "" where there are none."""
    count = history.started.test_images if history.started is not None else 0
    if not count:
        return ""
    template = translate("results", "Test pictures that no choice has looked at: {count}.")
    return fill(template, {"count": words.count(count)})


def skipped(session: Session) -> list[str]:
    """A line for each picture that the run could not use: at the scan, then while training."""
    lines = []
    details = _scan_details(session)
    for picture in session.run.pictures if session.run is not None else ():
        if picture.status == "problem":
            values = {**_UNKNOWN, **details.get(picture.path, {})}
            reason = (picture.reason, values)
            lines.append(_skipped(printable(picture.path), reason))
    for notice in session.history.notices:
        if notice.code in ("picture_skipped", "pictures_skipped"):
            lines.append(words.translate(notice.code, notice.values))
    return lines


_UNKNOWN: dict[str, object] = dict.fromkeys(("reason", "megapixels", "limit"), "…")


def _skipped(path: str, reason: tuple[str, dict[str, object]]) -> str:
    known = reason if reason[0] in SENTENCES else reason[0]
    return words.translate("picture_skipped", {"path": path, "reason": known})


def _scan_details(session: Session) -> dict[str, dict[str, object]]:
    """The values of the scan's problems, which a run's own list doesn't hold."""
    summary, run = session.summary, session.run
    if summary is None or run is None or summary.folder != run.folder:
        return {}
    return {problem.path: dict(problem.detail) for problem in summary.problems}


def _planned(history: History) -> int:
    return sum(history.planned) or len(history.epochs)
