"""Fields for numbers that take what the recipe takes, read from the recipe's own check."""

from collections.abc import Iterator
from typing import Any, get_args

from core.recipe.config import Config
from gui.controls.number_fields import NumberField
from gui.controls.numbers_field import NumbersField


def limited_field(model: type[Config], name: str, **more: Any) -> NumberField:
    """A field with the limits of ``model``'s field ``name``, for whole numbers and with nothing
    in it where that takes them; ``more`` goes to ``NumberField``."""
    kinds = _kinds(model.model_fields[name].annotation)
    known: dict[str, Any] = {"integer": float not in kinds, "optional": type(None) in kinds}
    for bound in _metadata(model.model_fields[name]):
        if hasattr(bound, "ge"):
            known["minimum"] = bound.ge
        elif hasattr(bound, "gt"):
            known.update(minimum=bound.gt, exclusive_minimum=True)
        elif hasattr(bound, "le"):
            known["maximum"] = bound.le
        elif hasattr(bound, "lt") and known["integer"]:
            known["maximum"] = bound.lt - 1
        elif hasattr(bound, "lt"):
            known.update(maximum=bound.lt, exclusive_maximum=True)
    return NumberField(**(known | more))


def limited_list(model: type[Config], name: str, **more: Any) -> NumbersField:
    """The same for a field that holds a list of whole numbers; ``more`` goes to
    ``NumbersField``."""
    known: dict[str, Any] = {}
    for bound in _metadata(model.model_fields[name]):
        for limit, ours in (("ge", "minimum"), ("le", "maximum"), ("max_length", "most")):
            if hasattr(bound, limit):
                known[ours] = getattr(bound, limit)
    return NumbersField(**(known | more))


def _metadata(field: Any) -> Iterator[Any]:
    """The constraints of a field, those inside of ``X | None`` and of a list too."""
    yield from getattr(field, "metadata", ())
    for part in get_args(getattr(field, "annotation", field)):
        yield from _metadata(part)


def _kinds(annotation: Any) -> set[type]:
    """The plain types that ``annotation`` is made of."""
    if isinstance(annotation, type) and not get_args(annotation):
        return {annotation}
    return {kind for part in get_args(annotation) for kind in _kinds(part)}
