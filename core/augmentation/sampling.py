"""What turns uniforms into values, written once: for one picture's floats, for many's arrays.

Each function takes a float and gives a float, or float64 [N] and gives an array of N, with the
same bits: a picture drawn alone is the picture drawn among others.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from math import exp, log, sqrt
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from core.augmentation.draws import GATE
from core.recipe.config import EFFECTS, AugmentationConfig, Kind

Floats = npt.NDArray[np.float64]
Number = TypeVar("Number", float, Floats)
Drawn = Mapping[str, tuple[Number, ...]]  # one picture's draws, or many's


@lru_cache(maxsize=256)
def effects_on(config: AugmentationConfig, kind: Kind) -> tuple[str, ...]:
    """The effects of that kind that ``config`` lets change pictures; the others aren't drawn."""
    return tuple(one.name for one in EFFECTS if one.kind == kind and one.is_on(config))


def strength(
    ends: tuple[float, float], probability: float, nothing: float, uniforms: tuple[Number, ...]
) -> Number:
    """How strong an effect is whose strength is one number: its first uniform says how far from
    the low end to the high end; its last, whether it is done at all."""
    value: Number = chosen(uniforms[GATE], probability, between(ends, uniforms[0]), nothing)
    return value


def between(ends: tuple[float, float] | tuple[Number, Number], uniform: Number) -> Number:
    """The value that far along the way from the low end to the high end."""
    low, high = ends
    return least(low + (high - low) * uniform, high)  # rounding may step over the end


def chosen(uniform: Number, probability: float, value: Any, nothing: Any) -> Any:
    """``value`` where an effect of that probability is done, which is where ``uniform`` is below
    it, and ``nothing`` elsewhere; of the shape of ``value``."""
    if not isinstance(uniform, np.ndarray):
        return value if uniform < probability else nothing
    if probability >= 1:
        return value  # uniforms stay below 1
    return np.where((uniform < probability).reshape(-1, *(1,) * (value.ndim - 1)), value, nothing)


def together(*values: Any) -> Any:
    """A tuple of one picture's values; many pictures' as the columns of one array [N, ...]."""
    return np.array(values).swapaxes(0, 1) if isinstance(values[0], np.ndarray) else values


def whole(value: Number) -> Any:
    """The integer part of a number that is not negative: ``int``, or int64 [N]."""
    return value.astype(np.int64) if isinstance(value, np.ndarray) else int(value)


def least(value: Number, limit: float | Number) -> Number:
    """``value``, but no more than ``limit``."""
    return np.minimum(value, limit) if isinstance(value, np.ndarray) else min(value, limit)


def greatest(value: Number, limit: float | Number) -> Number:
    """``value``, but no less than ``limit``."""
    return np.maximum(value, limit) if isinstance(value, np.ndarray) else max(value, limit)


def root(value: Number) -> Number:
    """The square root, which IEEE 754 rounds correctly everywhere."""
    return np.sqrt(value) if isinstance(value, np.ndarray) else sqrt(value)


def exponential(value: Number) -> Number:
    """e to the power of ``value``."""
    return _each(exp, value)


def logarithm(value: Number) -> Number:
    """The natural logarithm."""
    return _each(log, value)


def _each(function: Callable[[float], float], value: Number) -> Number:
    # NumPy's own differ from the C library's in the last bit, by the processor's instructions.
    if isinstance(value, np.ndarray):
        return np.array([function(one) for one in value.tolist()], dtype=np.float64)
    return function(value)
