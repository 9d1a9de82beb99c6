"""A recipe in the window: the stages' rows, what is said of a recipe, and recipe files."""

import json
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QPalette
from pytestqt.qtbot import QtBot

from core.augmentation.presets import PRESETS
from core.common.messages import InputError, ThawError
from core.compute.estimate import Estimate
from core.recipe import files as recipes
from core.recipe import network, vgg16
from core.recipe.config import AugmentationConfig, ModelConfig, RunConfig, StageConfig
from core.reports.comparison import Comparison, Difference
from core.runs.list import ListedRun
from core.runs.summary import StagePlan
from core.training import rates
from gui.base import words as base_words
from gui.compare import comparison as compare_comparison
from gui.recipe import files as recipe_files
from gui.recipe import words as recipe_words
from gui.recipe.stage_parts import NUMBERS, stage_note
from gui.recipe.stage_rows import BlockSelector, SelectorRow, label_width
from gui.runs import words as run_words
from gui.session.engine import EngineState
from gui.session.session import Session
from gui.shell import run_bar
from tests.support.pictures import draw
from tests.support.window.acting import click, press, retype
from tests.support.window.fakes import SPEED, open_folder

CLASSES = 8
SPACE = "\N{NO-BREAK SPACE}"

# -- the stages' rows -------------------------------------------------------------------------


class Changes:
    """Takes each change into a recipe and shows it again, as the page does."""

    def __init__(self, selector: BlockSelector) -> None:
        self.selector, self.recipe = selector, RunConfig()
        self.keys: list[str] = []
        selector.changed.connect(self.take)
        self.show(RunConfig())

    def take(self, key: str, value: object) -> None:
        self.keys.append(key)
        self.show(recipes.changed(self.recipe, key, value))

    def show(self, recipe: RunConfig, classes: int | None = CLASSES) -> None:
        self.recipe = recipe
        self.selector.show_recipe(recipe, classes, None)

    def row(self, number: int) -> SelectorRow:
        """That of a stage, from 1."""
        return self.selector.row(number)

    @property
    def thawed(self) -> list[tuple[int, ...]]:
        return [stage.thawed for stage in self.recipe.stages]


@pytest.fixture
def changes(qtbot: QtBot) -> Changes:
    selector = BlockSelector(label_width=label_width())
    qtbot.addWidget(selector)
    selector.resize(1056, 140)
    made = Changes(selector)
    with qtbot.waitExposed(selector):
        selector.show()
    return made


def test_a_click_changes_that_block_and_with_shift_all_from_there_on(
    qtbot: QtBot, changes: Changes
) -> None:
    click(changes.row(2).cell(3))
    assert changes.thawed == [(), (3, 5)]
    click(changes.row(2).cell(5))
    assert changes.thawed == [(), (3,)]
    click(changes.row(1).cell(1))
    assert changes.thawed == [(1,), (3,)]
    assert changes.keys == ["stages.1.thawed", "stages.1.thawed", "stages.0.thawed"]
    click(changes.row(1).head)
    assert len(changes.keys) == 3
    changes.show(RunConfig())
    click(changes.row(1).cell(3), shift=True)
    assert changes.thawed[0] == (3, 4, 5)
    click(changes.row(1).cell(4), shift=True)
    assert changes.thawed[0] == (3,)
    click(changes.row(1).cell(4))
    assert changes.thawed[0] == (3, 4)
    cell = changes.row(1).cell(2)
    qtbot.keyPress(cell, Qt.Key.Key_Space, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyRelease(cell, Qt.Key.Key_Shift)  # it may be let go before the space bar
    qtbot.keyRelease(cell, Qt.Key.Key_Space)
    assert changes.thawed[0] == (2, 3, 4, 5)
    press(cell, Qt.Key.Key_Space)
    assert changes.thawed[0] == (3, 4, 5)
    changes.show(recipes.make({"model": {"depth": 3}, "stages": [{}]}))
    click(changes.row(1).cell(2), shift=True)
    assert changes.thawed == [(2, 3)]
    click(changes.row(1).cell(4))
    assert changes.thawed == [(2, 3)]
    assert changes.row(1).cell(4).state == "left out"


def test_arrows_space_and_tab(changes: Changes) -> None:
    changes.row(1).cell(4).setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Left):
        press(changes.selector.focusWidget(), key)
    assert changes.row(2).cell(3).hasFocus()
    press(changes.selector.focusWidget(), Qt.Key.Key_Space)
    assert changes.thawed == [(), (3, 5)]
    assert changes.row(2).cell(3).hasFocus()
    press(changes.selector.focusWidget(), Qt.Key.Key_Tab)
    assert changes.row(2).fields.epochs.hasFocus()
    press(changes.selector.focusWidget(), Qt.Key.Key_Backtab)
    assert changes.row(2).cell(3).hasFocus()
    changes.show(recipes.make({"model": {"depth": 3}, "stages": [{}]}))
    cell = changes.row(1).cell(3)
    cell.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Up):  # edges, and what is left out
        press(cell, key)
        assert cell.hasFocus()


