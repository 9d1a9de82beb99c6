"""Numbers and sentences as a person reads them."""

import os
import subprocess
import sys

import pytest
from PySide6.QtCore import QCoreApplication, QLocale, QTranslator
from PySide6.QtGui import QTextDocument

from core.common.messages import ThawError
from gui.base import words as base_words

ENGLISH = QLocale(QLocale.Language.English, QLocale.Country.UnitedStates)
GERMAN = QLocale(QLocale.Language.German, QLocale.Country.Germany)


def plain(words: str) -> str:
    return words.replace(base_words.NBSP, " ")


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (0.911, "91.1 %"),
        (1, "100.0 %"),
        (0, "0.0 %"),
        (0.99999, "99.9 %"),
        (0.00001, "0.1 %"),
        (164 / 180, "91.1 %"),
    ],
)
def test_only_all_is_a_hundred_percent(share: float, expected: str) -> None:
    assert plain(base_words.percent(share, ENGLISH)) == expected


def test_numbers_follow_the_locale() -> None:
    assert plain(base_words.percent(0.911, GERMAN)) == "91,1 %"
    assert base_words.count(14714688, ENGLISH) == "14,714,688"
    assert base_words.count(14714688, GERMAN) == "14.714.688"


def test_a_number_and_its_unit_stay_on_one_line() -> None:
    parts = (
        base_words.percent(0.5),
        base_words.duration(120),
        base_words.parameters(20_000),
        base_words.file_size(3000),
    )
    assert not any(" " in part for part in parts)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.861, 0.944, "86 to 94 %"),
        (0.9102, 0.9145, "91.0 to 91.5 %"),
        (0.91021, 0.91049, "91.02 to 91.05 %"),
        (0, 1, "0 to 100 %"),
    ],
)
def test_an_interval_has_two_ends(low: float, high: float, expected: str) -> None:
    assert plain(base_words.interval(low, high, ENGLISH)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "0"),
        (9_999, "9,999"),
        (10_000, "10.0 k"),
        (200_712, "201 k"),
        (999_999, "1.00 M"),
        (14_714_688, "14.7 M"),
        (138_357_544, "138 M"),
        (2_000_000_000, "2.00 G"),
    ],
)
def test_parameters_have_three_digits(value: int, expected: str) -> None:
    assert plain(base_words.parameters(value, ENGLISH)) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.2, "less than 1 s"),
        (4.4, "4 s"),
        (33.4, "35 s"),
        (57.4, "55 s"),
        (58, "about 1 min"),
        (119, "about 2 min"),
        (22 * 60, "about 22 min"),
        (3599, "1 h"),
        (4300, "1 h 10 min"),
        (86_400, "24 h"),
        (3 * 86_400, "about 3 days"),
    ],
)
def test_an_expected_time_is_coarse(seconds: float, expected: str) -> None:
    assert plain(base_words.duration(seconds)) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.42, "0.4 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (75, "1 min 15 s"),
        (4300, "1 h 12 min"),
    ],
)
def test_a_measured_time_is_exact(seconds: float, expected: str) -> None:
    assert plain(base_words.elapsed(seconds)) == expected


def test_a_file_size_has_a_unit() -> None:
    assert plain(base_words.file_size(29_400_000, ENGLISH)) == "29.4 MB"


def test_a_tool_tip_shows_a_name_that_looks_like_html_as_it_is() -> None:
    assert base_words.plain_tip("a leaf\na note") == "a leaf\na note"
    document = QTextDocument()
    document.setHtml(base_words.plain_tip("<b>a leaf</b> & 2 < 3\na note"))
    assert document.toPlainText() == "<b>a leaf</b> & 2 < 3\na note"


class German(QTranslator):
    """Knows two of core's sentences; one names a value that isn't there."""

    def translate(
        self, context: str, source: str, disambiguation: str | None = None, n: int = -1
    ) -> str:
        if context == "core" and source == "There is no folder {path}":
            return "Den Ordner {path} gibt es nicht"
        if context == "core" and source == "the file has gone":
            return "{nichts}"
        return ""


def test_an_error_is_told_in_the_window_s_language(qapp: QCoreApplication) -> None:
    german = German()
    assert base_words.error_text(ThawError("folder_missing", path="/a")) == "There is no folder /a"
    qapp.installTranslator(german)
    try:
        told = base_words.error_text(ThawError("folder_missing", path="/a"))
        broken = base_words.translate("file_missing", {})
    finally:
        qapp.removeTranslator(german)
    assert told == "Den Ordner /a gibt es nicht"
    assert broken == "the file has gone"


def test_a_reason_that_is_a_code_is_told_too() -> None:
    values = {"path": "a.png", "reason": ("empty_file", {})}
    assert base_words.translate("picture_skipped", values) == "a.png was skipped: the file is empty"


@pytest.mark.parametrize(
    ("locale", "expected"),
    [("en_US", "11/28/2026"), ("en_GB", "28/11/2026"), ("de_DE", "28.11.2026")],
)
def test_a_day_is_written_as_people_do_with_its_whole_year(locale: str, expected: str) -> None:
    before = QLocale()
    QLocale.setDefault(QLocale(locale))
    try:
        seconds = base_words.since_1970("2026-11-28T12:00:00+00:00")
        assert base_words.day(seconds, utc=True) == expected
        assert base_words.moment(seconds, utc=True).startswith(f"{expected} 12:00")
    finally:
        QLocale.setDefault(before)


@pytest.mark.parametrize("zone", ["Nowhere/AtAll", "GMT+5"])
def test_a_zone_that_qt_does_not_know_hides_no_date(zone: str) -> None:
    code = "from gui.base import words; print(words.day(1_796_299_200), words.clock(1_796_299_200))"
    told = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "TZ": zone},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "2026" in told
    assert "00" in told, "the minutes"


def test_what_is_no_time_has_no_seconds() -> None:
    assert base_words.since_1970("yesterday") == 0
