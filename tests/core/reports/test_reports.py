"""Runs side by side, in what they differ, and runs as files: HTML, CSV, figures, TensorBoard."""

import re
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, get_args
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from core.common.messages import SENTENCES, InputError, ThawError
from core.dataset.summary import scan
from core.recipe.config import RunConfig
from core.recipe.heads import HeadKind
from core.reports import export as run_export
from core.reports.comparison import (
    compare,
    differences,
    english,
    field_name,
    leaves,
    notes,
    p_shown,
    pair_told,
    shown,
    shown_value,
    told_apart,
)
from core.reports.html import report
from core.runs import list as run_list
from core.runs.events import EpochFinished, RunStarted, Score
from core.runs.history import History, fold
from core.runs.list import RunLabel
from core.runs.places import PREDICTIONS
from core.runs.run import Run
from tests.support import histories
from tests.support.pictures import PictureFolder, draw_folder
from tests.support.runs import read_csv, recorded_run
from tests.support.training import small_recipe
from tests.support.wording import said

Make = Callable[..., Run]
BEST = "stages.0.keep=accuracy"


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty images of each of two classes; half of them validate. No test changes them."""
    return draw_folder(tmp_path_factory.mktemp("compared") / "images", 2, 20)


@pytest.fixture
def make(images: Path, tmp_path: Path) -> Make:
    """Makes a run of one epoch on ``images`` that misclassifies the images of a range."""

    def made(name: str, wrong: range = range(0), *changes: str, folder: Path = images) -> Run:
        right = [number not in wrong for number in range(20)]
        changed = ["dataset.validation_fraction=0.5", *changes]
        return recorded_run(folder, tmp_path / name, (0.5,), right=right, settings=changed)

    return made


# -- a comparison ---------------------------------------------------------------------------


def told(*runs: Run) -> tuple[str, dict[str, Any]]:
    """What is told of the first pair: its code and values."""
    found = compare(runs)
    code, values = pair_told(found, found.pairs[0], lambda low, high: f"{low}-{high}")
    assert english((code, values))
    return code, dict(values)


def test_few_answers_apart_are_chance_and_many_are_not(make: Make) -> None:
    good, worse, bad = make("good"), make("worse", range(4)), make("bad", range(12))
    code, values = told(good, worse)
    assert (code, values["p"]) == ("compare_chance", "p = 0.12")
    names = {"first": "good", "second": "worse"}
    assert values["told"] == ("compare_paired", {**names, "only_first": 4, "only_second": 0})
    code, values = told(bad, good)
    assert (code, values["p"], values["better"]) == ("compare_beyond", "p = 0.00049", "good")
    assert compare([bad, good]).pairs[0].p == binomtest(0, 12).pvalue


def test_several_pairs_are_corrected_for_their_number(make: Make) -> None:
    good, bad, other = make("good"), make("bad", range(6)), make("other", range(10, 13))
    alone, together = compare([good, bad]), compare([good, bad, other])
    assert (alone.pairs[0].p, alone.pairs[0].verdict) == (0.03125, "beyond")
    assert (together.pairs[0].adjusted, together.pairs[0].verdict) == (3 * 0.03125, "chance")
    assert ("compare_holm", {"count": 3}) in notes(together)
    assert "compare_holm" not in [one[0] for one in notes(alone)]


def test_what_cannot_be_paired_is_not_tested(make: Make, picture_folder: PictureFolder) -> None:
    first, same = make("first", range(3)), make("same", range(3))
    assert told(first, same)[0] == "compare_alike"
    split = make("split", range(0), "dataset.split_seed=5")
    code, values = told(first, split)
    assert (code, values["verdict"]) == ("compare_unpaired", ("compare_overlap", {}))
    assert compare([first, split]).tested == 0
    (same.directory / PREDICTIONS).unlink()
    assert (told(first, same)[0], told(first, same)[1]["name"]) == ("compare_unread", "same")
    more = make("more", folder=picture_folder(classes=3, per_class=8))
    assert told(first, more)[0] == "compare_classes"
    folder = picture_folder(classes=2, per_class=20, name="changed")
    before = make("before", folder=folder)
    changed = folder / before.used("validation")[0].path
    changed.write_bytes(changed.read_bytes() + b"\0")
    code, values = told(before, make("after", folder=folder))
    counts = values["shared"], values["first_images"], values["second_images"]
    assert (code, counts) == ("compare_unpaired", (19, 20, 20)), "it is another image now"


def test_only_what_differs_is_listed_and_the_caution_where_the_best_epoch_was_chosen(
    make: Make, images: Path
) -> None:
    one, two = make("one"), make("two", range(0), "seed=7", "model.head.kind=svm")
    found = compare([one, two])
    values = {one.key: one.values for one in found.differences}
    assert values.pop("model.head.l2") == (0.0061, 1e-4)  # each kind's own
    assert values == {"seed": (0, 7), "model.head.kind": ("softmax", "svm")}
    chosen = recorded_run(images, one.directory.with_name("three"), (0.2, 0.9), settings=[BEST])
    assert not [code for code, _ in notes(found) if "chosen" in code]
    assert ("compare_chosen_some", {"names": "three"}) in notes(compare([one, chosen]))


def test_runs_go_by_their_own_names_and_namesakes_by_their_folders(make: Make) -> None:
    runs = [make("monday/run"), make("friday/run")]
    assert [one.name for one in compare(runs).outcomes] == ["monday/run", "friday/run"]
    run_list.write_label(runs[0].directory, RunLabel("with flips"))
    assert [one.name for one in compare(runs).outcomes] == ["with flips", "run"]
    for some, code in (runs[:1], "compare_one"), ([runs[1], runs[1]], "compare_twice"):
        with pytest.raises(InputError) as error:
            compare(some)
        assert error.value.code == code


def test_p_is_never_rounded_across_its_limit() -> None:
    words = {1.0: "p = 1", 0.18: "p = 0.18", 0.049999: "p = 0.049999", 1e-9: "p < 0.0001"}
    assert {p: p_shown(p) for p in words} == words


# -- differences ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def found(images: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Gives all in which runs of two recipes differ: the values in words, by their field."""

    def of(*recipes: list[str]) -> dict[str, list[str]]:
        home, summary = tmp_path_factory.mktemp("runs"), scan(images)
        made = [
            Run.create(home / str(number), small_recipe(*one), summary)
            for number, one in enumerate(recipes)
        ]
        return {one.key: [english(shown(one, at)) for at in (0, 1)] for one in differences(made)}

    return of