def test_frozen_and_thawed_differ_in_more_than_colour(changes: Changes) -> None:
    frozen, thawed = (changes.row(2).cell(number) for number in (4, 5))
    assert (frozen.state, thawed.state) == ("frozen", "thawed")
    assert frozen.text() != thawed.text()
    for cell, number in ((frozen, "4"), (thawed, "5")):
        parts = cell.accessibleName().split(", ")
        assert {"2", number} <= {part.rpartition(" ")[2] for part in parts}
    window = changes.selector.palette().color(QPalette.ColorRole.Window)
    corner = QPoint(4, 4)  # filled in a frozen cell, cut off by a thawed one's round corner
    images = [cell.grab().toImage() for cell in (frozen, thawed)]
    assert images[0].pixelColor(corner) != window
    assert images[1].pixelColor(corner) == window


def test_more_rows_than_fit_scroll_and_stay_in_the_columns(qtbot: QtBot, changes: Changes) -> None:
    changes.show(recipes.make({"stages": [{}] * 6}))
    row = changes.row(6)

    def is_seen() -> bool:
        place = row.cell(1).mapTo(changes.selector, QPoint(0, row.cell(1).height()))
        return place.y() <= changes.selector.height()

    assert not is_seen()
    changes.row(5).cell(1).setFocus()
    press(changes.selector.focusWidget(), Qt.Key.Key_Down)
    qtbot.waitUntil(is_seen)
    assert row.cell(1).hasFocus()
    # beside the scroll bar
    qtbot.waitUntil(lambda: changes.selector.columns.width < changes.selector.width())
    for block in vgg16.BLOCKS:
        cell, span = row.cell(block.number), changes.selector.columns.block(block.number)
        assert (cell.x(), cell.width()) == (span.left, span.width)
    end = row.fields.mapTo(changes.selector, QPoint(row.fields.width(), 0)).x()
    assert end <= changes.selector.columns.width


# -- a row's numbers --------------------------------------------------------------------------


def test_the_count_of_what_trains_is_cores_and_follows_at_once(changes: Changes) -> None:
    trains = changes.row(2).fields.trains
    head = network.head_parameters(changes.recipe, CLASSES)
    assert head == 25_088 * CLASSES + CLASSES
    assert f"{head:,} " in changes.row(1).fields.trains.toolTip()
    assert f"7.28{SPACE}M" in trains.text()
    click(changes.row(2).cell(4))
    trained = sum(block.parameters for block in vgg16.BLOCKS[3:]) + head
    assert f"{trained:,} " in trains.toolTip()
    assert f"{14_714_688 + head:,} " in trains.toolTip()
    assert f"13.2{SPACE}M" in trains.text()
    changes.show(RunConfig(), None)  # the head is not counted
    assert f"7.08{SPACE}M" in trains.text()
    assert not any(letter.isdigit() for letter in changes.row(1).fields.trains.text())


