"""What the window says of runs: states, times, figures, how one ended, and changed images."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from core.common.messages import ThawError, fill
from core.dataset.folder import printable
from core.dataset.scan import Changes
from core.recipe.presets import PRESETS
from core.reports.comparison import gain_told
from core.runs.events import EpochFinished
from core.runs.history import History, choice
from core.runs.list import ListedRun
from gui.base import words as base_words
from gui.base.words import pictures, say
from gui.recipe import heads as recipe_heads
from gui.recipe import words as recipe_words

_MINUTE = 60
_NAMED = 5
translate = QCoreApplication.translate


def name(one: ListedRun) -> str:
    """What the run is called, on one line."""
    return " ".join(printable(one.name).split())


def under_name(one: ListedRun) -> str:
    """What is wrong with it, the note's first line, or the directory's name where a person gave
    another one."""
    if one.error is not None:
        return str(one.error.values.get("reason") or base_words.error_text(one.error))
    note = one.label.note.strip().splitlines()
    if note:
        return note[0]
    return printable(one.directory.name) if one.label.name else ""


def date(one: ListedRun) -> tuple[str, str]:
    """The day and the time at which it was made."""
    seconds = base_words.since_1970(one.created)
    return (base_words.day(seconds), base_words.clock(seconds)) if seconds else ("", "")


def preset(one: ListedRun) -> str:
    """The way to transfer that its recipe follows."""
    if one.preset in PRESETS:
        return recipe_words.title(one.preset)
    return translate("runs", "A way of its own") if one.preset else ""


def stages(one: ListedRun) -> str:
    """ "20 + 10 epochs · softmax"."""
    head = recipe_heads.within(one.head)
    if not one.stages:
        return head
    epochs = " + ".join(base_words.count(stage.epochs) for stage in one.stages)
    words = say("runs", "{epochs} epochs", epochs=epochs)
    return " · ".join(part for part in (words, head) if part)


def classes(one: ListedRun) -> str:
    """How many classes the pictures have."""
    if not one.classes:
        return ""
    return say("runs", "{count} classes", count=base_words.count(one.classes))


def epochs(one: ListedRun) -> tuple[str, str]:
    """How many were trained, and of how many where those are more."""
    if one.state == "damaged":
        return "", ""
    if one.epochs == one.planned_epochs:
        return base_words.count(one.epochs), ""
    of = say("runs", "of {planned}", planned=base_words.count(one.planned_epochs))
    return base_words.count(one.epochs), of


def accuracy(one: ListedRun) -> tuple[str, str]:
    """The kept epoch's validation accuracy, and its interval with the number of pictures."""
    if one.best is None:
        return "", ""
    values = {
        "interval": base_words.interval(*one.best.interval),
        "pictures": base_words.count(one.best.images),
    }
    return base_words.percent(one.best.accuracy), say(
        "runs", "{interval}, n = {pictures}", **values
    )


def time(one: ListedRun) -> str:
    """How long it has trained, in minutes."""
    if not one.seconds:
        return ""
    if one.seconds < _MINUTE:
        return base_words.elapsed(one.seconds)
    template = translate("runs", "{minutes} min")
    minutes = one.seconds / _MINUTE
    shown = base_words.number(minutes) if minutes < 10 else base_words.count(round(minutes))
    return fill(template, {"minutes": shown}).replace(" ", base_words.NBSP)


def state(one: ListedRun) -> str:
    """How it ended, in a word."""
    names = {
        "running": translate("runs", "training now"),
        "finished": translate("runs", "finished"),
        "stopped": translate("runs", "stopped"),
        "interrupted": translate("runs", "interrupted"),
        "failed": translate("runs", "failed"),
        "damaged": translate("runs", "damaged"),
    }
    return names[one.state]


def state_hint(one: ListedRun) -> str:
    """What that means."""
    if one.error is not None:
        return base_words.error_text(one.error)
    hints = {
        "running": translate("runs", "Some process trains this run now."),
        "finished": translate("runs", "Every epoch of its recipe was trained."),
        "stopped": translate("runs", "It was stopped, and can be resumed."),
        "interrupted": translate(
            "runs", "It was cut off, by a crash or the power. It can be resumed where it stood."
        ),
        "failed": translate("runs", "Something went wrong; show the run to read what."),
    }
    return hints[one.state]


def described(one: ListedRun) -> str:
    """All of a line, for tool tips and screen readers."""
    first = [name(one), *one.label.note.splitlines()]
    facts = [one.dataset, preset(one), state(one)]
    lines = [*first, " · ".join(part for part in facts if part)]
    if one.best is not None:
        values = {
            "share": base_words.percent(one.best.accuracy),
            "right": base_words.count(one.best.correct),
            "pictures": base_words.pictures(one.best.images),
            "interval": base_words.interval(*one.best.interval),
            "stage": one.best.stage,
            "epoch": one.best.epoch,
            "chosen": base_words.translate(choice(one.best.chosen_by), {}),
        }
        template = translate(
            "runs",
            "{share} right on validation: {right} of {pictures}, 95 % interval {interval}, by "
            "stage {stage}, epoch {epoch}: {chosen}",
        )
        lines.append(fill(template, values))
    if one.error is not None:
        lines.append(base_words.error_text(one.error))
    return "\n".join(lines)


def count(shown: int, there: int) -> str:
    """How many runs there are, and how many of them were found."""
    if shown != there:
        values = {"shown": base_words.count(shown), "there": base_words.count(there)}
        return say("runs", "{shown} of {there} runs", **values)
    if there == 1:
        return translate("runs", "1 run")
    return say("runs", "{count} runs", count=base_words.count(there))