def test_every_field_of_a_recipe_and_every_head_has_a_name() -> None:
    keys = [key for key, _ in leaves("", RunConfig().to_data()) if key not in ("schema", "stages")]
    keys += [f"stages.0.{name}" for name in RunConfig().to_data()["stages"][0]]
    assert [key for key in keys if field_name(key) == key] == []
    assert {f"value_head_{kind}" for kind in get_args(HeadKind)} <= set(SENTENCES)


def test_a_stage_more_is_one_line(found: Any) -> None:
    stages = '{"epochs": 3}, {"epochs": 2, "thawed": [4, 5]}'
    (line,) = found(['stages=[{"epochs": 3}]'], [f"stages=[{stages}]"]).items()
    key, (lacking, told) = line
    assert "4, 5" in told
    assert "2" in told
    assert lacking != told
    assert "2" in english(field_name(key))


def test_only_what_makes_a_difference_is_one(found: Any) -> None:
    turned = {"augmentation.rotation": "\N{MINUS SIGN}15 to 15"}
    split = {"dataset.split_seed": "3", "pictures.train": "32", "pictures.validation": "8"}
    rotation, probability = "augmentation.rotation=15", "augmentation.rotation_probability"
    own = ["model.head.kind=fc", "model.head.hidden=[256]"]  # its default
    for first, second, expected in (
        ([], [rotation], turned),
        ([], [rotation, f"{probability}=0.3"], {**turned, probability: "0.3"}),
        ([], ["stages.0.backbone_factor=0.5"], {}),  # all its blocks are frozen
        ([], ["dataset.split_seed=3"], split),
        (own[:1], own, {}),
    ):
        values = found(first, second)
        assert values.keys() == expected.keys()
        assert all(expected[key] in told[1] != told[0] for key, told in values.items())


def test_paths_are_cut_to_what_tells_them_apart() -> None:
    twice = ["/a/x/leaves", "/b/x/leaves", "/a/x/leaves"]
    for paths, expected in (
        (["/home/anna/leaves", "/home/anna/signs"], ["leaves", "signs"]),
        (twice, ["a/x/leaves", "b/x/leaves", "a/x/leaves"]),
        (["C:\\Users\\anna\\leaves", "/home/anna/old/leaves"], ["anna/leaves", "old/leaves"]),
        (["/home/leaves", "imagenet", 3], ["leaves", "imagenet", 3]),
        (["/srv/leaves", "/mnt/srv/leaves"], ["srv/leaves", "mnt/srv/leaves"]),
    ):
        assert told_apart(paths) == expected