def test_typed_rates_are_the_stages_and_an_empty_one_the_default(changes: Changes) -> None:
    fields = changes.row(2).fields
    for typed, rate in (("1e-4", 1e-4), ("0,001", 0.001), ("0.02", 0.02)):
        retype(fields.learning_rate, typed)
        assert changes.recipe.stages[1].learning_rate == rate
        assert changes.recipe.stages[0].learning_rate is None
        assert fields.learning_rate.text() == typed
        assert fields.learning_rate.hasFocus()
        assert float(fields.result.text().removeprefix("= ")) == pytest.approx(rate / 5)
    retype(fields.backbone_factor, "0,5")
    assert changes.recipe.stages[1].backbone_factor == 0.5
    assert float(fields.result.text().removeprefix("= ")) == pytest.approx(
        rates.learning_rates(changes.recipe, 1)[1]
    )
    fields.learning_rate.setFocus()
    fields.learning_rate.selectAll()
    press(fields.learning_rate, Qt.Key.Key_Delete)
    assert changes.recipe.stages[1].learning_rate is None
    default, _ = rates.learning_rates(changes.recipe, 1)
    assert float(fields.learning_rate.placeholderText()) == default


def test_the_factor_waits_for_a_thawed_block_and_an_error_for_the_next_change(
    changes: Changes,
) -> None:
    fields = changes.row(1).fields
    assert not fields.result.text().startswith("= ")
    assert not fields.backbone_factor.isEnabled()
    click(changes.row(1).cell(5))
    assert fields.backbone_factor.isEnabled()
    for typed in ("12", "0"):
        retype(fields.epochs, typed)
        assert changes.recipe.stages[0].epochs == 12
        assert fields.epochs.text() == typed
    assert not fields.epochs.is_valid
    before = [row.note.text() for row in changes.selector.rows]
    changes.selector.show_error("stages.1.epochs", "Too few.")
    assert [row.note.text() for row in changes.selector.rows] == [before[0], "Too few."]
    changes.show(changes.recipe)
    assert [row.note.text() for row in changes.selector.rows] == before


def test_marks_in_a_row_ask_for_the_cards_value(qtbot: QtBot, changes: Changes) -> None:
    first, second = changes.selector.rows
    places = [first.fields.field(name).x() for name in NUMBERS]
    changes.selector.show_marks(
        {"stages.1.thawed": [], "stages.1.momentum": 0.9}
        | {f"stages.0.{name}": 7 for name in NUMBERS}
    )
    assert [row.mark.isVisible() for row in changes.selector.rows] == [False, True]
    # it has no place there
    assert [row.name.is_marked for row in changes.selector.rows] == [False, True]
    assert [first.fields.field(name).x() for name in NUMBERS] == places
    assert all("7" in mark.toolTip() for mark in first.fields.marks.values())
    with qtbot.waitSignal(changes.selector.put_back) as back:
        click(first.fields.marks["learning_rate"])
    assert back.args == ["stages.0.learning_rate"]
    changes.selector.show_marks({})
    assert not any(mark.isVisible() for mark in (*first.fields.marks.values(), second.mark))
    assert not any(row.name.is_marked for row in changes.selector.rows)


def test_stages_are_added_moved_and_removed(changes: Changes) -> None:
    def action(number: int, name: str) -> QAction:
        return changes.row(number).tools.actions_by_name[name]

    changes.selector.choose(1)
    action(2, "add").trigger()
    assert changes.thawed == [(), (5,), (5,)]
    assert changes.selector.chosen == 2
    changes.show(RunConfig())  # undone: the chosen stage is one that is there
    assert changes.selector.chosen == 1
    assert [row.is_chosen for row in changes.selector.rows] == [False, True]
    action(2, "up").trigger()
    assert changes.thawed == [(5,), ()]
    assert changes.selector.chosen == 0
    assert not action(1, "up").isEnabled()
    assert not action(2, "down").isEnabled()
    action(1, "remove").trigger()
    assert changes.thawed == [()]
    assert not action(1, "remove").isEnabled()
    for count, may_be_more in ((50, False), (49, True)):
        changes.show(recipes.make({"stages": [{}] * count}))
        assert action(1, "add").isEnabled() == may_be_more