def ticked(number: int) -> str:
    """How many are ticked."""
    if not number:
        return translate("runs", "Tick runs to compare them")
    return say("runs", "{count} ticked", count=base_words.count(number))


def deleting(runs: Sequence[ListedRun]) -> tuple[str, str]:
    """The question whether these go to the trash, and what goes with them."""
    if len(runs) == 1:
        template = translate("runs", "Move the run {name} to the trash?")
        asked = fill(template, {"name": name(runs[0])})
    else:
        template = translate("runs", "Move {count} runs to the trash?")
        asked = fill(template, {"count": base_words.count(len(runs))})
    lines = [f"• {name(one)}" for one in runs[:_NAMED]] if len(runs) > 1 else []
    if len(runs) > _NAMED:
        lines.append(say("runs", "and {count} more", count=base_words.count(len(runs) - _NAMED)))
    goes = translate(
        "runs",
        "Recipe, curves, predictions and weights go together. The trash of this computer keeps "
        "them until it is emptied. Pictures are not touched.",
    )
    return asked, "\n".join([*lines, *([""] if lines else []), goes])


def ended(history: History, failure: ThawError | None) -> str:
    """How the last run ended, "" where none did."""
    if failure is not None:
        if failure.code == "stopped":
            return translate("train", "Stopped before training began.")
        return base_words.error_text(failure)
    finished, best = history.finished, history.best
    if finished is None:
        return _cut_off(history) if history.started is not None else ""
    if best is None and finished.outcome == "stopped":
        return translate("train", "Stopped before the first epoch ended: there is no result.")
    kept = _kept(history, best) if best is not None else ""
    if finished.outcome == "failed":
        sentence = base_words.translate(finished.code or "unexpected", finished.values)
        template = translate("train", "Failed: {sentence}. {kept}")
        kept = kept or translate("train", "No epoch had ended yet.")
        return fill(template, {"sentence": sentence, "kept": kept})
    if finished.outcome == "stopped":
        return say("train", "Stopped: {kept}", kept=kept)
    return say("train", "Finished: {kept}", kept=kept)


def gain(history: History) -> str:
    """What the last stage gained over the head alone, "" where the run doesn't tell."""
    told = gain_told(history, base_words.points, base_words.count)
    return f"{base_words.translate(*told)}." if told is not None else ""


def _cut_off(history: History) -> str:
    """How far a run is that ended without a word."""
    said = say("train", "Stopped unexpectedly at {place}.", place=place(history))
    best = history.best
    return f"{said} {_kept(history, best)}" if best is not None else said


def place(history: History) -> str:
    """Where an unfinished run is: "stage 1, epoch 7 of 20"."""
    stage = history.stages[-1].stage if history.stages else 1
    done = sum(one.stage == stage for one in history.epochs)
    planned = history.planned[stage - 1] if history.planned else done + 1
    values = {"stage": stage, "epoch": min(done + 1, planned), "epochs": planned}
    return say("train", "stage {stage}, epoch {epoch} of {epochs}", **values)


def _best_epoch(history: History, best: EpochFinished) -> str:
    """The best epoch as the curves count it, and within its stage where there are several."""
    values = {
        "count": history.position(best.stage, best.epoch),
        "stage": best.stage,
        "epoch": best.epoch,
    }
    if history.started is None or len(history.started.epochs) < 2 or best.stage < 2:
        return say("train", "epoch {count}", **values)
    return say("train", "epoch {count} (stage {stage}, its epoch {epoch})", **values)


def _kept(history: History, best: EpochFinished) -> str:
    score = best.validation
    template = translate(
        "train", "{share}, {right} of {total} validation pictures, at {epoch}: {chosen}."
    )
    values = {
        "share": base_words.percent(score.accuracy),
        "right": base_words.count(score.correct),
        "total": base_words.count(score.images),
        "epoch": _best_epoch(history, best),
        "chosen": base_words.translate(choice(history.chosen_by), {}),
    }
    return fill(template, values)


_MOST_NAMED = 3


def changed_since_scan(changes: Changes) -> str:
    """ "The folder has changed since it was read: 2 pictures added (cat/1.jpg, cat/2.jpg)."; ""
    where it hasn't."""
    return _changes(
        translate("folder", "The folder has changed since it was read: {what}."), changes
    )


def changed_since_run(changes: Changes) -> str:
    """The same of the pictures that a run used."""
    return _changes(
        translate("folder", "The pictures have changed since this run: {what}."), changes
    )


def pictures_gone(error: ThawError) -> str:
    """That a run's pictures cannot be shown, and why."""
    words = translate(
        "folder",
        "The pictures of this run are not here ({reason}). Its figures are what it kept; the "
        "pictures themselves are seen once their folder is there.",
    )
    return fill(words, {"reason": base_words.error_text(error)})


def _changes(template: str, changes: Changes) -> str:
    added = translate("folder", "{pictures} added")
    removed = translate("folder", "{pictures} removed")
    changed = translate("folder", "{pictures} changed")
    parts = [
        _part(words, paths)
        for words, paths in (
            (added, changes.added),
            (removed, changes.removed),
            (changed, changes.changed),
        )
        if paths
    ]
    return fill(template, {"what": "; ".join(parts)}) if parts else ""


def _part(template: str, paths: tuple[str, ...]) -> str:
    named = ", ".join(" ".join(printable(path).splitlines()) for path in paths[:_MOST_NAMED])
    named += ", …" if len(paths) > _MOST_NAMED else ""
    return fill(template, {"pictures": pictures(len(paths))}) + f" ({named})"
