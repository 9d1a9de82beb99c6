"""Augmentation parameters of one image: the value of each effect that changes it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from core.augmentation.effects.all import RECORDS
from core.augmentation.effects.record import EffectRecord
from core.recipe.config import EFFECTS, Color, FillMode


@dataclass(frozen=True)
class Parameters:
    """What is done to one image; the default is nothing.

    ``values`` has the names of the effects that change it, in the order in which they are done,
    each with its value (``EffectRecord``). ``fill_mode`` and ``fill_color`` make what a geometric
    effect uncovers. ``Parameters.of`` makes them of effects by name.
    """

    values: tuple[tuple[str, Any], ...] = ()
    fill_mode: FillMode = "reflect"
    fill_color: Color = (0, 0, 0)

    @classmethod
    def of(
        cls, fill_mode: FillMode = "reflect", fill_color: Color = (0, 0, 0), **values: Any
    ) -> "Parameters":
        """Those of these effects' values, in any order; a value that changes nothing is left out.
        Raises ``KeyError`` for an unknown effect."""
        done = {name for name, value in values.items() if value != RECORDS[name].still}
        ordered = tuple((one.name, values[one.name]) for one in EFFECTS if one.name in done)
        return cls(ordered, fill_mode, fill_color)

    def __getitem__(self, effect: str) -> Any:
        """The effect's value, ``still`` where it does nothing. Raises ``KeyError``."""
        return dict(self.values).get(effect, RECORDS[effect].still)

    def __contains__(self, effect: str) -> bool:
        return any(effect == name for name, _ in self.values)

    @property
    def geometric(self) -> list[tuple[EffectRecord, Any]]:
        """The effects that move pixels, and their values."""
        return [(record, value) for record, value in self if record.matrix is not None]

    def __iter__(self) -> Iterator[tuple[EffectRecord, Any]]:
        return ((RECORDS[name], value) for name, value in self.values)
