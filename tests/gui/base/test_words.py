"""Numbers, times and sentences as a person reads them."""

import os
import string
import subprocess
import sys
from collections.abc import Callable

import pytest
from PySide6.QtCore import QCoreApplication, QLocale, QTranslator
from PySide6.QtGui import QTextDocument

from core.common.messages import SENTENCES, ThawError
from gui.base import words

ENGLISH = QLocale(QLocale.Language.English, QLocale.Country.UnitedStates)
GERMAN = QLocale(QLocale.Language.German, QLocale.Country.Germany)


def plain(text: str) -> str:
    return text.replace(words.NBSP, " ")


# -- numbers and times ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("say", "values", "expected"),
    [
        (words.percent, (0.911, ENGLISH), "91.1 %"),
        (words.percent, (0.911, GERMAN), "91,1 %"),
        (words.percent, (1, ENGLISH), "100.0 %"),  # only all is a hundred percent
        (words.percent, (0, ENGLISH), "0.0 %"),
        (words.percent, (0.99999, ENGLISH), "99.9 %"),
        (words.percent, (0.00001, ENGLISH), "0.1 %"),
        (words.percent, (164 / 180, ENGLISH), "91.1 %"),
        (words.count, (14714688, ENGLISH), "14,714,688"),
        (words.count, (14714688, GERMAN), "14.714.688"),
        (words.interval, (0.861, 0.944, ENGLISH), "86 to 94 %"),
        (words.interval, (0.9102, 0.9145, ENGLISH), "91.0 to 91.5 %"),
        (words.interval, (0.91021, 0.91049, ENGLISH), "91.02 to 91.05 %"),
        (words.interval, (0, 1, ENGLISH), "0 to 100 %"),
        (words.parameters, (0, ENGLISH), "0"),
        (words.parameters, (9_999, ENGLISH), "9,999"),
        (words.parameters, (10_000, ENGLISH), "10.0 k"),
        (words.parameters, (200_712, ENGLISH), "201 k"),
        (words.parameters, (999_999, ENGLISH), "1.00 M"),
        (words.parameters, (14_714_688, ENGLISH), "14.7 M"),
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
        (words.duration, 33.4, "35 s"),
        (words.duration, 57.4, "55 s"),
        (words.duration, 3599, "1 h"),
        (words.duration, 4300, "1 h 10 min"),
        (words.duration, 86_400, "24 h"),
        (words.elapsed, 0.42, "0.4 s"),  # a measured time is exact
        (words.elapsed, 9.96, "10 s"),
        (words.elapsed, 59.4, "59 s"),
        (words.elapsed, 59.6, "1 min 0 s"),
        (words.elapsed, 75, "1 min 15 s"),
        (words.elapsed, 4300, "1 h 12 min"),
    ],
)
def test_a_time_is_as_fine_as_it_is_known(
    say: Callable[[float], str], seconds: float, expected: str
) -> None:
    assert plain(say(seconds)) == expected
    assert " " not in say(seconds)


@pytest.mark.parametrize(
    ("seconds", "end"),
    [(0.2, "1 s"), (58, "1 min"), (119, "2 min"), (22 * 60, "22 min"), (3 * 86_400, "3 days")],
)
def test_a_rough_time_is_called_so(seconds: float, end: str) -> None:
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


def test_an_error_is_told_in_the_language_of_the_window(qapp: QCoreApplication) -> None:
    german, error = German(), ThawError("folder_missing", path="/a")
    english = SENTENCES["folder_missing"].replace("{path}", "/a")
    assert words.error_text(error) == english
    qapp.installTranslator(german)
    try:
        assert words.error_text(error) == "Fehlt: /a"
        assert words.translate("file_missing", {}) == SENTENCES["file_missing"]
    finally:
        qapp.removeTranslator(german)


def test_a_reason_that_is_a_code_is_told_too() -> None:
    told = words.translate("picture_skipped", {"path": "a.png", "reason": ("empty_file", {})})
    assert "a.png" in told
    assert SENTENCES["empty_file"] in told


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
