"""What a recipe's field is called where it is told that it differs from a card's."""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication

from core.common.messages import fill
from gui.recipe import fields

translate = QCoreApplication.translate


def name(key: str, of_field: Callable[[str], str]) -> str:
    """The field of a recipe's dotted ``key`` in words; ``of_field`` names those that have a place
    on the page, and gives a key back that has none."""
    if key == "stages":
        return translate("changes", "number of stages")
    if key.startswith("stages."):
        _, number, field = key.split(".", 2)
        template = translate("changes", "stage {number}: {field}")
        return fill(template, {"number": int(number) + 1, "field": _of_stage(field)})
    named = of_field(key)
    return named[:1].lower() + named[1:]


def _of_stage(field: str) -> str:
    if field == "thawed":
        return translate("changes", "thawed blocks")
    named = fields.settings()[field].name
    return named[:1].lower() + named[1:]
