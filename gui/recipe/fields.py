"""What a person reads of a recipe's fields: core's sentences of each, translated."""

from typing import Literal, get_args, get_origin

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from core.common.messages import SENTENCES
from core.recipe.config import Config, DatasetConfig, about
from core.reports import comparison
from gui.base import words as base_words
from gui.controls.setting_fields import Choice, FieldBox, Setting

_DATASET = "dataset."


def setting(config: type[Config], name: str, part: str = "") -> Setting:
    """The words of ``config``'s field ``name``; ``part`` is the dotted key of what it is in, such
    as ``stages.``, without a number."""
    field, code = config.model_fields[name], f"field_{part}{name}"
    values = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
    codes = {value: f"choice_{part}{name}={value}" for value in values}
    empty = _said(f"{code}_empty")
    return Setting(
        capitalised(_said(code)),
        base_words.translate("field_empty", {"empty": empty}) if empty else _said(f"{code}_words"),
        _said(f"{code}_help"),
        unit=_said(f"unit_{about(field).unit}"),
        empty=empty,
        choices={value: _choice(one) for value, one in codes.items() if one in SENTENCES},
    )


def dataset_box(key: str, control: QWidget, parent: QWidget) -> FieldBox:
    """``control`` with the words of the dataset's field at ``key``."""
    words = setting(DatasetConfig, key.removeprefix(_DATASET), _DATASET)
    return FieldBox(words.name, control, words.words, words.help, parent)


def field_name(key: str) -> str:
    """What the field of a recipe's dotted ``key`` is called within a sentence, with its stage; the
    key itself where it has no name."""
    if key == "stages":
        return QCoreApplication.translate("changes", "number of stages")
    named = comparison.field_name(key)
    return named if isinstance(named, str) else base_words.translate(*named)


def capitalised(words: str) -> str:
    """``words`` at the beginning of a line."""
    return words[:1].upper() + words[1:]


def _said(code: str) -> str:
    return base_words.translate(code, {}) if code in SENTENCES else ""


def _choice(code: str) -> Choice:
    name, _, words = _said(code).partition(": ")
    return Choice(name, words)
