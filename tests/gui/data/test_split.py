"""The Split panel: shares, seed and groups are chosen, and what they give is said at once."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from core.dataset.folder import SplitName
from core.dataset.split import split
from core.dataset.summary import DatasetSummary, Sample
from core.images.load import Header
from core.recipe.config import DatasetConfig
from gui.data.split.panel import GROUP, SEED, TEST, VALIDATION, SplitPanel
from gui.data.split.table import GROUPS, NAME
from tests.support.window.acting import click, retype
from tests.support.window.data_page import choose, emitted, numbers, on_screen


class Panel(SplitPanel):
    """On screen, and it waits."""

    def __init__(self, qtbot: QtBot) -> None:
        super().__init__()
        self._qtbot = qtbot
        on_screen(qtbot, self, 615, 560, SplitPanel.close)

    def take(self, summary: DatasetSummary, **chosen: object) -> DatasetConfig:
        """Show ``summary`` with a recipe of ``chosen``, until the groups are counted."""
        config = DatasetConfig.model_validate(chosen)
        self.show_dataset(summary, split(summary, config), config)
        self._qtbot.waitUntil(lambda: not self.is_counting)
        return config


@pytest.fixture
def panel(qtbot: QtBot) -> Panel:
    return Panel(qtbot)


def dataset(
    names: Mapping[str, Sequence[str]],
    own: frozenset[SplitName] = frozenset(),
    pinned: Mapping[str, SplitName] | None = None,
) -> DatasetSummary:
    """Classes of files by name; ``pinned`` paths were assigned by hand."""
    by_hand = pinned or {}
    samples = tuple(
        Sample(path, label, by_hand.get(path, "train"), pinned=path in by_hand)
        for label, (folder, files) in enumerate(names.items())
        for path in (f"{folder}/{file}" for file in sorted(files))
    )
    layout, count = "splits" if own else "classes", len(samples)
    return DatasetSummary(
        Path("pictures"), layout, tuple(names), samples, (), (), 0, count, own_splits=own
    )


def numbered(count: int) -> list[str]:
    return [f"picture {number:03}.jpg" for number in range(count)]


def plants(*sizes: int, start: str = "plant") -> list[str]:
    """A plant for each of ``sizes``, with that many pictures."""
    return [
        f"{start}{plant}_{view:02}.jpg" for plant, size in enumerate(sizes) for view in range(size)
    ]


CATS = dataset({"cat": numbered(20), "dog": numbered(10)})
PLANTS = dataset({"rose": plants(4, 2), "tulip": plants(2, 2, start="t")})


def changes(panel: Panel) -> list[tuple[str, object]]:
    """What the panel asks to change from now on."""
    found: list[tuple[str, object]] = []
    panel.changed.connect(lambda key, value: found.append((key, value)))
    return found


def rows(panel: Panel) -> list[list[str]]:
    """The table's texts, the bar's column left out, groups only where they are shown."""
    model = panel.table.model()
    columns = [0, 1, 2, 3] + ([] if panel.table.isColumnHidden(GROUPS) else [GROUPS])
    return [
        [str(model.index(row, column).data()) for column in columns]
        for row in range(model.rowCount())
    ]


def test_what_each_part_gets_is_said_in_all_and_by_class(panel: Panel) -> None:
    panel.take(CATS, test_fraction=0.1)
    assert [numbers(one) for one in panel.bar.words] == [[21, 70], [6, 20], [3, 10]]
    assert rows(panel) == [["cat", "14", "4", "2"], ["dog", "7", "2", "1"]]
    assert panel.warnings.isHidden()
    assert panel.groups.isHidden()
    panel.take(CATS, validation_fraction=0.5)
    assert rows(panel) == [["cat", "10", "10", "0"], ["dog", "5", "5", "0"]]
    panel.take(dataset({"class 2": numbered(10), "class 10": numbered(30), "hat": numbered(20)}))
    assert [row[NAME] for row in rows(panel)] == ["class 2", "class 10", "hat"]
    header = panel.table.horizontalHeader()
    click(header.viewport(), QPoint(header.sectionViewportPosition(1) + 12, header.height() // 2))
    assert [row[NAME] for row in rows(panel)] == ["class 2", "hat", "class 10"]


def test_classes_that_cannot_validate_or_train_are_marked_and_a_few_named(panel: Panel) -> None:
    pinned: dict[str, SplitName] = {"dog/picture 000.jpg": "validation"}
    warnings = set()
    for by_hand in (None, pinned):
        panel.take(dataset({"cat": numbered(20), "dog": numbered(1)}, pinned=by_hand))
        assert panel.warnings.kind == "warning"
        assert "dog" in panel.warnings.text
        assert "cat" not in panel.warnings.text
        warnings.add(panel.warnings.text)
        lone, fine = (panel.table.model().index(row, NAME) for row in (1, 0))
        assert lone.data(Qt.ItemDataRole.DecorationRole) is not None
        assert fine.data(Qt.ItemDataRole.DecorationRole) is None
        told = [one.data(Qt.ItemDataRole.ToolTipRole).splitlines() for one in (lone, fine)]
        assert len(told[0]) == len(told[1]) + 1
    assert len(warnings) == 2
    names = {f"rare{number}": numbered(1) for number in range(1, 101)}
    panel.take(dataset({"cat": numbered(20), **names}))
    named = [name for name in names if f"{name}," in panel.warnings.text]
    assert named == ["rare1", "rare2", "rare3"]
    assert numbers(panel.warnings.text) == [97]


def test_the_groups_are_counted_once_seen_and_the_largest_shown_with_their_files(
    qtbot: QtBot, panel: Panel
) -> None:
    names = {"rose": [*plants(4, 2, 2), "lone.jpg"], "tulip": plants(2, 2, start="t")}
    panel.take(dataset(names), group_by="prefix:_")
    assert numbers(panel.groups.text) == [5, 4, 1]
    assert "plant0" in panel.groups.text
    assert [one.text.split()[0] for one in panel.examples] == ["plant0", "plant1", "plant2"]
    assert [numbers(one.text) for one in panel.examples] == [[4], [2], [2]]
    files = [one.text.rpartition(": ")[2].split(", ") for one in panel.examples[:2]]
    assert files == [[*plants(3), "…"], plants(0, 2)]
    assert [row[-1] for row in rows(panel)] == ["4", "2"]
    panel.take(dataset(names))
    assert panel.groups.isHidden()
    assert all(one.isHidden() for one in panel.examples)
    assert panel.table.isColumnHidden(GROUPS)
    panel.hide()
    panel.take(PLANTS, group_by="prefix:_")
    assert panel.groups.isHidden()
    panel.show()
    qtbot.waitUntil(lambda: numbers(panel.groups.text)[:1] == [4])
    assert len(rows(panel)) == 2


def test_a_way_that_groups_nothing_is_seen_at_once(panel: Panel) -> None:
    said = set()
    for group_by in ("prefix:+", "subfolder", "time:5", "prefix:."):
        panel.take(PLANTS, group_by=group_by)
        assert panel.groups.kind == "warning"
        assert panel.table.isColumnHidden(GROUPS)
        said.add(panel.groups.text)
    singles = dataset({"rose": plants(1, 1), "tulip": plants(1, 1, start="t")})
    panel.take(singles, group_by="prefix:_")
    assert panel.groups.kind == "warning"
    assert len(said | {panel.groups.text}) == 5
    samples = tuple(
        Sample(f"{name}/{number}.jpg", label, header=Header("JPEG", 9, 9, "RGB", False, taken))
        for label, name in enumerate(("cat", "dog"))
        for number, taken in enumerate((0.0 + 1000 * label, 2.0 + 1000 * label, 500.0, None))
    )
    summary = DatasetSummary(Path("p"), "classes", ("cat", "dog"), samples, (), (), 0, 8)
    panel.take(summary, group_by="time:5")
    assert panel.examples[0].text.startswith("cat/0.jpg ")
    assert panel.examples[0].text.endswith(": 0.jpg, 1.jpg")
    assert numbers(panel.groups.text)[-1] == 2  # belong to none


def test_what_groups_make_impossible_is_a_warning(panel: Panel) -> None:
    tulips = plants(1, 1, 1, 1, 1, start="t")
    summary = dataset({"rose": plants(8, 6), "tulip": tulips})
    panel.take(summary, group_by="prefix:_", validation_fraction=0.1)
    assert numbers(panel.warnings.text) == [43, 10, 8, 14]
    assert "rose" in panel.warnings.text
    assert rows(panel)[1][:3] == ["tulip", "4", "1"]
    panel.take(dataset({"rose": plants(8), "tulip": tulips}), group_by="prefix:_")
    of_one_group = panel.warnings.text
    assert "rose" in of_one_group
    panel.take(dataset({"rose": plants(1), "tulip": tulips}), group_by="prefix:_")
    assert "rose" in panel.warnings.text
    assert panel.warnings.text != of_one_group
    names = {"rose": plants(3, 3, 3, 3, 3), "tulip": plants(3, 3, 3, 3, 3, start="t")}
    parted = {"rose/plant0_00.jpg": "validation", "rose/plant0_01.jpg": "train"}
    panel.take(dataset(names, pinned=parted), group_by="prefix:_")
    assert numbers(panel.warnings.text)[-1] == 1
    panel.take(dataset(names), group_by="prefix:_")
    assert panel.warnings.isHidden()


def test_each_field_tells_its_key_and_value_unless_the_recipe_refuses_it(panel: Panel) -> None:
    config = panel.take(CATS, split_seed=4)
    told = changes(panel)
    retype(panel.fields.validation, "0,5")
    retype(panel.fields.test, "0.1")
    retype(panel.fields.seed, "7")
    assert told == [(VALIDATION, 0.5), (TEST, 0.1), (SEED, 7)]
    click(panel.fields.draw)
    assert told[-1] == (SEED, 5)
    assert split(CATS, config) != split(CATS, DatasetConfig(split_seed=5))
    panel.take(CATS, validation_fraction=0.5)
    told, field = changes(panel), panel.fields.test
    retype(field, "0.5")
    assert told == []
    assert not field.is_valid
    assert field.text() == "0.5"
    assert numbers(field.toolTip())[-1] == 0.45
    retype(field, "0.4")
    assert field.is_valid
    assert told == [(TEST, 0.4)]
    panel.take(CATS)
    panel.show_error(TEST, "Too much.")
    assert panel.problem.text == "Too much."
    assert panel.fields.boxes[TEST].error
    panel.show_error(GROUP, "Not this.")
    assert panel.group.boxes[0].error
    panel.take(CATS)
    assert panel.problem.isHidden()
    assert not panel.fields.boxes[TEST].error
    assert not panel.group.boxes[0].error


@pytest.mark.parametrize("value", ["prefix:_", "subfolder", "time:5"])
def test_a_way_to_group_is_chosen_and_explained(panel: Panel, value: str) -> None:
    panel.take(PLANTS)
    told, before = changes(panel), panel.group.sentence.text()
    choose(panel.group.kinds, value.partition(":")[0])
    assert told == [(GROUP, value)]
    assert panel.group.sentence.text() != before
    panel.take(PLANTS, group_by=value)
    choose(panel.group.kinds, "")
    assert told[1:] == [(GROUP, None)]


def test_a_separator_is_proposed_and_one_that_cannot_be_one_marked(panel: Panel) -> None:
    separator, box = panel.group.separator, panel.group.boxes[1]
    told = changes(panel)
    panel.take(dataset({"rose": [f"{plant}-{view}.jpg" for plant in "ab" for view in "cd"]}))
    choose(panel.group.kinds, "prefix")
    assert told == [(GROUP, "prefix:-")], "which the names have"
    panel.take(PLANTS, group_by="prefix:_")
    assert box.isVisible()
    assert separator.text() == "_"
    retype(separator, "/")
    assert box.help.isVisible()
    panel.take(PLANTS, group_by="prefix:_")  # something else changed: it stays typed
    assert separator.text() == "/"
    QTest.keyClick(separator, Qt.Key.Key_Backspace)
    assert len(told) == 1
    QTest.keyClicks(separator, "--")
    assert told[1:] == [(GROUP, "prefix:-"), (GROUP, "prefix:--")]
    assert box.help.isHidden()
    separator.clear()
    retype(panel.fields.seed, "x")
    panel.start_afresh()  # for another folder
    panel.take(CATS, group_by="prefix:_")
    assert panel.fields.seed.is_valid
    assert separator.text() == "_"
    panel.take(PLANTS)  # undone
    assert panel.group.group_by is None
    assert box.isHidden()


def test_seconds_are_written_as_a_recipe_has_them(panel: Panel) -> None:
    panel.take(PLANTS, group_by="time:5")
    assert panel.group.seconds.text() == "5"
    told = changes(panel)
    retype(panel.group.seconds, "1e-4")
    retype(panel.group.seconds, "86400")
    values = [str(value) for _key, value in told]
    assert values[0] == "time:1"
    assert "time:0.0001" in values
    assert values[-1] == "time:86400"
    assert all(DatasetConfig(group_by=one).group_by == one for one in values)


def test_the_folders_own_splits_leave_only_what_it_lacks_to_choose(panel: Panel) -> None:
    fields, cats = panel.fields, {"cat": numbered(20)}
    drawn: list[QWidget] = [fields.seed, fields.draw, panel.group]
    panel.take(dataset(cats, own=frozenset({"train", "validation", "test"})))
    for field in (fields.validation, fields.test, *drawn):
        assert not field.isEnabled()
    whole = panel.own.text, fields.boxes[VALIDATION].help.text
    panel.take(dataset(cats, own=frozenset({"train", "validation"})))
    assert not fields.validation.isEnabled()
    for field in (fields.test, *drawn):
        assert field.isEnabled()
    assert panel.own.isVisible()
    assert panel.own.text != whole[0]
    panel.take(dataset(cats))
    assert panel.own.isHidden()
    assert fields.validation.isEnabled()
    assert fields.boxes[VALIDATION].help.text != whole[1]
    names = {"cat": numbered(20), "dog": numbered(10)}
    panel.take(dataset(names))
    assert not panel.pinned.isVisible()
    pinned: dict[str, SplitName] = {f"cat/{file}": "validation" for file in numbered(2)}
    panel.take(dataset(names, pinned=pinned))
    assert numbers(panel.pinned.text()) == [2]
    assert emitted(panel.filter_asked, click, panel.show_pinned) == ["pinned"]
    assert emitted(panel.unpin_asked, click, panel.unpin) == []
