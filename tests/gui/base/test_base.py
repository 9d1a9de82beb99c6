"""Jobs off the window's thread, both themes, dialogs, and what numbers and errors read like."""

import os
import string
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import QLocale, QObject, QSize, QThread, QThreadPool, QTranslator
from PySide6.QtGui import QColor, QIcon, QImage, QPalette, QTextDocument
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QMessageBox,
    QProxyStyle,
    QPushButton,
    QRadioButton,
    QStyle,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from core.common.messages import SENTENCES, ThawError
from core.reports.plots.style import DATA_COLORS
from gui.base import theme, words
from gui.base.ask import drop_icons
from gui.base.background import Latest, Progress, finish
from gui.shell import menus
from gui.shell.unexpected import UnexpectedErrors
from resources import ICONS

ENGLISH = QLocale(QLocale.Language.English, QLocale.Country.UnitedStates)
GERMAN = QLocale(QLocale.Language.German, QLocale.Country.Germany)


def plain(text: str) -> str:
    return text.replace(words.NBSP, " ")


# -- background jobs: the latest wins, the others are never heard of ---------------------------


@pytest.fixture
def latest(qapp: QApplication) -> Iterator[Latest]:
    owner = QObject()
    yield Latest(owner, threads=2)
    shiboken6.delete(owner)


@pytest.fixture
def heard(latest: Latest) -> list[object]:
    """The answers and errors that arrive."""
    heard: list[object] = []
    latest.done.connect(heard.append)
    latest.failed.connect(heard.append)
    return heard


def answer(qtbot: QtBot, latest: Latest, value: object) -> None:
    """Let the job answer; an older answer, if it were heard at all, would come before."""
    with qtbot.waitSignal(latest.done):
        latest.submit(lambda _stop, _progress: value)


def test_the_owner_is_told_on_its_thread(qtbot: QtBot, latest: Latest, heard: list[object]) -> None:
    threads: list[QThread] = []
    latest.done.connect(lambda _answer: threads.append(QThread.currentThread()))

    def work(_stop: threading.Event, progress: Progress) -> str:
        progress(3, 7)
        return "answer"

    with qtbot.waitSignal(latest.progressed) as told, qtbot.waitSignal(latest.done):
        latest.submit(work)
        assert latest.is_busy
    assert told.args == [3, 7]
    assert heard == ["answer"]
    assert threads == [latest.thread()]
    assert not latest.is_busy


def test_a_newer_job_stops_the_older_one(qtbot: QtBot, latest: Latest, heard: list[object]) -> None:
    stops: list[threading.Event] = []
    started, may_answer, has_answered = threading.Event(), threading.Event(), threading.Event()

    def slow(stop: threading.Event, _progress: Progress) -> str:
        stops.append(stop)
        started.set()
        may_answer.wait()
        has_answered.set()
        return "old"

    latest.submit(slow)
    started.wait()
    answer(qtbot, latest, "new")
    assert stops[0].is_set()
    may_answer.set()
    has_answered.wait()
    answer(qtbot, latest, "newest")
    assert heard == ["new", "newest"]


def test_of_many_jobs_the_last_is_heard(qtbot: QtBot, latest: Latest, heard: list[object]) -> None:
    for number in range(50):
        latest.submit(lambda _stop, _progress, number=number: number)
    qtbot.waitUntil(lambda: bool(heard))
    answer(qtbot, latest, "end")
    assert heard == [49, "end"]


def test_a_cancelled_job_is_not_heard(qtbot: QtBot, latest: Latest, heard: list[object]) -> None:
    latest.progressed.connect(lambda done, total: heard.append((done, total)))
    running = threading.Event()

    def work(stop: threading.Event, progress: Progress) -> None:
        running.set()
        stop.wait()
        progress(1, 2)
        raise ThawError("stopped")

    latest.submit(work)
    running.wait()
    latest.cancel()
    assert not latest.is_busy
    answer(qtbot, latest, "next")
    assert heard == ["next"]


def test_what_a_damaged_history_or_a_later_version_says_is_shown_as_it_is() -> None:
    assert words.translate("invented_later", {}) == "invented_later"
    assert words.translate("folder_missing", {}) == "folder_missing"
    assert words.translate("", {}) == "?"


