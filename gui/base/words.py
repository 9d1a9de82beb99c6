"""Sentences and numbers as people read them, in the language and locale of the window.

``core`` gives codes, values and plain numbers; here they become text. A few codes have a sentence
of the window's own, where that of ``core`` tells what to type on the command line. A unit is
joined to its number by a no-break space. Functions for numbers take a locale, ``QLocale()`` by
default.
"""

import math
import re
from collections.abc import Mapping
from datetime import datetime
from html import escape

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, QDateTime, QLocale, QTimeZone

from core.common.messages import SENTENCES, ThawError, fill, sentence
from core.dataset.folder import printable
from core.recipe.files import RecipeError
from core.recipe.problems import stage_of

_BUILT_IN = QT_TRANSLATE_NOOP("window", "The built-in weights need no network.")
_SENTENCES: dict[str, object] = {
    "weights_missing": QT_TRANSLATE_NOOP(
        "window",
        "The file of the built-in weights, {path}, is missing. Install Thaw again, or choose "
        "other weights on the Model page.",
    ),
    "weights_damaged": QT_TRANSLATE_NOOP(
        "window",
        "The file of the built-in weights, {path}, is damaged ({reason}). Install Thaw again, or "
        "choose other weights on the Model page.",
    ),
    "weights_too_shallow": QT_TRANSLATE_NOOP(
        "window",
        "{path} holds {found} of VGG16’s five blocks, and the recipe keeps {depth}: keep {found} "
        "or fewer.",
    ),
    "weights_normalization_missing": QT_TRANSLATE_NOOP(
        "window",
        "{path} doesn’t say what its pictures were normalised by, and with the wrong numbers its "
        "features are worth little: choose it on the Model page, among the weights.",
    ),
    "weights_normalization_differs": QT_TRANSLATE_NOOP(
        "window",
        "{path} says that its pictures were normalised by {said}, the recipe says {chosen}: choose "
        "the file again on the Model page to follow it.",
    ),
    "weights_not_downloaded": QT_TRANSLATE_NOOP(
        "window", "The weights {name} ({megabytes} MB) have not been downloaded yet."
    ),
}
# What a download may end with; the built-in weights are offered beside each.
_DOWNLOADS: dict[str, object] = {
    "download_unreachable": QT_TRANSLATE_NOOP(
        "window", "The download is not possible: {host} was not reached ({reason})."
    ),
    "download_refused": QT_TRANSLATE_NOOP(
        "window", "The download is not possible: {url} answers with {status}."
    ),
    "download_cut": QT_TRANSLATE_NOOP(
        "window",
        "The download broke off after {done} of {total} MB. Another try goes on from there.",
    ),
    "download_wrong": QT_TRANSLATE_NOOP(
        "window",
        "What {host} sent is not what torchvision publishes: its checksum is wrong, and it was "
        "deleted.",
    ),
    "download_no_room": QT_TRANSLATE_NOOP(
        "window", "{megabytes} MB are needed in {path}, where {free} MB are free. Make room."
    ),
    "download_unwritable": QT_TRANSLATE_NOOP(
        "window", "The weights cannot be kept in {path}: {reason}."
    ),
}


def own(code: str) -> str | None:
    """The template that the window has for one of core's codes, translated; None where core's is
    right."""
    if code in _DOWNLOADS:
        return f"{_translated(_DOWNLOADS[code])} {_translated(_BUILT_IN)}"
    return _translated(_SENTENCES[code]) if code in _SENTENCES else None


def _translated(words: object) -> str:
    return QCoreApplication.translate("window", str(words))


