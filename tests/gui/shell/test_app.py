"""From the process's start to the window, and what it opens first."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.cli import main as cli
from core.common.messages import InputError
from core.recipe.config import RunConfig
from gui.base import words as base_words
from gui.session.session import Session
from gui.session.settings import Settings
from gui.shell import app
from gui.shell.app import Options
from gui.shell.window import MainWindow
from tests.support import ROOT
from tests.support.pictures import PictureFolder
from tests.support.window.fakes import FakePage, open_folder


@pytest.fixture
def session(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    session = Session(Settings(tmp_path / "settings"))
    monkeypatch.setattr(session.engine, "start", lambda: None)
    return session


@pytest.fixture
def window(qtbot: QtBot, session: Session) -> Iterator[MainWindow]:
    window = MainWindow(session, FakePage)
    qtbot.addWidget(window)
    yield window
    session.close()


@pytest.fixture
def opened(session: Session, monkeypatch: pytest.MonkeyPatch) -> list[Path | None]:
    """The folders that were opened, None for the sample."""
    opened: list[Path | None] = []
    monkeypatch.setattr(session, "open_folder", opened.append)
    monkeypatch.setattr(session, "open_sample", lambda: opened.append(None))
    return opened


def test_the_first_start_opens_the_sample(
    window: MainWindow, session: Session, opened: list[Path | None]
) -> None:
    app.begin(window, session, Options())
    assert opened == [None]


def test_a_later_start_opens_the_folder_opened_last(
    window: MainWindow, session: Session, opened: list[Path | None], picture_folder: PictureFolder
) -> None:
    first, gone = picture_folder(name="first"), picture_folder(name="gone")
    for folder in (first, gone):
        session.settings.add_recent(folder)
    gone.rename(gone.with_name("moved"))
    app.begin(window, session, Options())
    app.begin(window, session, Options(sample=True))
    assert opened == [first, None]


def test_the_engine_starts_once_the_window_is_painted(
    qtbot: QtBot, window: MainWindow, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    monkeypatch.setattr(session.engine, "start", lambda: seen.append(window.isVisible()))
    monkeypatch.setattr(session, "open_sample", lambda: None)
    window.painted.connect(lambda: app.begin(window, session, Options()))
    assert seen == []
    with qtbot.waitSignal(window.painted):
        window.show()
    assert seen == [True]


def test_changes_from_the_command_line_come_on_top_of_the_folders_own(
    qtbot: QtBot, window: MainWindow, session: Session, picture_folder: PictureFolder
) -> None:
    changes = (("dataset.image_size", 64), ("stages.0.epochs", 1))
    app.apply_when_open(window, session, changes)
    open_folder(qtbot, session, picture_folder())
    assert session.recipe.dataset.image_size == 64
    assert session.recipe.stages[0].epochs == 1
    session.undo()
    assert session.recipe.dataset.image_size == 64, "it was never anything else"
    session.change("stages.0.epochs", 9)
    session.undo()
    assert session.recipe.stages[0].epochs == 1
    assert not session.can_undo


def test_a_change_that_does_not_fit_the_folders_recipe_is_explained(
    qtbot: QtBot, window: MainWindow, session: Session, picture_folder: PictureFolder
) -> None:
    folder = picture_folder()
    open_folder(qtbot, session, folder)
    session.change("stages", [{"epochs": 3}])
    app.apply_when_open(window, session, (("stages.1.epochs", 1),))
    open_folder(qtbot, session, folder)
    assert "stages.1 (stage 2) is not there" in window.messages.text


def test_changes_are_made_in_order() -> None:
    recipe = app.changed(RunConfig(), (("batch_size", 8), ("batch_size", 4)))
    assert recipe.batch_size == 4
    with pytest.raises(InputError, match="colour"):
        app.changed(recipe, (("colour", 1),))


def test_without_any_font_matplotlibs_is_taken(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = qapp.font()
    answers = iter([[], ["DejaVu Sans"]])
    monkeypatch.setattr(QFontDatabase, "families", lambda: next(answers))
    try:
        app.ensure_font(qapp)
        assert qapp.font().family() == "DejaVu Sans"
        assert qapp.font().pointSize() == 10
    finally:
        qapp.setFont(before)


def test_a_font_that_is_there_is_kept(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFontDatabase, "families", lambda: ["Some Sans"])
    monkeypatch.setattr(qapp, "setFont", lambda _font: pytest.fail("changed the font"))
    app.ensure_font(qapp)


def test_matplotlibs_fonts_are_found_where_they_are() -> None:
    assert "DejaVuSans.ttf" in [file.name for file in app._matplotlib_fonts()]


def test_qts_own_words_follow_the_locale(qapp: QApplication) -> None:
    words = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))
    if not (words / "qtbase_de.qm").is_file():
        pytest.skip("this PySide6 brings no translations")
    before = qapp.findChildren(QTranslator)
    app.translate(qapp, QLocale(QLocale.Language.German))
    try:
        assert QApplication.translate("QPlatformTheme", "Cancel") == "Abbrechen"
    finally:
        for one in qapp.findChildren(QTranslator):
            if one not in before:
                qapp.removeTranslator(one)


def test_ctrl_c_is_heard_while_the_window_waits(
    qtbot: QtBot, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    heard: list[int] = []
    try:
        app.heed_interrupts(session, lambda: heard.append(1))
        signal.raise_signal(signal.SIGINT)
        qtbot.waitUntil(lambda: heard == [1])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


# -- main.py --------------------------------------------------------------------------------


def _run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_window_is_made_without_torch_matplotlib_or_opencv() -> None:
    code = (
        "import sys, gui.shell.app as app\n"
        "from gui.shell.unattended import run\n"
        "qt = app.make_application()\n"
        "from gui.shell.window import MainWindow\n"
        "from PySide6.QtWidgets import QWidget\n"
        "window = MainWindow(app.make_session(qt), lambda step, session: QWidget())\n"
        "window.show()\n"
        "print(sorted({'torch', 'torchvision', 'matplotlib', 'cv2', 'numpy'} & set(sys.modules)))"
    )
    done = _run("-c", code)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_help_names_the_options_and_the_commands() -> None:
    done = _run("main.py", "--help")
    assert done.returncode == 0
    for word in ("--sample", "--theme", "--size", "--set"):
        assert word in done.stdout
    told = done.stdout.partition("commands (")[2]
    assert [line.split()[0] for line in told.splitlines()[1:]] == list(cli.COMMANDS)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--set", "batch_size=0"], "batch_size is 0"),
        (["--set", "nonsense"], "nonsense is not KEY=VALUE"),
        (["--size", "big"], "big is not WIDTHxHEIGHT"),
        (["--theme", "pink"], "invalid choice: 'pink'"),
    ],
)
def test_wrong_options_are_refused_before_any_window(arguments: list[str], said: str) -> None:
    done = _run("main.py", *arguments)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_subcommand_goes_to_the_command_line(picture_folder: PictureFolder) -> None:
    done = _run("main.py", "scan", str(picture_folder(classes=2, per_class=5)))
    assert done.returncode == 0
    assert "red" in done.stdout


def test_without_a_language_numbers_are_grouped_the_english_way() -> None:
    QLocale.setDefault(QLocale.c())
    app.choose_locale()
    assert base_words.count(123642856) == "123,642,856"
