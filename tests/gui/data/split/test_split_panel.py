"""Shares, seed and groups: chosen on the Split panel, and what they give, said at once."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from core.dataset.folder import SplitName
from core.dataset.split import split
from core.dataset.summary import DatasetSummary, Sample
from core.images.load import Header
from core.recipe.config import DatasetConfig
from gui.controls.layouts import ScrollColumn
from gui.data.split.panel import GROUP, SEED, TEST, VALIDATION, SplitPanel
from gui.data.split.table import GROUPS, NAME
from tests.support.window.data_page import choose, click, retype

BY_NAME, BY_FOLDER, BY_TIME = "Start of the file name", "Subfolder", "Time of the photograph"


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[SplitPanel]:
    made = SplitPanel()
    qtbot.addWidget(made)
    made.resize(615, 560)
    with qtbot.waitExposed(made):
        made.show()
    yield made
    made.close()


def dataset(
    names: Mapping[str, Sequence[str]],
    own: frozenset[SplitName] = frozenset(),
    pinned: Sequence[str] = (),
) -> DatasetSummary:
    """Classes of files by name; ``pinned`` paths were assigned to validation."""
    samples = []
    for label, (folder, files) in enumerate(names.items()):
        for file in sorted(files):
            path = f"{folder}/{file}"
            is_pinned = path in pinned
            part: SplitName = "validation" if is_pinned else "train"
            samples.append(Sample(path, label, part, pinned=is_pinned))
    layout = "splits" if own else "classes"
    count = len(samples)
    return DatasetSummary(
        Path("pictures"), layout, tuple(names), tuple(samples), (), (), 0, count, own_splits=own
    )


def numbered(count: int, start: str = "picture") -> list[str]:
    return [f"{start} {number:03}.jpg" for number in range(count)]


def plants(*sizes: int, start: str = "plant") -> list[str]:
    """A plant for each of ``sizes``, with that many pictures."""
    return [
        f"{start}{plant}_{view:02}.jpg" for plant, size in enumerate(sizes) for view in range(size)
    ]


def show(
    qtbot: QtBot, panel: SplitPanel, summary: DatasetSummary, **chosen: object
) -> DatasetConfig:
    """Show ``summary`` with a recipe of ``chosen``, until the groups are counted."""
    config = DatasetConfig.model_validate(chosen)
    panel.show_dataset(summary, split(summary, config), config)
    qtbot.waitUntil(lambda: not panel.is_counting)
    return config


def rows(panel: SplitPanel) -> list[list[str]]:
    """The table's texts, the bar's column left out, groups only where they are shown."""
    model = panel.table.model()
    columns = [0, 1, 2, 3] + ([] if panel.table.isColumnHidden(GROUPS) else [GROUPS])
    return [
        [str(model.index(row, column).data()) for column in columns]
        for row in range(model.rowCount())
    ]


def words(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


# -- what it gives --------------------------------------------------------------------------


def test_what_each_part_gets_is_said_in_all_and_by_class(qtbot: QtBot, panel: SplitPanel) -> None:
    summary = dataset({"cat": numbered(20), "dog": numbered(10)})
    show(qtbot, panel, summary, test_fraction=0.1)
    assert [words(one) for one in panel.bar.words] == [
        "Training 21 (70 %)",
        "Validation 6 (20 %)",
        "Test 3 (10 %)",
    ]
    assert rows(panel) == [["cat", "14", "4", "2"], ["dog", "7", "2", "1"]]
    assert panel.warnings.isHidden()
    assert panel.groups.isHidden()
    show(qtbot, panel, summary, validation_fraction=0.5)
    assert rows(panel) == [["cat", "10", "10", "0"], ["dog", "5", "5", "0"]]


def test_the_table_sorts_and_numbers_in_names_count_as_numbers(
    qtbot: QtBot, panel: SplitPanel
) -> None:
    names = {"class 2": numbered(10), "class 10": numbered(30), "hat": numbered(20)}
    show(qtbot, panel, dataset(names))
    header = panel.table.horizontalHeader()
    place = QPoint(header.sectionViewportPosition(1) + 12, header.height() // 2)
    assert [row[NAME] for row in rows(panel)] == ["class 2", "class 10", "hat"]
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert [row[NAME] for row in rows(panel)] == ["class 2", "hat", "class 10"]


def test_a_class_without_a_validation_picture_is_a_warning(qtbot: QtBot, panel: SplitPanel) -> None:
    summary = dataset({"cat": numbered(20), "dog": numbered(1)})
    show(qtbot, panel, summary)
    assert panel.warnings.text == "No validation picture: dog."
    assert panel.warnings.kind == "warning"
    marked = panel.table.model().index(1, NAME)
    assert "no validation picture" in marked.data(Qt.ItemDataRole.ToolTipRole)
    assert marked.data(Qt.ItemDataRole.DecorationRole) is not None


def test_of_many_classes_only_a_few_are_named(qtbot: QtBot, panel: SplitPanel) -> None:
    lone = {f"rare {number}": numbered(1) for number in range(1, 1001)}
    show(qtbot, panel, dataset({"cat": numbered(20), **lone}))
    assert words(panel.warnings.text) == (
        "No validation picture: rare 1, rare 2, rare 3, and 997 more classes."
    )
    assert len(rows(panel)) == 1001


# -- groups ---------------------------------------------------------------------------------


def test_the_groups_are_counted_and_the_largest_shown_with_their_files(
    qtbot: QtBot, panel: SplitPanel
) -> None:
    summary = dataset({"rose": [*plants(4, 2, 2), "lone.jpg"], "tulip": plants(2, 2, start="t")})
    show(qtbot, panel, summary, group_by="prefix:_")
    assert panel.groups.text == (
        "5 groups; the largest is plant0 with 4 pictures. 1 picture belongs to no group."
    )
    assert [one.text for one in panel.examples] == [
        "plant0 … 4 pictures: plant0_00.jpg, plant0_01.jpg, plant0_02.jpg, …",
        "plant1 … 2 pictures: plant1_00.jpg, plant1_01.jpg",
        "plant2 … 2 pictures: plant2_00.jpg, plant2_01.jpg",
    ]
    assert [row[-1] for row in rows(panel)] == ["4", "2"]
    show(qtbot, panel, summary)
    assert panel.groups.isHidden()
    assert all(one.isHidden() for one in panel.examples)
    assert panel.table.isColumnHidden(GROUPS)


@pytest.mark.parametrize(
    ("group_by", "said"),
    [
        ("prefix:+", "No file name has “+” in it."),
        ("subfolder", "No picture lies in a folder inside its class folder."),
        ("time:5", "No picture tells when it was taken."),
        ("prefix:.", "No file name has “.” in it."),
    ],
)
def test_a_way_that_groups_nothing_is_seen_at_once(
    qtbot: QtBot, panel: SplitPanel, group_by: str, said: str
) -> None:
    summary = dataset({"rose": plants(4, 2), "tulip": plants(2, 2, start="t")})
    show(qtbot, panel, summary, group_by=group_by)
    assert panel.groups.text == said
    assert panel.groups.kind == "warning"
    assert panel.table.isColumnHidden(GROUPS)


def test_groups_of_one_picture_each_keep_nothing_together(qtbot: QtBot, panel: SplitPanel) -> None:
    summary = dataset({"rose": plants(1, 1), "tulip": plants(1, 1, start="t")})
    show(qtbot, panel, summary, group_by="prefix:_")
    assert panel.groups.text == "Each group has one picture only: nothing is kept together."


def test_a_share_that_groups_make_impossible_is_a_warning(qtbot: QtBot, panel: SplitPanel) -> None:
    summary = dataset({"rose": plants(8, 6), "tulip": plants(1, 1, 1, 1, 1, start="t")})
    show(qtbot, panel, summary, group_by="prefix:_", validation_fraction=0.1)
    assert words(panel.warnings.text) == (
        "rose: 43 % validate instead of 10 %, because groups stay whole; its largest has 8 of "
        "14 pictures."
    )
    assert rows(panel)[1][:3] == ["tulip", "4", "1"]


def test_a_class_that_is_one_group_cannot_validate(qtbot: QtBot, panel: SplitPanel) -> None:
    summary = dataset({"rose": plants(8), "tulip": plants(1, 1, 1, 1, 1, start="t")})
    show(qtbot, panel, summary, group_by="prefix:_")
    assert panel.warnings.text == "No validation picture, all being one group: rose."


def test_groups_that_were_parted_by_hand_are_a_warning(qtbot: QtBot, panel: SplitPanel) -> None:
    names = {"rose": plants(3, 3, 3, 3, 3), "tulip": plants(3, 3, 3, 3, 3, start="t")}
    samples = dataset(names)
    first, second = "rose/plant0_00.jpg", "rose/plant0_01.jpg"
    parted: dict[str, SplitName] = {first: "validation", second: "train"}
    pinned = tuple(
        Sample(one.path, one.label, parted[one.path], pinned=True) if one.path in parted else one
        for one in samples.samples
    )
    summary = DatasetSummary(
        samples.folder, "classes", samples.classes, pinned, (), (), 0, samples.found
    )
    show(qtbot, panel, summary, group_by="prefix:_")
    assert "1 group is on more than one side" in panel.warnings.text


def test_bursts_are_named_by_their_first_picture(qtbot: QtBot, panel: SplitPanel) -> None:
    samples = tuple(
        Sample(f"{name}/{number}.jpg", label, header=Header("JPEG", 9, 9, "RGB", False, taken))
        for label, name in enumerate(("cat", "dog"))
        for number, taken in enumerate((0.0 + 1000 * label, 2.0 + 1000 * label, 500.0, None))
    )
    summary = DatasetSummary(Path("p"), "classes", ("cat", "dog"), samples, (), (), 0, 8)
    show(qtbot, panel, summary, group_by="time:5")
    assert panel.examples[0].text == "cat/0.jpg … 2 pictures: 0.jpg, 1.jpg"
    assert "2 pictures belong to no group." in panel.groups.text


def test_nothing_is_counted_while_the_panel_is_not_seen(qtbot: QtBot, panel: SplitPanel) -> None:
    panel.hide()
    summary = dataset({"rose": plants(4, 2), "tulip": plants(2, 2, start="t")})
    show(qtbot, panel, summary, group_by="prefix:_")
    assert rows(panel) == []
    panel.show()
    qtbot.waitUntil(lambda: "4 groups" in panel.groups.text)
    assert len(rows(panel)) == 2


# -- choosing -------------------------------------------------------------------------------


def test_each_field_tells_its_key_and_value(qtbot: QtBot, panel: SplitPanel) -> None:
    show(qtbot, panel, dataset({"cat": numbered(20), "dog": numbered(10)}))
    told: list[tuple[str, object]] = []
    panel.changed.connect(lambda key, value: told.append((key, value)))
    retype(qtbot, panel.fields.validation, "0,5")
    retype(qtbot, panel.fields.test, "0.1")
    retype(qtbot, panel.fields.seed, "7")
    assert told == [(VALIDATION, 0.5), (TEST, 0.1), (SEED, 7)]


def test_another_draw_is_one_click_away(qtbot: QtBot, panel: SplitPanel) -> None:
    summary = dataset({"cat": numbered(20), "dog": numbered(10)})
    config = show(qtbot, panel, summary, split_seed=4)
    with qtbot.waitSignal(panel.changed) as changed:
        click(qtbot, panel.fields.draw)
    assert changed.args == [SEED, 5]
    assert split(summary, config) != split(summary, DatasetConfig(split_seed=5))


def test_a_share_that_leaves_nothing_to_train_on_is_marked_and_not_told(
    qtbot: QtBot, panel: SplitPanel
) -> None:
    show(qtbot, panel, dataset({"cat": numbered(20)}), validation_fraction=0.5)
    with qtbot.assertNotEmitted(panel.changed):
        retype(qtbot, panel.fields.test, "0.5")
    assert not panel.fields.test.is_valid
    assert "to 0.45" in panel.fields.test.toolTip()


@pytest.mark.parametrize(
    ("item", "value"), [(BY_NAME, "prefix:_"), (BY_FOLDER, "subfolder"), (BY_TIME, "time:5")]
)
def test_a_way_to_group_is_chosen_and_explained(
    qtbot: QtBot, panel: SplitPanel, item: str, value: str
) -> None:
    show(qtbot, panel, dataset({"rose": plants(4, 2)}))
    before = panel.group.sentence.text()
    with qtbot.waitSignal(panel.changed) as changed:
        choose(qtbot, panel.group.kinds, item)
    assert changed.args == [GROUP, value]
    assert panel.group.sentence.text() != before
    show(qtbot, panel, dataset({"rose": plants(4, 2)}), group_by=value)
    with qtbot.waitSignal(panel.changed) as changed:
        choose(qtbot, panel.group.kinds, "Nothing: each picture by itself")
    assert changed.args == [GROUP, None]


def test_the_separator_that_the_names_have_is_proposed(qtbot: QtBot, panel: SplitPanel) -> None:
    show(
        qtbot, panel, dataset({"rose": [f"{plant}-{view}.jpg" for plant in "ab" for view in "cd"]})
    )
    with qtbot.waitSignal(panel.changed) as changed:
        choose(qtbot, panel.group.kinds, BY_NAME)
    assert changed.args == [GROUP, "prefix:-"]


def test_a_separator_that_cannot_be_one_is_marked_and_not_told(
    qtbot: QtBot, panel: SplitPanel
) -> None:
    summary = dataset({"rose": plants(4, 2)})
    show(qtbot, panel, summary, group_by="prefix:_")
    separator, box = panel.group.separator, panel.group.boxes[1]
    assert box.isVisible()
    assert separator.text() == "_"
    told: list[object] = []
    panel.changed.connect(lambda _key, value: told.append(value))
    separator.selectAll()
    qtbot.keyClicks(separator, "/")
    assert box.help.isVisible()
    show(qtbot, panel, summary, group_by="prefix:_")  # something else changed: it stays typed
    assert separator.text() == "/"
    qtbot.keyClick(separator, Qt.Key.Key_Backspace)
    assert told == []
    qtbot.keyClicks(separator, "--")
    assert told == ["prefix:-", "prefix:--"]
    assert box.help.isHidden()
    show(qtbot, panel, summary)  # undone
    assert panel.group.group_by is None
    assert box.isHidden()


def test_seconds_are_written_as_a_recipe_has_them(qtbot: QtBot, panel: SplitPanel) -> None:
    show(qtbot, panel, dataset({"rose": plants(4, 2)}), group_by="time:5")
    assert panel.group.seconds.text() == "5"
    told: list[object] = []
    panel.changed.connect(lambda _key, value: told.append(value))
    retype(qtbot, panel.group.seconds, "1e-4")
    retype(qtbot, panel.group.seconds, "86400")
    assert told[0] == "time:1"
    assert "time:0.0001" in told
    assert told[-1] == "time:86400"
    assert all(DatasetConfig(group_by=str(one)).group_by == one for one in told)


def test_what_was_half_typed_does_not_stay_for_another_folder(
    qtbot: QtBot, panel: SplitPanel
) -> None:
    show(qtbot, panel, dataset({"rose": plants(4, 2)}), group_by="prefix:_")
    retype(qtbot, panel.fields.seed, "x")
    panel.group.separator.clear()
    panel.start_afresh()
    show(qtbot, panel, dataset({"cat": numbered(20)}), group_by="prefix:_")
    assert panel.fields.seed.is_valid
    assert panel.group.separator.text() == "_"


def test_what_the_recipe_refuses_is_said_at_the_field(qtbot: QtBot, panel: SplitPanel) -> None:
    summary = dataset({"cat": numbered(20)})
    show(qtbot, panel, summary)
    assert [panel.field_name(key) for key in (TEST, GROUP, "seed")] == [
        "Test share",
        "Group by",
        "seed",
    ]
    panel.show_error(TEST, "Too much.")
    assert panel.problem.text == "Too much."
    assert panel.fields.boxes[TEST].error
    panel.show_error(GROUP, "No such way.")
    assert panel.group.boxes[0].error
    show(qtbot, panel, summary)
    assert panel.problem.isHidden()
    assert not panel.fields.boxes[TEST].error
    assert not panel.group.boxes[0].error


# -- the folder's own, and by hand ----------------------------------------------------------


def test_the_folders_own_splits_leave_nothing_to_choose(qtbot: QtBot, panel: SplitPanel) -> None:
    own: frozenset[SplitName] = frozenset({"train", "validation", "test"})
    show(qtbot, panel, dataset({"cat": numbered(20)}, own=own))
    assert panel.own.text == (
        "The folder has its own validation and test pictures: nothing is drawn."
    )
    for field in (panel.fields.validation, panel.fields.test, panel.fields.seed, panel.group):
        assert not field.isEnabled()
    assert not panel.fields.draw.isEnabled()
    assert panel.fields.boxes[VALIDATION].help.text == "the folder’s own"
    show(qtbot, panel, dataset({"cat": numbered(20)}))
    assert panel.own.isHidden()
    assert panel.fields.validation.isEnabled()


def test_what_the_folder_lacks_is_still_drawn(qtbot: QtBot, panel: SplitPanel) -> None:
    show(qtbot, panel, dataset({"cat": numbered(20)}, own=frozenset({"train", "validation"})))
    assert "only the test share is drawn" in panel.own.text
    assert not panel.fields.validation.isEnabled()
    for field in (panel.fields.test, panel.fields.seed, panel.fields.draw, panel.group):
        assert field.isEnabled()


def test_pictures_assigned_by_hand_are_counted_shown_and_left_to_the_draw(
    qtbot: QtBot, panel: SplitPanel
) -> None:
    names = {"cat": numbered(20), "dog": numbered(10)}
    show(qtbot, panel, dataset(names))
    assert not panel.pinned.isVisible()
    show(qtbot, panel, dataset(names, pinned=("cat/picture 001.jpg", "cat/picture 002.jpg")))
    assert panel.pinned.text() == "2 pictures were assigned by hand; no draw moves them."
    with qtbot.waitSignal(panel.filter_asked) as asked:
        click(qtbot, panel.show_pinned)
    assert asked.args == ["pinned"]
    with qtbot.waitSignal(panel.unpin_asked):
        click(qtbot, panel.unpin)


# -- room -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "height"), [(615, 560), (480, 460)])
def test_everything_is_within_reach(
    qtbot: QtBot, panel: SplitPanel, width: int, height: int
) -> None:
    names = {"rose": [*plants(8, 6), "lone.jpg"], "tulip": plants(3, start="t")}
    pinned = ("rose/plant0_00.jpg", "rose/plant1_00.jpg")
    show(qtbot, panel, dataset(names, pinned=pinned), group_by="prefix:_", test_fraction=0.1)
    panel.resize(width, height)
    qtbot.waitUntil(lambda: panel.width() == width)
    area = panel.findChild(ScrollColumn)
    assert isinstance(area, ScrollColumn)
    assert area.horizontalScrollBar().maximum() == 0
    inside = area.widget()
    wanted: list[QWidget] = [
        *panel.fields.boxes.values(),
        panel.fields.draw,
        *(box for box in panel.group.boxes if box.isVisible()),
        panel.show_pinned,
        panel.unpin,
        panel.bar,
        panel.warnings,
        panel.table,
    ]
    for part in wanted:
        assert part.isVisible()
        assert part.width() >= part.minimumSizeHint().width()
        assert inside.rect().contains(part.mapTo(inside, part.rect().bottomRight()))
    assert panel.table.viewport().height() >= 3 * panel.table.rowHeight(0)
    assert panel.table.horizontalScrollBar().maximum() == 0