def test_an_error_of_a_job_arrives_with_its_code(qtbot: QtBot, latest: Latest) -> None:
    known, bug = ThawError("folder_missing", path="/a"), KeyError("bug")

    def work(_stop: threading.Event, _progress: Progress) -> None:
        raise error

    for error in (known, bug):
        with qtbot.waitSignal(latest.failed) as failed:
            latest.submit(work)
        (arrived,) = failed.args
        assert not latest.is_busy
        if error is known:
            assert arrived is known
        else:
            assert (arrived.code, arrived.values) == ("unexpected", {"reason": repr(bug)})


def test_an_owner_that_goes_waits_for_its_job_without_holding_it_up(qtbot: QtBot) -> None:
    owner, started, ended = QObject(), threading.Event(), []

    def work(_stop: threading.Event, _progress: Progress) -> None:
        started.set()
        ended.append(sum(range(2_000_000)))  # needs the interpreter's lock until its end

    Latest(owner).submit(work)
    assert started.wait(10)
    shiboken6.delete(owner)
    assert len(ended) == 1


def test_a_pool_that_qt_took_down_first_ends_in_silence() -> None:
    pool = QThreadPool()
    shiboken6.delete(pool)
    finish(pool)  # would raise, at the interpreter's end as a traceback on the terminal


# -- the theme --------------------------------------------------------------------------------

ENOUGH = 4.5  # WCAG 2.2, 1.4.3


def inks(icon: QIcon, mode: QIcon.Mode = QIcon.Mode.Normal) -> set[str]:
    """The colours of an icon's opaque pixels."""
    image = icon.pixmap(QSize(48, 48), 1.0, mode).toImage()
    image = image.convertToFormat(QImage.Format.Format_ARGB32)
    pixels = [image.pixelColor(x, y) for x in range(48) for y in range(48)]
    return {pixel.name() for pixel in pixels if pixel.alpha() == 255}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_scheme_is_applied_and_readable(app: QApplication, scheme: theme.Scheme) -> None:
    assert theme.contrast(QColor("black"), QColor("white")) == pytest.approx(21)
    theme.apply(app, scheme)
    assert app.style().name().lower() == "fusion"
    assert theme.is_dark(app.palette()) == (scheme == "dark")
    roles, palette = QPalette.ColorRole, app.palette()
    for text, back in (
        (roles.WindowText, roles.Window),
        (roles.Text, roles.Base),
        (roles.Text, roles.AlternateBase),
        (roles.ButtonText, roles.Button),
        (roles.PlaceholderText, roles.Window),
        (roles.PlaceholderText, roles.Base),
        (roles.ToolTipText, roles.ToolTipBase),
        (roles.HighlightedText, roles.Highlight),
        (roles.Link, roles.Base),
    ):
        assert theme.contrast(palette.color(text), palette.color(back)) >= ENOUGH, (text, back)
    for name in DATA_COLORS:
        color = theme.data_color(name)
        for role in (roles.Window, roles.Base):
            assert theme.contrast(color, palette.color(role)) >= ENOUGH, name
        if name in theme.FILL_COLORS:
            assert theme.contrast(color, theme.fill_color(name)) >= ENOUGH, name
    frozen, thawed = theme.frozen_color(), theme.thawed_color()
    assert frozen.blue() > frozen.red()
    assert thawed.red() > thawed.blue()


def test_an_icon_follows_the_scheme_unless_it_has_a_color_of_its_own(app: QApplication) -> None:
    theme.apply(app, "light")
    icon, frozen = theme.icon("stop"), theme.icon("stop", "frozen")
    fixed = theme.icon("stop", QColor("#123456"))
    for number, scheme in enumerate(("light", "dark")):
        theme.apply(app, scheme)
        assert inks(icon) == {app.palette().color(QPalette.ColorRole.ButtonText).name()}
        assert inks(frozen) == {DATA_COLORS["frozen"][number]}
        assert inks(fixed) == {"#123456"}
        assert inks(icon, QIcon.Mode.Disabled) != inks(icon)
    copy = QIcon(fixed)
    copy.addPixmap(theme.app_icon().pixmap(16, 16))
    del fixed
    assert inks(copy) == {"#123456"}


def test_every_icon_draws_and_an_unknown_one_is_an_error(app: QApplication) -> None:
    files = sorted(ICONS.glob("*.svg"))
    assert files
    for file in files:
        assert inks(theme.app_icon() if file.stem == "thaw" else theme.icon(file.stem)), file
    with pytest.raises(FileNotFoundError, match="nonesuch"):
        theme.icon("nonesuch")