NBSP = "\N{NO-BREAK SPACE}"
_EXACT_PARAMETERS = 10_000
_BELOW_NOTHING = re.compile(r"(?<![\w.])-(?=\d)")
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def translate(code: str, values: Mapping[str, object]) -> str:
    """The sentence of one of core's codes, or the window's own, translated, its values filled in.

    A value that is itself a (code, values) pair becomes its sentence. A translation that
    names an unknown value gives way to the English sentence.
    """
    filled = {name: _value(value) for name, value in values.items()}
    template = own(code) or QCoreApplication.translate("core", SENTENCES.get(code, code))
    try:
        return fill(template, filled) or sentence(code, filled)
    except (KeyError, IndexError, ValueError):
        return sentence(code, filled)


def say(context: str, template: str, /, **values: object) -> str:
    """``template``, translated in ``context``, its values filled in."""
    return fill(QCoreApplication.translate(context, template), values)


def error_text(error: ThawError) -> str:
    """What went wrong, for a person."""
    if isinstance(error, RecipeError):
        told = "; ".join(problem_text(code, values) for code, values in error.problems)
        return translate(error.code, {"problems": told})
    return translate(error.code, error.values)


def plain_tip(words: str) -> str:
    """A tool tip that shows ``words`` as they are written, though they look like HTML: names and
    notes of runs come from other machines too."""
    if "<" not in words and "&" not in words:
        return words
    return f"<qt>{escape(words)}</qt>".replace("\n", "<br>")


def problem_text(code: str, values: Mapping[str, object]) -> str:
    """What is wrong with a field of a recipe, by the field's name in files; a stage by both of
    its numbers."""
    field = str(values.get("field", ""))
    stage = stage_of(field)
    if stage is not None:
        values = {
            **values,
            "field": translate("config_stage_field", {"field": field, "stage": stage}),
        }
    return translate(code, values)


def number(value: float, digits: int = 1, locale: QLocale | None = None) -> str:
    """A number with a fixed count of decimals, grouped by the locale."""
    return (locale or QLocale()).toString(float(value), "f", digits)


def count(value: int, locale: QLocale | None = None) -> str:
    """A whole number, grouped by the locale: 14,714,688."""
    return (locale or QLocale()).toString(int(value))


def with_minus(words: str) -> str:
    """``words`` with a true minus sign, as wide as a plus, before numbers below nothing; the
    hyphens in words, dates and powers of ten stay."""
    return _BELOW_NOTHING.sub("\N{MINUS SIGN}", words)


def percent(share: float, locale: QLocale | None = None, digits: int = 1) -> str:
    """A share of 1 as "91.1 %". Only all is 100 % and only nothing is 0 %."""
    step = 10.0**-digits
    value = round(share * 100, digits)
    if 0 < share < 1:
        value = min(max(value, step), 100 - step)
    return number(value, digits, locale) + NBSP + "%"


def points(share: float, locale: QLocale | None = None) -> str:
    """A difference of shares of 1 as signed points: "+2.1", "−0.4", "0.0"."""
    value = round(share * 100, 1)
    sign = "+" if value > 0 else "\N{MINUS SIGN}" if value < 0 else ""
    return sign + number(abs(value), 1, locale)


def interval(low: float, high: float, locale: QLocale | None = None) -> str:
    """Two shares of 1 as "86 to 94 %"; with decimals where they would look equal."""
    digits = next((digits for digits in (0, 1) if (high - low) * 100 >= 2 * 10**-digits), 2)
    values = {
        "low": number(low * 100, digits, locale),
        "high": number(high * 100, digits, locale),
    }
    return say("text", "{low} to {high}", **values) + NBSP + "%"


