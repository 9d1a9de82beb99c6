"""What pictures have in common that belong together, as recipes write it (``group_by``)."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

MOST_SECONDS = 86_400.0  # a day: beyond it, gaps chain whole collections together
ALLOWED = (
    'null, "prefix:" and the separator (such as "prefix:_"), "subfolder", '
    f'or "time:" and a number of seconds above 0, at most {MOST_SECONDS:.0f} (such as "time:5")'
)

GroupKind = Literal["prefix", "subfolder", "time"]


@dataclass(frozen=True)
class GroupBy:
    """What pictures have in common that belong together.

    ``prefix``: what stands in the file name before its first ``separator``; ``subfolder``: the
    folder inside the class folder; ``time``: the moment of the photograph, at most ``seconds``
    from the one before or after it.
    """

    kind: GroupKind
    separator: str = ""
    seconds: float = 0.0


def parse(text: str) -> GroupBy:
    """``prefix:<separator>``, ``subfolder`` or ``time:<seconds>``, as recipes write it.

    Raises ``ValueError``, whose text says what is allowed.
    """
    kind, _, value = text.partition(":")
    if text == "subfolder":
        return GroupBy("subfolder")
    if kind == "prefix" and value and "/" not in value:
        return GroupBy("prefix", separator=unicodedata.normalize("NFC", value))
    if kind == "time" and re.fullmatch(r"[0-9]+(\.[0-9]+)?", value):
        seconds = float(value)
        if 0 < seconds <= MOST_SECONDS:
            return GroupBy("time", seconds=seconds)
    raise ValueError(ALLOWED)
