"""What a replay says: which run it is, that nothing trains, where it is and how fast."""

from PySide6.QtCore import QCoreApplication

from core.common.messages import fill
from core.dataset.folder import printable
from core.runs.history import History
from core.runs.replay import SPEEDS, Recording, Speed
from gui.base import words
from gui.recipe import words as recipe_words

translate = QCoreApplication.translate


def title(one: Recording) -> str:
    """Which run is played."""
    if one.is_lesson:
        return translate("replay", "Replay of a recorded run: first the head, then block 5 with it")
    return fill(translate("replay", "Replay of {run}"), {"run": printable(one.name)})


def detail(one: Recording) -> str:
    """That it is no training, and where its figures come from."""
    if one.is_lesson:
        template = translate(
            "replay",
            "Nothing is trained now. This run comes with Thaw: it was trained on the sample "
            "pictures, at {size} px.",
        )
        return fill(template, {"size": one.recipe.dataset.image_size})
    day = date(one.created)
    if not day:
        return translate("replay", "Nothing is trained now.")
    template = translate("replay", "Nothing is trained now: this run was made on {date}.")
    return fill(template, {"date": day})


def date(created: str) -> str:
    """The day of a time in ISO 8601, "" where it is none."""
    seconds = words.since_1970(created)
    return words.day(seconds) if seconds else ""


def place(history: History, seconds: float, whole: float) -> str:
    """Where the replay is: the epoch, and the run's own time."""
    parts = []
    if history.started is not None:
        values = {
            "epoch": words.count(_epoch(history)),
            "epochs": words.count(sum(history.planned)),
        }
        parts.append(fill(translate("replay", "epoch {epoch} of {epochs}"), values))
    parts.append(time(seconds, whole))
    return recipe_words.SEPARATOR.join(parts)


def time(seconds: float, whole: float) -> str:
    """How much of the time that the training took is behind."""
    values = {"time": clock(seconds), "whole": clock(whole)}
    return fill(translate("replay", "{time} of {whole}"), values)


def clock(seconds: float) -> str:
    """ "2:09", "1:02:09"."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def speed(one: Speed) -> str:
    """One of the speeds."""
    if one.whole:
        template = translate("replay", "All of it in {time}")
        return fill(template, {"time": clock(one.whole)})
    if one.factor == 1:
        return translate("replay", "As fast as it was")
    template = translate("replay", "{factor} times as fast")
    return fill(template, {"factor": words.count(round(one.factor))})


def speeds() -> tuple[str, ...]:
    """All of them."""
    return tuple(map(speed, SPEEDS))


def _epoch(history: History) -> int:
    """The epoch that goes on, counted over the whole run."""
    done = history.epochs[-1] if history.epochs else None
    begun = history.batches[-1] if history.batches else None
    places = [history.position(one.stage, one.epoch) for one in (done, begun) if one is not None]
    return max(places, default=0)