def test_keys_and_menu_do_the_same_where_the_focus_is(qtbot: QtBot, changes: Changes) -> None:
    changes.selector.activateWindow()
    with qtbot.waitSignal(changes.selector.stage_chosen) as chosen:
        changes.row(2).fields.epochs.setFocus()
    assert chosen.args == [1]
    assert changes.row(2).tools.isVisible()
    changes.row(1).cell(5).setFocus()
    assert changes.selector.chosen == 0
    assert changes.row(1).tools.isVisible()
    press(changes.selector.focusWidget(), Qt.Key.Key_Down, control=True)
    assert changes.thawed == [(5,), ()]
    assert changes.row(2).name.hasFocus()
    press(changes.selector.focusWidget(), Qt.Key.Key_Insert)
    assert changes.thawed == [(5,), (), ()]
    press(changes.selector.focusWidget(), Qt.Key.Key_Delete)
    assert changes.thawed == [(5,), ()]
    row = changes.row(2)
    assert row.contextMenuPolicy() == Qt.ContextMenuPolicy.ActionsContextMenu
    assert row.actions() == list(row.tools.actions_by_name.values())
    field = changes.row(1).fields.epochs
    field.setFocus()
    field.selectAll()
    press(field, Qt.Key.Key_Delete)  # deletes what is typed, and no stage
    assert len(changes.recipe.stages) == 2
    assert field.text() == ""


# -- what a stage's freezing means for the features -------------------------------------------


def note(thawed: list[int], seconds: float | None = None, **more: object) -> str:
    recipe = recipes.make({"stages": [{"thawed": thawed}], **more})
    return stage_note(recipe, 0, seconds)


def test_a_note_has_the_boundary_and_the_blocks_that_the_gradient_passes() -> None:
    assert "5" in note([])
    assert "4" in note([5])
    assert "2" in note([3, 4, 5])
    assert "2" in note([], model={"depth": 2})
    for words in ("2–5", " 1 "):
        assert words in note([1])
    for words in (" 4 ", " 3 ", " 2."):
        assert words in note([3, 5])
    assert " 3, 5 " in note([2, 4])
    everything = note([1, 2, 3, 4, 5])
    assert not any(letter.isdigit() for letter in everything)
    assert note([3, 5]).count(".") == note([1]).count(".") == everything.count(".") + 1
    assert note([5], 8.2).startswith(note([5]))
    assert f"8{SPACE}s" in note([5], 8.2)


def test_a_note_on_augmentation_cached_views_and_random_blocks() -> None:
    augmented = note([5], augmentation={"rotation": 10})
    assert augmented == note([], augmentation={"rotation": 10})
    assert "4" not in augmented
    recipe = recipes.changed(RunConfig(), "augmentation.rotation", 10)
    recipe = recipes.changed(recipe, "stages.0.augment", False)
    assert "5" in stage_note(recipe, 0, None)
    assert stage_note(recipe, 0, None) != note([])
    views = {"rotation": 10, "cached_views": 3}
    for words in (" 3 ", " 4:"):
        assert words in note([5], augmentation=views)
    everything = [1, 2, 3, 4, 5]
    assert note(everything, augmentation=views) == note(everything)
    random = {"weights": "none"}  # of which those are named that never learn
    assert "1–5" in note([], model=random).removesuffix(note([]))
    assert " 4 " in note([1, 2, 3, 5], model=random).removesuffix(note([1, 2, 3, 5]))
    assert note(everything, model=random) == note(everything)
    recipe = recipes.make({"model": random, "stages": [{"thawed": everything}, {}]})
    assert stage_note(recipe, 1, None) == note([])


# -- in few words -----------------------------------------------------------------------------


def sentence(recipe: RunConfig) -> list[str]:
    return recipe_words.sentence("signs", 1384, 96, recipe).split(recipe_words.SEPARATOR)


