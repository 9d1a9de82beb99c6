"""A colour and a mark for each of several runs in one figure.

The colours are the data's own, tested for contrast in light and dark; the marks tell runs apart
for those who see some colours alike, and beyond eight runs.
"""

from core.reports.plots.style import DATA_COLORS, PlotLook

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
