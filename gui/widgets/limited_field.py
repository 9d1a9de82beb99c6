"""Number fields that take what the recipe takes, read from the recipe's own check."""

from collections.abc import Iterator
from typing import Any, get_args

from core.config_types import Config
from gui.widgets.number_field import NumberField


def limited_field(model: type[Config], name: str, **more: Any) -> NumberField:
    """A field with the limits of ``model``'s field ``name``; ``more`` goes to ``NumberField``."""
    bounds: dict[str, Any] = {}
    for bound in _metadata(model.model_fields[name]):
        if hasattr(bound, "ge"):
            bounds["minimum"] = bound.ge
        elif hasattr(bound, "gt"):
            bounds.update(minimum=bound.gt, exclusive_minimum=True)
        elif hasattr(bound, "le"):
            bounds["maximum"] = bound.le
        elif hasattr(bound, "lt"):
            bounds["maximum"] = bound.lt - 1  # whole numbers only have such a limit
    return NumberField(**(bounds | more))


def _metadata(field: Any) -> Iterator[Any]:
    """The constraints of a field, those inside of ``X | None`` too."""
    yield from field.metadata
    for part in get_args(field.annotation):
        for inner in get_args(part):
            yield from getattr(inner, "metadata", ())