@pytest.mark.parametrize("kind", [QCheckBox, QRadioButton])
def test_a_box_that_is_not_ticked_can_be_seen_in_the_dark_and_goes_back_to_light(
    qtbot: QtBot, app: QApplication, kind: type[QAbstractButton]
) -> None:
    theme.apply(app, "dark")
    box = kind()
    qtbot.addWidget(box)
    box.resize(40, 20)
    image, ground = box.grab().toImage(), app.palette().window().color()
    row = [image.pixelColor(x, 10) for x in range(image.width())]
    assert max(theme.contrast(one, ground) for one in row) >= 3  # WCAG 2.2, 1.4.11
    theme.apply(app, "light")
    assert QApplication.palette(kind.__name__).window() == app.palette().window()


# -- dialogs ----------------------------------------------------------------------------------


class DesktopStyle(QProxyStyle):
    """Puts icons on the buttons of dialogs, as Linux's desktops do."""

    def styleHint(self, hint: QStyle.StyleHint, *args: Any) -> int:
        if hint == QStyle.StyleHint.SH_DialogButtonBox_ButtonsHaveIcons:
            return 1
        return super().styleHint(hint, *args)


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication) -> Iterator[QWidget]:
    """A window in the style of a desktop with icons."""
    before = qapp.style().name()
    qapp.setStyle(DesktopStyle(before))
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    yield made
    qapp.setStyle(before)


def test_the_icons_of_the_desktop_go_and_those_of_a_dialog_stay(qtbot: QtBot) -> None:
    dialog = QDialog()
    qtbot.addWidget(dialog)
    own = QPushButton(theme.icon("stop"), "own")
    standard = QDialogButtonBox.StandardButton
    answers = QDialogButtonBox(standard.Ok | standard.Cancel)
    column = QVBoxLayout(dialog)
    column.addWidget(own)
    column.addWidget(answers)
    for button in answers.buttons():
        button.setIcon(theme.icon("close"))
    drop_icons(dialog)
    assert all(button.icon().isNull() for button in answers.buttons())
    assert not own.icon().isNull()


def show_unexpected(window: QWidget) -> None:
    UnexpectedErrors(window).handle(ValueError, ValueError("a bug"), None)


@pytest.mark.parametrize("show", [menus.show_about, menus.show_how_it_works, show_unexpected])
def test_the_dialogs_of_the_window_have_no_icons_on_their_buttons(
    window: QWidget, show: Callable[[QWidget], None]
) -> None:
    show(window)
    box = window.findChild(QMessageBox)
    plain = QMessageBox(QMessageBox.Icon.NoIcon, "", "", QMessageBox.StandardButton.Close)
    assert not plain.buttons()[0].icon().isNull()  # in this style Qt's own have one
    assert box.buttons()
    assert all(button.icon().isNull() for button in box.buttons())
    box.close()


# -- numbers and times ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("say", "values", "expected"),
    [
        (words.percent, (0.911, ENGLISH), "91.1 %"),
        (words.percent, (0.911, GERMAN), "91,1 %"),
        (words.percent, (1, ENGLISH), "100.0 %"),  # only all is a hundred percent
        (words.percent, (0.99999, ENGLISH), "99.9 %"),
        (words.percent, (0.00001, ENGLISH), "0.1 %"),
        (words.count, (14714688, ENGLISH), "14,714,688"),
        (words.count, (14714688, GERMAN), "14.714.688"),
        (words.interval, (0.861, 0.944, ENGLISH), "86 to 94 %"),
        (words.interval, (0.9102, 0.9145, ENGLISH), "91.0 to 91.5 %"),
        (words.interval, (0.91021, 0.91049, ENGLISH), "91.02 to 91.05 %"),
        (words.interval, (0, 1, ENGLISH), "0 to 100 %"),
        (words.parameters, (9_999, ENGLISH), "9,999"),
        (words.parameters, (10_000, ENGLISH), "10.0 k"),
        (words.parameters, (999_999, ENGLISH), "1.00 M"),
        (words.parameters, (138_357_544, ENGLISH), "138 M"),
        (words.parameters, (2_000_000_000, ENGLISH), "2.00 G"),
        (words.file_size, (29_400_000, ENGLISH), "29.4 MB"),
    ],
)
def test_numbers_follow_the_locale_with_their_unit_on_one_line(
    say: Callable[..., str], values: tuple[object, ...], expected: str
) -> None:
    assert plain(say(*values)) == expected
    if say is not words.interval:
        assert " " not in say(*values)


