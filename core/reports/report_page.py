"""The one HTML page of a report: what stands on it, and how that becomes a file.

The page holds all that it shows: no script, no link, no picture from elsewhere. Every text is
escaped by the template's engine; only figures, which matplotlib wrote, are taken as they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from core.dataset.folder import printable
from core.reports.plots import files as plots_files
from resources import REPORT

_TEMPLATE = REPORT / "report.html"


@dataclass(frozen=True)
class LegendEntry:
    """A sign in the colour of the CSS ``variable``, and what it stands for."""

    sign: str
    variable: str
    name: str


@dataclass(frozen=True)
class Figure:
    """An ``<svg>`` element (``run_files.inline_svg``) and what is said under it."""

    svg: str
    caption: str
    legend: Sequence[LegendEntry] = ()


@dataclass(frozen=True)
class Table:
    """Rows of text, the first cell of each being its heading. ``numbers`` are the columns that
    are set to the right, ``kept`` the rows that stand out; ``folded``, where it is not empty, is
    the line by which the table is opened."""

    rows: Sequence[Sequence[str]]
    columns: Sequence[str] = ()
    numbers: frozenset[int] = frozenset()
    kept: frozenset[int] = frozenset()
    folded: str = ""


@dataclass(frozen=True)
class Block:
    """A text that keeps its lines, opened by its title."""

    title: str
    text: str


@dataclass(frozen=True)
class Section:
    """A part of the page under a heading, in this order; ``points`` are lines of a list."""

    title: str
    lines: Sequence[str] = ()
    points: Sequence[str] = ()
    figures: Sequence[Figure] = ()
    tables: Sequence[Table] = ()
    blocks: Sequence[Block] = ()


@dataclass(frozen=True)
class Page:
    """A report: ``lead`` stands first, then the one big ``score`` and what belongs to it."""

    title: str
    subtitle: str
    lead: Sequence[str] = ()
    score: str = ""
    under_score: Sequence[str] = ()
    sections: Sequence[Section] = field(default_factory=tuple)


def render(page: Page) -> bytes:
    """The page as an HTML file in UTF-8."""
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    light, dark = plots_files.css()
    engine = Environment(autoescape=True, undefined=StrictUndefined)
    values = {
        "title": page.title,
        "subtitle": page.subtitle,
        "lead": page.lead,
        "score": page.score,
        "under_score": page.under_score,
        "sections": [_section(one) for one in page.sections],
        "light_css": Markup(light),
        "dark_css": Markup(dark),
    }
    template = engine.from_string(_TEMPLATE.read_text("utf-8"))
    return printable(template.render(page=values)).encode("utf-8")


def _section(section: Section) -> dict[str, object]:
    from markupsafe import Markup

    figures = [
        {"svg": Markup(one.svg), "caption": one.caption, "legend": one.legend}
        for one in section.figures
    ]
    return {**vars(section), "figures": figures}
