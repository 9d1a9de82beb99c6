"""The columns of the list of runs."""

from enum import IntEnum

from PySide6.QtCore import QCoreApplication

from core.runs.list import ListedRun
from gui.runs import words as run_words

translate = QCoreApplication.translate


class Column(IntEnum):
    """From left to right."""

    TICK = 0
    STAR = 1
    NAME = 2
    DATE = 3
    DATASET = 4
    PRESET = 5
    EPOCHS = 6
    BEST = 7
    TIME = 8
    STATE = 9


def lines(one: ListedRun, column: Column) -> tuple[str, str]:
    """A run's cell: its line, and the smaller one below it."""
    match column:
        case Column.NAME:
            return run_words.name(one), run_words.under_name(one)
        case Column.DATE:
            return run_words.date(one)
        case Column.DATASET:
            return one.dataset, run_words.classes(one)
        case Column.PRESET:
            return run_words.preset(one), run_words.stages(one)
        case Column.EPOCHS:
            return run_words.epochs(one)
        case Column.BEST:
            return run_words.accuracy(one)
        case Column.TIME:
            return run_words.time(one), ""
        case Column.STATE:
            return run_words.state(one), ""
    return "", ""


def titles() -> dict[Column, str]:
    """What stands above the columns."""
    return {
        Column.TICK: "",
        Column.STAR: "",
        Column.NAME: translate("runs", "Run"),
        Column.DATE: translate("runs", "Made"),
        Column.DATASET: translate("runs", "Pictures"),
        Column.PRESET: translate("runs", "Recipe"),
        Column.EPOCHS: translate("runs", "Epochs"),
        Column.BEST: translate("runs", "Accuracy"),
        Column.TIME: translate("runs", "Time"),
        Column.STATE: translate("runs", "State"),
    }


def hints() -> dict[Column, str]:
    """What a title means, where that is not plain."""
    best = translate(
        "runs",
        "Validation accuracy of the kept epoch, its 95 % interval and the number of pictures. "
        "That epoch was chosen on these pictures, unless it is the last or the only one.",
    )
    return {
        Column.TICK: translate("runs", "Ticked for comparing"),
        Column.STAR: translate("runs", "Starred"),
        Column.BEST: best,
        Column.TIME: translate("runs", "Time of training, without pauses"),
    }