def parameters(value: int, locale: QLocale | None = None) -> str:
    """A count of weights with three digits, "14.7 M"; exact below ten thousand."""
    if value < _EXACT_PARAMETERS:
        return count(value, locale)
    rounded = float(f"{value:.3g}")
    power = min(int(math.log10(rounded)) // 3, 3)
    scaled = rounded / 1000**power
    digits = max(0, 2 - int(math.log10(scaled)))
    return number(scaled, digits, locale) + NBSP + ("", "k", "M", "G")[power]


def duration(seconds: float) -> str:
    """An expected time, no finer than an estimate is: "35 s", "about 2 min", "1 h 10 min"."""
    if seconds < 1:
        return _unit(QCoreApplication.translate("text", "less than 1 s"))
    if seconds < 10:
        return _unit(_seconds(round(seconds)))
    nearest_5 = 5 * round(seconds / 5)
    if nearest_5 < _MINUTE:
        return _unit(_seconds(nearest_5))
    minutes = round(seconds / _MINUTE)
    if minutes < 60:
        return _unit(say("text", "about {minutes} min", minutes=minutes))
    return _hours(10 * round(minutes / 10))


def elapsed(seconds: float) -> str:
    """A measured time: "0.4 s", "35 s", "1 min 15 s", "1 h 10 min"."""
    if seconds < 9.95:
        return _unit(say("text", "{seconds} s", seconds=number(seconds)))
    whole = round(seconds)
    if whole < _MINUTE:
        return _unit(_seconds(whole))
    if whole < _HOUR:
        values = {"minutes": whole // _MINUTE, "seconds": whole % _MINUTE}
        return _unit(say("text", "{minutes} min {seconds} s", **values))
    return _hours(round(seconds / _MINUTE))


def since_1970(when: str) -> float:
    """The seconds until ``when`` in ISO 8601; 0 where it is no time."""
    try:
        return datetime.fromisoformat(when).timestamp()
    except (ValueError, OverflowError, OSError):
        return 0.0


def day(seconds: float, *, utc: bool = False) -> str:
    """A date as people write it here, the year in full; ``seconds`` since 1970."""
    locale = QLocale()
    form = locale.dateFormat(QLocale.FormatType.ShortFormat)
    whole = form if "yyyy" in form else form.replace("yy", "yyyy")
    return locale.toString(_time(seconds, utc).date(), whole)


def clock(seconds: float, *, utc: bool = False) -> str:
    """The time of the day as people write it here, to the minute."""
    return QLocale().toString(_time(seconds, utc).time(), QLocale.FormatType.ShortFormat)


def moment(seconds: float, *, utc: bool = False) -> str:
    """A date and a time as people write them here."""
    return f"{day(seconds, utc=utc)} {clock(seconds, utc=utc)}"


def _time(seconds: float, utc: bool) -> QDateTime:
    """In ``LocalTime`` Qt asks the system; its own zone by name is none where that is unknown."""
    zone = QTimeZone.Initialization.UTC if utc else QTimeZone.Initialization.LocalTime
    return QDateTime.fromSecsSinceEpoch(int(seconds), QTimeZone(zone))


def file_size(size: int, locale: QLocale | None = None) -> str:
    """Bytes as "29.4 MB", in powers of 1000."""
    text = (locale or QLocale()).formattedDataSize(size, 1, QLocale.DataSizeFormat.DataSizeSIFormat)
    return _unit(text)


def _hours(minutes: int) -> str:
    if minutes >= 2 * _DAY // _MINUTE:
        template = QCoreApplication.translate("text", "about {days} days")
        return _unit(fill(template, {"days": round(minutes * _MINUTE / _DAY)}))
    if minutes % 60 == 0:
        template = QCoreApplication.translate("text", "{hours} h")
    else:
        template = QCoreApplication.translate("text", "{hours} h {minutes} min")
    return _unit(fill(template, {"hours": minutes // 60, "minutes": minutes % 60}))


def _seconds(whole: int) -> str:
    return say("text", "{seconds} s", seconds=whole)


def _unit(text: str) -> str:
    return text.replace(" ", NBSP)


def _value(value: object) -> object:
    match value:
        case (str() as code, Mapping() as values) if code in SENTENCES:
            return translate(code, values)
    return value


def pictures(number: int) -> str:
    """ "480 pictures"."""
    if number == 1:
        return QCoreApplication.translate("data", "1 picture")
    return say("data", "{count} pictures", count=count(number))


def one_line(path: str) -> str:
    """A path that can be shown and stays on its line."""
    return " ".join(printable(path).splitlines())