def test_values_in_words() -> None:
    for key, value, words in (
        ("dataset.image_size", 64, "64 px"),
        ("stages.0.thawed", [5], "block 5"),
        ("stages.0.learning_rate", 0.0002, "0.0002"),
        ("augmentation.translation", [0.1, 0.2], "0.1, 0.2"),
        ("model.head.hidden", [256, 64], "256, 64"),
        ("stages.0.thawed", [], SENTENCES["value_none"]),
        ("stages.0.learning_rate", None, SENTENCES["value_head_rate"]),
        ("class_weights", True, SENTENCES["value_yes"]),
    ):
        assert english(shown_value(key, value)) == words


# -- the HTML report ------------------------------------------------------------------------

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

    def handle_endtag(self, tag: str) -> None:
        assert tag in _VOID or self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.fixture
def runs(images: Path, tmp_path: Path) -> list[Run]:
    """Two runs, of whose eight validation images the first misclassified two, the second one."""
    flips, plain = tmp_path / "flips", tmp_path / "plain"
    other: dict[str, Any] = {"settings": [BEST, "seed=7"], "majority": 0.5}
    return [
        recorded_run(images, flips, (0.25, 0.5, 0), right=[False] * 2, settings=[BEST]),
        recorded_run(images, plain, (0.5, 0), right=[False], **other),
    ]


def words_of(*runs: Run) -> str:
    return " ".join(_Page(report(runs)).words.split())


def codes_of(*runs: Run) -> set[str]:
    """The codes whose sentences are lines of the report."""
    lines = map(str.strip, _Page(report(runs)).words.splitlines())
    return set().union(*(said(line) for line in lines if len(line) < 500))


def test_a_report_says_on_what_accuracies_rest_and_what_differs_but_not_where_images_lie(
    images: Path, tmp_path: Path, runs: list[Run]
) -> None:
    words = words_of(runs[0])
    assert "6 of 8" in words
    assert "95 %" in words
    assert "kept_accuracy" in codes_of(runs[0])
    assert f"python main.py train {images.name} " in words
    assert str(images.parent) not in report(runs[:1]).decode()
    last = recorded_run(images, tmp_path / "last", (0.25, 0.5), majority=0.0)
    assert {"kept_last"} == codes_of(last) & {"kept_last", "kept_accuracy"}
    expected = {"compare_paired", "compare_chance", "compare_mcnemar", "field_seed"}
    assert expected <= codes_of(*runs)
    assert "p = 1" in words_of(*runs)
    assert report(runs) == report(runs)
    tested = recorded_run(images, tmp_path / "tested", settings=["dataset.test_fraction=0.2"])
    words = words_of(tested)
    assert words.index(SENTENCES["report_test_untouched"].partition("{")[0]) < words.index("75.0 %")
    begun = Run.create(tmp_path / "begun", small_recipe(), scan(images))
    assert "95 %" not in words_of(begun)


def test_a_comparison_tells_folders_apart_without_where_they_lie(
    make: Make, picture_folder: PictureFolder
) -> None:
    folders = [picture_folder(name=f"secret/{place}/pictures") for place in ("old", "new")]
    runs = [make(one.parent.name, folder=one) for one in folders]
    for written in (report(runs), run_export.comparison_csv(compare(runs))):
        assert b"old/pictures" in written
        assert b"new/pictures" in written
        assert b"secret" not in written


@pytest.mark.parametrize("count", [1, 2])
def test_the_page_needs_nothing_else_and_its_figures_follow_its_colours(
    runs: list[Run], count: int
) -> None:
    data = report(runs[:count])
    page, text = _Page(data), data.decode()
    assert page.tags.isdisjoint({"script", "link", "img", "iframe", "object"})
    assert all(one.startswith("#") for one in page.links)
    assert len(page.ids) == len(set(page.ids))
    addresses = set(re.findall(r'https?://[^"\s]+', text))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert "prefers-color-scheme: dark" in text
    figures = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    assert figures
    declared = set(re.findall(r"(--plot-\w+):", text))
    for figure in figures:
        ElementTree.fromstring(figure)
        used = set(re.findall(r"var\((--plot-\w+)\)", figure))
        assert used
        assert used <= declared
        assert re.findall(r"(?:fill|stroke): #\w+", figure) == []
    # nothing wide is cut off on a telephone or on paper
    parts = len(re.findall("<svg|<table", text))
    assert len(re.findall('<div class="scroll">(?=<svg|<table)', text)) == parts
    printed = text.partition("@media print {")[2].partition("</style>")[0]
    assert ".scroll { overflow: visible }" in printed
    assert "svg { min-width: 0 }" in printed


