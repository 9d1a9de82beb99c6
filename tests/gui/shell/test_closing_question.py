"""What the question at closing says is kept."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from core.runs.events import Event, StageStarted
from core.runs.history import fold
from core.runs.run import Run
from gui.session.session import Session
from gui.shell.window import ClosingQuestion
from tests.support.window.scripted import STARTED, two_stages

BEST, RESUME = "The best epoch so far is kept.", "it offers to resume the run where it stopped"


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


def test_a_run_that_is_not_set_up_leaves_nothing(session: Session, window: QWidget) -> None:
    assert "nothing of it will be kept" in ClosingQuestion(session, window).informativeText()


@pytest.mark.parametrize(
    ("said", "has_best"), [([STARTED, StageStarted(1, 2)], False), (two_stages(), True)]
)
def test_a_best_epoch_is_promised_only_once_there_is_one(
    session: Session, window: QWidget, said: list[Event], has_best: bool
) -> None:
    session.run = cast(Run, SimpleNamespace(directory=Path("run")))
    session.history = fold(said)
    words = ClosingQuestion(session, window).informativeText()
    assert (BEST in words, RESUME in words) == (has_best, True)


def test_a_last_epoch_is_not_called_the_best(session: Session, window: QWidget) -> None:
    session.run = cast(Run, SimpleNamespace(directory=Path("run")))
    session.history = fold(
        replace(one, keep="last") if isinstance(one, StageStarted) else one for one in two_stages()
    )
    words = ClosingQuestion(session, window).informativeText()
    assert words.startswith("The last epoch that has ended is kept.")


def test_its_sentences_have_room(session: Session, window: QWidget) -> None:
    session.run = cast(Run, SimpleNamespace(directory=Path("run")))
    question = ClosingQuestion(session, window)
    body = next(
        one for one in question.findChildren(QLabel) if one.text() == question.informativeText()
    )
    assert body.minimumWidth() > body.fontMetrics().horizontalAdvance(body.text()) / 3