@pytest.mark.parametrize(
    ("say", "seconds", "expected"),
    [
        (words.duration, 4.4, "4 s"),  # an expected time is coarse
        (words.duration, 57.4, "55 s"),
        (words.duration, 3599, "1 h"),
        (words.duration, 4300, "1 h 10 min"),
        (words.duration, 86_400, "24 h"),
        (words.elapsed, 0.42, "0.4 s"),  # a measured time is exact
        (words.elapsed, 9.96, "10 s"),
        (words.elapsed, 59.6, "1 min 0 s"),
        (words.elapsed, 4300, "1 h 12 min"),
    ],
)
def test_a_time_is_as_fine_as_it_is_known(
    say: Callable[[float], str], seconds: float, expected: str
) -> None:
    assert plain(say(seconds)) == expected
    assert " " not in say(seconds)


def test_a_rough_time_is_called_so() -> None:
    for seconds, end in ((0.2, "1 s"), (58, "1 min"), (119, "2 min"), (3 * 86_400, "3 days")):
        assert plain(words.duration(seconds)).endswith(f" {end}")


@pytest.mark.parametrize(
    ("locale", "expected"),
    [("en_US", "11/28/2026"), ("en_GB", "28/11/2026"), ("de_DE", "28.11.2026")],
)
def test_a_day_is_written_as_people_do_with_its_whole_year(locale: str, expected: str) -> None:
    before = QLocale()
    QLocale.setDefault(QLocale(locale))
    try:
        seconds = words.since_1970("2026-11-28T12:00:00+00:00")
        assert words.day(seconds, utc=True) == expected
        assert words.moment(seconds, utc=True).startswith(f"{expected} 12:00")
    finally:
        QLocale.setDefault(before)
    assert words.since_1970("yesterday") == 0


def test_a_zone_that_qt_does_not_know_hides_no_date() -> None:
    code = "from gui.base import words; print(words.day(1_796_299_200), words.clock(1_796_299_200))"
    environment = {**os.environ, "TZ": "Nowhere/AtAll"}
    told = subprocess.check_output([sys.executable, "-c", code], env=environment, text=True)
    assert "2026" in told
    assert "00" in told, "the minutes"


def test_a_tool_tip_shows_a_name_that_looks_like_html_as_it_is() -> None:
    assert words.plain_tip("a leaf\na note") == "a leaf\na note"
    document = QTextDocument()
    document.setHtml(words.plain_tip("<b>a leaf</b> & 2 < 3\na note"))
    assert document.toPlainText() == "<b>a leaf</b> & 2 < 3\na note"


# -- sentences of core, and the window's own --------------------------------------------------


class German(QTranslator):
    """Knows two of core's sentences; one names a value that isn't there."""

    def translate(
        self, context: str, source: str, disambiguation: str | None = None, n: int = -1
    ) -> str:
        known = {
            SENTENCES["folder_missing"]: "Fehlt: {path}",
            SENTENCES["file_missing"]: "{nichts}",
        }
        return known.get(source, "") if context == "core" else ""


def test_an_error_and_its_reason_are_told_in_the_language_of_the_window(qapp: QApplication) -> None:
    german, error = German(), ThawError("folder_missing", path="/a")
    english = SENTENCES["folder_missing"].replace("{path}", "/a")
    assert words.error_text(error) == english
    qapp.installTranslator(german)
    try:
        assert words.error_text(error) == "Fehlt: /a"
        assert words.translate("file_missing", {}) == SENTENCES["file_missing"]
    finally:
        qapp.removeTranslator(german)
    told = words.translate("picture_skipped", {"path": "a.png", "reason": ("empty_file", {})})
    assert "a.png" in told
    assert SENTENCES["empty_file"] in told  # a reason that is a code


def _names(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def test_sentences_of_the_window_need_no_value_that_core_does_not_give() -> None:
    own = {code: words.own(code) for code in SENTENCES}
    assert any(own.values())
    for code, template in own.items():
        assert template is None or _names(template) <= _names(SENTENCES[code])


def test_a_failed_download_ends_with_the_offer_of_the_built_in_weights() -> None:
    codes = ("download_unreachable", "download_refused", "download_cut", "download_wrong")
    last = {str(words.own(code)).rstrip(".").rpartition(". ")[2] for code in codes}
    assert len(last) == 1
    assert last != {"None"}


def test_no_sentence_about_weights_tells_a_person_in_the_window_what_to_type() -> None:
    for code, template in SENTENCES.items():
        if code.startswith(("weights_", "download_")):
            assert "model." not in words.translate(code, dict.fromkeys(_names(template), "x"))
