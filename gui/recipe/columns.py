"""Where the drawing of the network and the stages' rows below it put things, left to right."""

from dataclasses import dataclass
from typing import NamedTuple

from core.recipe import vgg16

GAP = 8
_NARROWEST, _WIDEST = 72, 150


class Span(NamedTuple):
    """A piece of the width, in pixels."""

    left: int
    width: int

    @property
    def right(self) -> int:
        return self.left + self.width

    @property
    def center(self) -> float:
        return self.left + self.width / 2


@dataclass(frozen=True)
class Columns:
    """A label, one column for each block and one for the head, and what ends a row.

    The blocks and the head are equally wide and share what ``label_width`` and ``end_width``
    leave of ``width``; beyond a comfortable width the end gets the rest.
    """

    width: int
    label_width: int
    end_width: int

    @property
    def label(self) -> Span:
        return Span(0, self.label_width)

    @property
    def column_width(self) -> int:
        """Of a block or the head, the gap to the next not counted."""
        left = self.width - self.label_width - self.end_width - GAP
        return min(max(left // (vgg16.BLOCK_COUNT + 1) - GAP, _NARROWEST), _WIDEST)

    def block(self, number: int) -> Span:
        """Block 1 to 5."""
        step = self.column_width + GAP
        return Span(self.label_width + GAP + (number - 1) * step, self.column_width)

    @property
    def head(self) -> Span:
        return self.block(vgg16.BLOCK_COUNT + 1)

    @property
    def end(self) -> Span:
        left = self.head.right + GAP
        return Span(left, max(self.width - left, self.end_width))