def test_every_part_of_a_recipe_is_in_its_sentence() -> None:
    plain = sentence(RunConfig())
    assert plain == ["signs 1,384/96", plain[1], "block 5", "softmax"]
    recipe = RunConfig(
        augmentation=AugmentationConfig(horizontal_flip=0.5, rotation=(-9, 9), crop=0.8),
        model=ModelConfig(weights="none", depth=3),
        stages=(StageConfig(epochs=3),),
    )
    parts = sentence(recipe)
    assert parts[1:5] == ["flip, rotation, crop", "random weights", "depth 3", "all frozen"]
    unused = recipe.model_copy(update={"stages": (StageConfig(augment=False),)})
    assert sentence(unused)[1] == plain[1]
    for preset, config in PRESETS.items():
        assert bool(recipe_words.augmentation_names(config)) == (preset != "none")
    names = recipe_words.augmentation_names
    assert names(AugmentationConfig(jpeg=(40, 90), erasing=0.1)) == ["JPEG", "erasing"]
    assert names(PRESETS["trivial"]) == ["TrivialAugment"]
    assert names(PRESETS["standard"]) == ["flip", "rotation", "scale", "crop", "translation"]
    assert names(PRESETS["strong"]) == ["flip", "rotation", "scale", "crop", "11 more"]
    assert names(AugmentationConfig(horizontal_flip=1, vertical_flip=1)) == ["flip"]
    for thawed, words in (
        ((), "no block"),
        ((5,), "block 5"),
        ((4, 5), "blocks 4, 5"),
        ((3, 4, 5), "blocks 3 to 5"),
        ((1, 3, 5), "blocks 1, 3, 5"),
        ((1, 2, 3, 4, 5), "all blocks"),
    ):
        assert recipe_words.blocks(thawed, 5) == words


def test_a_head_is_called_as_on_its_card_and_never_as_in_files() -> None:
    for kind, name in (("svm", "linear SVM"), ("fc", "fully connected"), ("conv", "convolutional")):
        recipe = RunConfig.model_validate({"model": {"head": {"kind": kind}}})
        assert sentence(recipe)[-1] == name
        run = ListedRun(Path("run"), "finished", head=kind, stages=(StagePlan(3, ()),))
        assert run_words.stages(run).endswith(f"· {name}")
        two: Any = (None, None)  # whatever came of them
        compared = Comparison(two, (Difference("model.head.kind", ("softmax", kind)),), ())
        assert compare_comparison.difference_rows(compared) == [["head", "softmax", name]]


def test_the_cost_counts_what_some_stage_trains() -> None:
    cost = recipe_words.cost(RunConfig(), CLASSES, 100.0)
    for words in (cost.words, cost.short):
        assert f"7.28{SPACE}M" in words
    for words in (cost.words, cost.short, cost.shortest):
        assert f"2{SPACE}min" in words
    assert len(cost.words) > len(cost.short) > len(cost.shortest)
    frozen = recipes.make({"stages": [{}]})
    assert recipe_words.cost(frozen, CLASSES, None).words.startswith(f"201{SPACE}k ")
    unknown = [recipe_words.cost(recipe, None, None).words for recipe in (RunConfig(), frozen)]
    assert unknown[0].startswith(f"7.08{SPACE}M ")
    assert not any(letter.isdigit() for letter in unknown[1])


# -- the time ---------------------------------------------------------------------------------


