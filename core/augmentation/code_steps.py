"""What generated code is made of, whichever library it is for."""

from dataclasses import dataclass

from core.recipe.config import FillMode


@dataclass(frozen=True)
class Step:
    """One transform: the expression that makes it, how often it is done, what it does otherwise
    than Thaw (a comment), and a function of its own that it needs (without indentation)."""

    code: str
    probability: float = 1.0
    note: str = ""
    helper: str = ""


# What is no colour: only some libraries fill with it.
FILLS: dict[FillMode, str] = {
    "edge": "the edge's pixels",
    "reflect": "reflection",
    "wrap": "what is on the opposite side",
}


def number(value: float) -> str:
    """``value`` as a person writes it."""
    return f"{value:.6g}"


def pair(values: tuple[float, float]) -> str:
    """A range as a tuple."""
    return f"({number(values[0])}, {number(values[1])})"


def either_way(value: float) -> tuple[float, float]:
    """The range from ``-value`` to ``value``."""
    return (-value or 0.0, value)
