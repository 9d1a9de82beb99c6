"""What a run costs: time, speed and memory, as names and values."""

from PySide6.QtCore import QCoreApplication

from core.runs import history as runs_history
from core.runs.history import History
from gui.base import words

translate = QCoreApplication.translate


def facts(history: History, present: float, left: float | None) -> list[tuple[str, str]]:
    """Of ``history``, whose present epoch takes ``present`` seconds already and that has about
    ``left`` to go (None: not known, or it trains no more)."""
    if history.started is None:
        return []
    spent = runs_history.elapsed(history) + (present if history.finished is None else 0.0)
    told = [(translate("facts", "Elapsed"), words.elapsed(spent))]
    if left is not None:
        told.append((translate("facts", "Remaining"), words.duration(left)))
    last = history.epochs[-1] if history.epochs else None
    speed = runs_history.pictures_per_second(last) if last is not None else None
    if speed is not None:
        digits = 1 if speed < 10 else 0
        told.append((translate("facts", "Pictures per s"), words.number(speed, digits)))
    if last is not None and last.memory:
        told.append((translate("facts", "Most memory"), words.file_size(last.memory)))
    return told


def tip() -> str:
    """What the figures count."""
    return translate(
        "facts",
        "Elapsed time leaves out pauses. Pictures per second: those of the last epoch, training "
        "and validation, by its seconds; with kept features they pass only the later blocks. "
        "Memory: the most that Thaw has held.",
    )
