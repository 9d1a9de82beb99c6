"""How plots look: colours, text sizes, and a colour and a mark for each of several runs.

The colours are tested for contrast in light and dark. The marks tell runs apart for people who see
some colours alike, and beyond eight runs. Importing this module does not import matplotlib.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend

# What is shown, and its colour on a light and on a dark ground: 4.5 or more of contrast to both
# the page and the window (WCAG 2.2, 1.4.3), so that text may have it too.
DATA_COLORS: dict[str, tuple[str, str]] = {
    "train": ("#0a6a6a", "#5fcfcf"),
    "validation": ("#7a2ea0", "#d9a0f7"),
    "best": ("#7d5800", "#f2c14e"),
    "stage": ("#606060", "#b4b4b4"),
    "baseline": ("#606060", "#b4b4b4"),
    "frozen": ("#0b5f91", "#8fd3ff"),
    "thawed": ("#a04208", "#ffab66"),
    "training": ("#ab1157", "#ff94bf"),
    "right": ("#1b672d", "#74d08a"),
    "wrong": ("#b3261e", "#ff938a"),
    "warning": ("#7d5800", "#f2c14e"),
}


@dataclass(frozen=True)
class PlotLook:
    """Colours by name (``base``, ``text``, ``grid`` and those of the data) as #rrggbb, and
    the size of the text in points."""

    colors: dict[str, str]
    points: float


def _look(dark: bool, base: str, text: str, grid: str) -> PlotLook:
    data = {name: pair[dark] for name, pair in DATA_COLORS.items()}
    return PlotLook({**data, "base": base, "text": text, "grid": grid}, 9.0)


LIGHT = _look(False, "#ffffff", "#1a1a1a", "#cacaca")  # for a file that is printed
DARK = _look(True, "#1e1e1e", "#f0f0f0", "#484848")


def style(figure: Figure, axes: Iterable[Axes], look: PlotLook) -> None:
    """Give the ground, the grid and the words around ``axes`` their colours and sizes."""
    colors = look.colors
    figure.set_facecolor(colors["base"])
    for one in axes:
        one.set_facecolor(colors["base"])
        one.grid(True, color=colors["grid"], lw=0.6)
        one.tick_params(
            which="both", colors=colors["text"], labelsize=look.points, color=colors["grid"]
        )
        for side, spine in one.spines.items():
            spine.set_visible(side in ("left", "bottom"))
            spine.set_color(colors["grid"])
        for label in (one.xaxis.label, one.yaxis.label):
            label.set(color=colors["text"], fontsize=look.points)


def add_legend(
    place: Axes | Figure, entries: Iterable[tuple[Any, str]], look: PlotLook, **how: Any
) -> Legend:
    """A legend in ``place`` of artists and their names, which a person may have written and which
    are no formulas."""
    artists, names = zip(*entries, strict=True)
    how = {"fontsize": look.points, "labelcolor": look.colors["text"], **how}
    legend = place.legend(artists, [""] * len(names), **how)
    for text, name in zip(legend.get_texts(), names, strict=True):
        text.set(text=name, parse_math=False)
    return legend


_ORDER = ("frozen", "thawed", "right", "validation", "training", "train", "best", "stage")
MARKS = ("o", "s", "^", "D", "v", "P", "X", "p", "<", "h")  # matplotlib's
SIGNS = "\N{BLACK CIRCLE}\N{BLACK SQUARE}\N{BLACK UP-POINTING TRIANGLE}\N{BLACK DIAMOND}" + (
    "\N{BLACK DOWN-POINTING TRIANGLE}\N{HEAVY GREEK CROSS}\N{HEAVY MULTIPLICATION X}"
    "\N{BLACK PENTAGON}\N{BLACK LEFT-POINTING TRIANGLE}\N{BLACK HEXAGON}"
)


def color(number: int, dark: bool) -> str:
    """The colour, #rrggbb, of the run of ``number`` (from 0), on a dark or a light ground."""
    return DATA_COLORS[_ORDER[number % len(_ORDER)]][dark]


def mark(number: int) -> str:
    """The mark of its points, for matplotlib."""
    return MARKS[number % len(MARKS)]


def sign(number: int) -> str:
    """The same mark as a letter, for legends in text."""
    return SIGNS[number % len(SIGNS)]


def is_dark(look: PlotLook) -> bool:
    """Whether ``look`` has light text on a dark ground."""
    return look.colors["base"] < look.colors["text"]
