"""The form of what a person reads of a recipe's field; the words of each are in modules beside."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Choice:
    """One of the values that a field may have: its name, and in a few words what it does."""

    name: str
    words: str


@dataclass(frozen=True)
class Setting:
    """A field's name, the few ``words`` under it, and ``help``, a sentence.

    ``unit`` stands after a number, ``empty`` in a field that has none. ``choices`` are by the
    recipe's value; the chosen one's words take the place of ``words``.
    """

    name: str
    words: str
    help: str
    unit: str = ""
    empty: str = ""
    choices: Mapping[Any, Choice] = field(default_factory=dict)