@pytest.fixture
def timed(session: Session, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> str:
    """The session has a dataset whose classes mirror each other, and takes 2 minutes, or 22
    augmented; the sentence for the former."""
    for kind in ("turn-left", "turn-right"):
        (tmp_path / "mirrored" / kind).mkdir(parents=True)
        for number in range(3):
            draw(tmp_path / "mirrored" / kind / f"{number}.png", (40, 9, len(kind)), number)
    open_folder(qtbot, session, tmp_path / "mirrored")

    def estimate(recipe: RunConfig | None = None) -> Estimate:
        plain = (recipe or session.recipe).augmentation.is_identity
        return Estimate(120.0 if plain else 1320.0, (1.0, 1.0), ((10.0,), ()))

    monkeypatch.setattr(session, "estimate", estimate)
    session.engine.speed = SPEED
    return recipe_words.expected_time(session)


def test_the_time_and_the_price_of_augmentation(
    session: Session, timed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = recipe_words.expected_time
    assert f"2{SPACE}min" in timed
    session.set_augmenting(True)
    for seconds in (1320.0, 120.0):
        assert base_words.duration(seconds) in plain(session)
    session.change("stages.0.augment", False)
    assert plain(session).endswith(recipe_words.exception(session.recipe))
    assert "1" in recipe_words.exception(session.recipe)
    assert "1, 2, 3" in recipe_words.exception(RunConfig(stages=(StageConfig(),) * 3))
    monkeypatch.setattr(session, "estimate", lambda *_: None)
    awaited = []
    for state in (EngineState.LOADING, EngineState.MEASURING, EngineState.READY):
        session.engine.state = state
        awaited.append(plain(session))
    assert len({*awaited, ""}) == 4


def test_the_run_bar_warns_of_augmentation_that_mixes_up(session: Session, timed: str) -> None:
    assert recipe_words.chosen(session).startswith("mirrored 4/2 · ")
    session.change("augmentation.horizontal_flip", 0.5)
    assert run_bar.status_line(session) == timed
    session.set_augmenting(True)
    assert run_bar.status_line(session).startswith(recipe_words.expected_time(session))
    for words in (run_bar.status_line(session), run_bar.warning(session)):
        assert "turn-left" in words
        assert "turn-right" in words
    session.engine.error = ThawError("torch_missing", reason="no file")
    assert "no file" in run_bar.status_line(session)
    assert run_bar.warning(session) == ""


# -- files ------------------------------------------------------------------------------------


def written(path: Path, data: object) -> Path:
    path.write_text(data if isinstance(data, str) else json.dumps(data), "utf-8")
    return path


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        recipe_files.load(path, RunConfig())
    return recipe_files.explained(path, caught.value)


def test_what_was_saved_is_opened_again_and_leaves_nothing_of_the_one_before(
    tmp_path: Path,
) -> None:
    before = RunConfig(seed=9, batch_size=8)
    recipe = recipes.load([], ["stages.1.schedule=cosine", "model.head.kind=fc", "seed=3"])
    for name in ("mine.json", "mine.toml"):
        recipe_files.save(recipe, tmp_path / name)
        assert recipe_files.load(tmp_path / name, before) == recipe
    file = written(tmp_path / "part.toml", "[[stages]]\nepochs = 3\n")
    recipe = recipe_files.load(file, before)
    assert (recipe.seed, recipe.batch_size, recipe.stages[0].epochs) == (0, 32, 3)
    augmentation = AugmentationConfig(rotation=(-9, 9))
    file = recipes.save_augmentation(tmp_path / "light.json", augmentation)
    recipe = recipe_files.load(file, before)
    assert recipe == before.model_copy(update={"augmentation": augmentation})


def test_each_wrong_field_has_a_line_and_what_is_no_recipe_a_sentence(tmp_path: Path) -> None:
    data = {"batchsize": 8, "model": {"depth": 7}, "stages": [{}, {"epochs": 0}]}
    name, *lines = refusal(written(tmp_path / "wrong.json", data)).splitlines()
    assert name.startswith("wrong.json ")
    for parts in (
        ("batchsize", "batch_size?"),
        ("model.depth", "7", "5"),
        ("stages.1.epochs", "stage 2", "0", "1"),
    ):
        assert len([line for line in lines if all(part in line for part in parts)]) == 1
    assert len(lines) == 3
    lines = refusal(written(tmp_path / "a.json", {f"x{n}": n for n in range(500)})).splitlines()
    assert len(lines) == 9
    assert "493" in lines[-1]
    for file, content, told in (
        ("a.json", '{\n"seed" 1}', "line 2"),
        ("a.toml", "seed =\n", "line 1"),
        ("b.json", "[]", ""),
    ):
        sentence = refusal(written(tmp_path / file, content))
        assert told in sentence
        assert file in sentence
        assert "•" not in sentence
    with pytest.raises(recipes.RecipeError) as caught:
        recipes.changed(RunConfig(), "stages.0.epochs", 0)
    assert base_words.error_text(caught.value) == str(caught.value)
    assert "stages.0.epochs (stage 1)" in base_words.error_text(caught.value)