def test_names_and_notes_are_text_and_nothing_else(runs: list[Run], tmp_path: Path) -> None:
    evil = '<script>alert("1")</script> & {{ 7 * 7 }}'
    run_list.write_label(runs[0].directory, RunLabel(evil, f"note {evil}"))
    for some in (runs[:1], runs):
        page = _Page(report(some))
        assert "script" not in page.tags
        assert evil in page.words
    formula = '=HYPERLINK("http://example.org"), "é"'
    run_list.write_label(runs[0].directory, RunLabel(formula))
    data = run_export.comparison_csv(compare(runs))
    text = data.decode("utf-8-sig")
    assert "\n=" not in text
    assert '\n"=' not in text
    assert read_csv(data)[0]["run"] == formula
    for name in ("from $5 to $6", "$x_{$", "_hidden"):  # no formulas of matplotlib's
        run_list.write_label(runs[0].directory, RunLabel(name))
        run_export.write(runs, tmp_path / "figure.svg")
        assert f">{name}</text>" in (tmp_path / "figure.svg").read_text("utf-8")


# -- tables of numbers ----------------------------------------------------------------------


_LOSSES = st.floats(min_value=0, allow_nan=False)
_IMAGES = st.integers(min_value=1, max_value=1000)


@st.composite
def _histories(draw: st.DrawFn) -> History:
    images, count = draw(_IMAGES), draw(st.integers(min_value=1, max_value=6))
    events: list[RunStarted | EpochFinished] = [RunStarted(epochs=(count,))]
    for epoch in range(1, count + 1):
        right = draw(st.integers(min_value=0, max_value=images))
        train = Score(draw(_LOSSES), draw(st.floats(0, 1)), draw(_IMAGES))
        validation = Score(draw(_LOSSES), right / images, images)
        events.append(EpochFinished(1, epoch, train, validation, draw(st.floats(0, 1e6))))
    return fold(events)


@settings(max_examples=40)
@given(_histories())
def test_every_number_of_a_history_comes_back(history: History) -> None:
    table = run_export.history_csv(history)
    assert table.startswith(b"\xef\xbb\xbf"), "by which Excel sees that it is Unicode"
    rows = read_csv(table)
    assert len(rows) == len(history.epochs)
    for row, one in zip(rows, history.epochs, strict=True):
        assert float(row["train_loss"]) == one.train.loss
        assert float(row["validation_loss"]) == one.validation.loss
        assert float(row["validation_accuracy"]) == one.validation.accuracy
        assert float(row["seconds"]) == one.seconds
        assert float(row["validation_low"]) <= one.validation.accuracy + 1e-12
        assert row["kept"] == ("1" if one == history.best else "0")


# -- TensorBoard ----------------------------------------------------------------------------


def test_a_run_becomes_event_files_that_tensorboard_reads(images: Path, tmp_path: Path) -> None:
    loader = pytest.importorskip("tensorboard.backend.event_processing.event_file_loader")
    run = recorded_run(images, tmp_path / "my run", (0.25, 0.5, 0.75))
    for _ in range(2):  # the second time in place of the first
        (place,) = run_export.write_tensorboard([run], tmp_path / "board")
    assert place == tmp_path / "board" / "my-run"
    (file,) = place.iterdir()
    points = {
        (value.tag, event.step): value.tensor.float_val[0]
        for event in loader.EventFileLoader(str(file)).Load()
        for value in event.summary.value
    }
    for step, one in enumerate(run.history.epochs, start=1):
        assert points["accuracy/validation", step] == pytest.approx(one.validation.accuracy)
        assert points["loss/train", step] == pytest.approx(one.train.loss)


def test_time_never_goes_back_even_in_an_epoch_that_was_cut_off() -> None:
    told = histories.events((0.5, 0.6), (0.7, 0.8), seconds=0.4, batches=2, outcome=None)
    points = run_export.scalars(fold(told[:-2]))
    times = [one.seconds for one in points if one.tag == "batch/loss"]
    assert times == sorted(times)
    assert times[-1] == pytest.approx(3 * 0.4)


def test_runs_of_one_name_have_folders_of_their_own(make: Make, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    runs = [make(place) for place in ("first", "second", "elsewhere/second")]
    for run in runs:
        run_list.write_label(run.directory, RunLabel("base line"))
    written = run_export.write_tensorboard(runs, tmp_path / "board")
    names = ["base-line-first", "base-line-second", "base-line-second-2"]
    assert [one.name for one in written] == names
    assert all(len(list(one.iterdir())) == 1 for one in written)


def test_without_the_package_one_sentence_says_what_to_install(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make("run")
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    for name in [one for one in sys.modules if one.startswith("tensorboard.")]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ThawError) as error:
        run_export.write_tensorboard([run], tmp_path / "board")
    assert "pip install" in str(error.value)
    assert not (tmp_path / "board").exists()
