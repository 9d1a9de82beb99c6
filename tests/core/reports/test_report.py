"""The HTML report: one file that holds all it shows, every text escaped."""

import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from matplotlib.figure import Figure

from core.reports import export as run_export
from core.reports.comparison import compare
from core.reports.html import report
from core.reports.plots.comparison_figure import ComparisonFigure, ComparisonWords, Curve, Shown
from core.reports.plots.style import LIGHT
from core.runs import list as run_list
from core.runs.archive import told_apart
from core.runs.history import Series
from core.runs.list import RunLabel
from core.runs.run import Run
from tests.support.pictures import PictureFolder
from tests.support.runs import trained_run

_EVIL = '<script>alert("1")</script> & {{ 7 * 7 }}'
_VOID = {"meta", "link", "br", "hr", "img"}


class _Page(HTMLParser):
    """The tags, links and words of a page; fails where tags don't close in order."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.words = ""
        self._open: list[str] = []
        self.feed(data.decode("utf-8"))
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        values = dict(attrs)
        self.links += [str(values[one]) for one in ("src", "href", "xlink:href") if one in values]
        self.ids += [str(values["id"])] if "id" in values else []
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


BEST = "stages.0.keep=accuracy"


@pytest.fixture
def runs(picture_folder: PictureFolder, tmp_path: Path) -> list[Run]:
    folder = picture_folder(classes=2, per_class=8)
    return [
        trained_run(folder, tmp_path / "flips", [False, False], BEST, accuracies=(0.25, 0.5)),
        trained_run(folder, tmp_path / "plain", [False], BEST, "seed=7", accuracies=(0.5,)),
    ]


def _squeezed(words: str) -> str:
    return re.sub(r"\s+", " ", words)


def test_a_run_s_report_says_on_what_its_accuracy_rests(runs: list[Run]) -> None:
    page = _Page(report(runs[:1]))
    words = _squeezed(page.words)
    right = runs[0].history.epochs[-1].validation.correct
    assert f"Validation accuracy: {right} of 4 pictures, 95 % interval" in words
    assert "chosen as the best on these pictures, so a little optimistic" in words
    assert "stage 1" in words
    assert "python main.py train" in words


def test_a_report_does_not_tell_where_on_the_machine_the_pictures_lie(
    runs: list[Run], tmp_path: Path
) -> None:
    written = report(runs[:1])
    assert str(tmp_path) not in written.decode()
    assert f"train {runs[0].folder.name} " in _squeezed(_Page(written).words)


def test_a_comparison_tells_folders_apart_without_where_they_lie(
    picture_folder: PictureFolder, tmp_path: Path
) -> None:
    (tmp_path / "secret").mkdir()
    folders = [picture_folder(name=f"secret/{place}/pictures") for place in ("old", "new")]
    runs = [trained_run(one, tmp_path / f"run-{one.parent.name}") for one in folders]
    page = report(runs).decode()
    table = run_export.comparison_csv(compare(runs)).decode()
    for written in (page, table):
        assert "old/pictures" in written
        assert "new/pictures" in written
        assert "secret" not in written


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["/home/anna/leaves", "/home/anna/signs"], ["leaves", "signs"]),
        (["/a/x/leaves", "/b/x/leaves", "/a/x/leaves"], ["a/x/leaves", "b/x/leaves", "a/x/leaves"]),
        (["C:\\Users\\anna\\leaves", "/home/anna/old/leaves"], ["anna/leaves", "old/leaves"]),
        (["/home/leaves", "imagenet", 3], ["leaves", "imagenet", 3]),
        (["/srv/leaves", "/mnt/srv/leaves"], ["srv/leaves", "mnt/srv/leaves"]),
    ],
)
def test_paths_are_cut_to_what_tells_them_apart(
    paths: list[object], expected: list[object]
) -> None:
    assert told_apart(paths) == expected


def test_a_report_does_not_call_the_last_epoch_chosen(
    picture_folder: PictureFolder, tmp_path: Path
) -> None:
    pictures = picture_folder(classes=2, per_class=8)
    run = trained_run(pictures, tmp_path / "run", [False], "stages.0.keep=last", accuracies=(0.25,))
    words = _squeezed(_Page(report([run])).words)
    assert "the last one, not picked by its score." in words
    assert "optimistic" not in words


def test_a_comparison_s_report_has_both_runs_the_test_and_what_differs(runs: list[Run]) -> None:
    words = _squeezed(_Page(report(runs)).words)
    assert "2 runs side by side" in words
    assert "flips was right on 0 of the pictures that plain got wrong" in words
    assert "no difference beyond chance (p = 1)" in words
    assert "seed" in words


@pytest.mark.parametrize("count", [1, 2])
def test_the_page_needs_nothing_else(runs: list[Run], count: int) -> None:
    data = report(runs[:count])
    page = _Page(data)
    assert page.tags.isdisjoint({"script", "link", "img", "iframe", "object"})
    assert all(one.startswith("#") for one in page.links)
    assert len(page.ids) == len(set(page.ids))
    addresses = set(re.findall(rb'https?://[^"\s]+', data))
    assert addresses <= {b"http://www.w3.org/2000/svg", b"http://www.w3.org/1999/xlink"}
    assert b"prefers-color-scheme: dark" in data


@pytest.mark.parametrize(
    ("keep", "said"),
    [("accuracy", "kept epoch, chosen on these pictures"), ("last", "kept epoch")],
)
def test_a_figure_for_elsewhere_says_what_its_ring_is(keep: str, said: str) -> None:
    points = Series((1.0, 2.0), (50.0, 60.0), (40.0, 55.0), chosen_by=keep)
    figure = ComparisonFigure(Figure(), ComparisonWords())
    figure.set_look(LIGHT)
    figure.show([Curve("one", 0, points)], Shown(legend=True))
    legend = figure.axes.axes.get_legend()
    assert legend is not None
    assert [one.get_text() for one in legend.get_texts()] == ["one", said]


def test_a_figure_for_elsewhere_says_what_its_bands_are() -> None:
    points = Series((1.0, 2.0), (0.5, 0.6), (0.4, 0.55), (0.3, 0.4), (0.5, 0.7))
    figure = ComparisonFigure(Figure(), ComparisonWords())
    figure.set_look(LIGHT)
    figure.show([Curve("one", 0, points)], Shown(legend=True, band=True))
    legend = figure.axes.axes.get_legend()
    assert legend is not None
    assert "95 % interval of validation" in [one.get_text() for one in legend.get_texts()]


@pytest.mark.parametrize("count", [1, 2])
def test_every_figure_is_whole_and_follows_the_page_s_colours(runs: list[Run], count: int) -> None:
    text = report(runs[:count]).decode()
    figures = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert figures
    declared = set(re.findall(r"(--plot-\w+):", text))
    for figure in figures:
        ElementTree.fromstring(figure)
        used = set(re.findall(r"var\((--plot-\w+)\)", figure))
        assert used
        assert used <= declared
        assert re.findall(r"(?:fill|stroke): #\w+", figure) == []


def test_nothing_wide_is_cut_off_on_a_telephone_or_on_paper(runs: list[Run]) -> None:
    text = report(runs).decode()
    parts = len(re.findall("<svg|<table", text))
    assert len(re.findall('<div class="scroll">(?=<svg|<table)', text)) == parts
    printed = text.partition("@media print {")[2].partition("</style>")[0]
    assert ".scroll { overflow: visible }" in printed
    assert "svg { min-width: 0 }" in printed


def test_names_and_notes_are_text_and_nothing_else(runs: list[Run]) -> None:
    run_list.write_label(runs[0].directory, RunLabel(_EVIL, f"note {_EVIL}"))
    for some in (runs[:1], runs):
        page = _Page(report(some))
        assert "script" not in page.tags
        assert _EVIL in page.words


def test_test_pictures_stand_first(picture_folder: PictureFolder, tmp_path: Path) -> None:
    folder = picture_folder(classes=2, per_class=10)
    run = trained_run(folder, tmp_path / "run", (), "dataset.test_fraction=0.2")
    words = _squeezed(_Page(report([run])).words)
    told, score = "Test pictures that no choice has looked at: 4", "Validation accuracy"
    assert 0 < words.index(told) < words.index(score)


def test_a_run_without_an_epoch_has_a_report_too(
    picture_folder: PictureFolder, tmp_path: Path
) -> None:
    from tests.support.training import new_run, small_recipe

    run = new_run(picture_folder(), tmp_path / "run", small_recipe())
    assert "No epoch has ended yet." in _Page(report([run])).words


def test_the_same_run_gives_the_same_bytes(runs: list[Run]) -> None:
    assert report(runs) == report(runs)
