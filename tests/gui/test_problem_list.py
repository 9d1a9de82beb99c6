"""What the scan found wrong, listed with path and reason."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from core.dataset import DatasetSummary, Problem, ProblemCode
from gui.widgets.problem_list import ProblemList


def summary(
    problems: list[Problem] | None = None, warnings: list[Problem] | None = None, ignored: int = 0
) -> DatasetSummary:
    return DatasetSummary(
        folder=Path("pictures"),
        layout="classes",
        classes=("cat", "dog"),
        samples=(),
        problems=tuple(problems or ()),
        warnings=tuple(warnings or ()),
        ignored=ignored,
        found=0,
    )


@pytest.fixture
def problems(qtbot: QtBot) -> ProblemList:
    made = ProblemList()
    qtbot.addWidget(made)
    made.resize(400, 200)
    return made


def test_each_file_and_class_is_listed_with_its_reason(problems: ProblemList) -> None:
    problems.show_summary(
        summary(
            [
                Problem("cat/0.jpg", ProblemCode.EMPTY_FILE),
                Problem("dog/1.jpg", ProblemCode.UNREADABLE_IMAGE, {"reason": "bad header"}),
            ],
            [Problem("dog", ProblemCode.SINGLE_PICTURE_CLASS, {"name": "dog"})],
            ignored=1200,
        )
    )
    assert problems.isVisibleTo(None)
    assert problems.heading.text == "2 files cannot be used · 1 warning"
    assert problems.ignored.text == "1,200 other files ignored"
    assert problems.lines == [
        "cat/0.jpg\nthe file is empty",
        "dog/1.jpg\nthe picture cannot be decoded: bad header",
        "dog\nThe class dog has one picture: it trains, but nothing checks it",
    ]


def test_without_anything_to_tell_it_is_hidden(problems: ProblemList) -> None:
    problems.show_summary(summary([Problem("a", ProblemCode.EMPTY_FILE)]))
    assert not problems.isHidden()
    assert problems.heading.text == "1 file cannot be used"
    problems.show_summary(summary())
    assert problems.isHidden()


def test_files_left_alone_are_counted_without_a_list(problems: ProblemList) -> None:
    problems.show_summary(summary(ignored=1))
    assert not problems.isHidden()
    assert problems.ignored.text == "1 other file ignored"
    assert problems.list.isHidden()
    assert problems.heading.isHidden()


def test_odd_names_stay_on_their_line(problems: ProblemList) -> None:
    problems.show_summary(summary([Problem("a\nb/\udcff.jpg", ProblemCode.EMPTY_FILE)]))
    assert problems.lines == ["a b/\\udcff.jpg\nthe file is empty"]
