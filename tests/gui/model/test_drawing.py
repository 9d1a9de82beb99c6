"""The drawing of the network: what it says, what it shows, where things stand."""

import itertools

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QFontMetricsF, QHelpEvent, QImage
from PySide6.QtWidgets import QToolTip
from pytestqt.qtbot import QtBot

from core.recipe import files as recipes
from core.recipe import vgg16
from core.recipe.config import RunConfig
from gui.base import theme
from gui.model.drawing import layout
from gui.model.drawing import scene as drawing_scene
from gui.model.drawing.scene import BackboneDrawing
from gui.model.drawing.words import NetworkText
from gui.recipe.stage_parts import fields_width
from gui.recipe.stage_rows import GAP, Columns

WIDTHS = (940, 1056)  # of the page's inside at 1024 and 1280 pixels
COSTS = (3.0, 300.0, 200.0, 100.0, 50.0, 12.0)
SPACE = "\N{NO-BREAK SPACE}"


@pytest.fixture
def drawing(qtbot: QtBot) -> BackboneDrawing:
    made = BackboneDrawing()
    qtbot.addWidget(made)
    place(made, 1056, 240)
    return made


def place(drawing: BackboneDrawing, width: int, height: int) -> None:
    drawing.set_columns(Columns(width, drawing.caption_width(), fields_width()))
    drawing.resize(width, height)


def changed(key: str, value: object) -> RunConfig:
    return recipes.changed(RunConfig(), key, value)


def over(drawing: BackboneDrawing, number: int) -> QPoint:
    return QPoint(int(drawing.columns.block(number).center), drawing.height() // 2)


# -- the shapes -------------------------------------------------------------------------------


def test_a_block_is_drawn_smaller_and_deeper_than_the_one_before(drawing: BackboneDrawing) -> None:
    first_maps = [drawing.layout_now().slabs(block)[0] for block in vgg16.BLOCKS]
    assert all(after.side < before.side for before, after in itertools.pairwise(first_maps))
    thicknesses = [one.thickness for one in first_maps]
    assert thicknesses == sorted(thicknesses)
    assert thicknesses[0] < thicknesses[1] < thicknesses[2] < thicknesses[3]


@pytest.mark.parametrize("size", [32, 224, 512])
def test_every_volume_stays_in_its_column(drawing: BackboneDrawing, size: int) -> None:
    drawing.show_recipe(changed("dataset.image_size", size), 8)
    for width, height in itertools.product(WIDTHS, (200, 240, 400)):
        place(drawing, width, height)
        scene = drawing.layout_now()
        for block in vgg16.BLOCKS:
            span, slabs = drawing.columns.block(block.number), scene.slabs(block)
            assert slabs[0].left >= span.left - GAP / 2
            assert max(slab.right for slab in slabs) <= span.right + GAP / 2
            assert max(slab.side for slab in slabs) * 1.16 <= scene.art_height
        last = scene.line(drawing.columns.head, layout.TEXT_LINES - 1)
        assert last.bottom() <= height + 1


@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_of_text_runs_into_the_next_column(drawing: BackboneDrawing, width: int) -> None:
    drawing.show_recipe(changed("dataset.image_size", 512), 1000)
    columns = Columns(width, drawing.caption_width(), fields_width())
    metrics, words = QFontMetricsF(theme.small_font()), drawing.text
    lines = [words.head_parameters()]
    for block in vgg16.BLOCKS:
        lines += words.narrower_layers(block.number)  # with the kernel, even at 1024
        lines += [words.output(block.number).replace(" ", ""), words.parameters(block.number)]
    for line in lines:
        assert metrics.horizontalAdvance(line) <= columns.column_width + GAP


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    "head",
    [
        {"kind": "svm"},
        {"kind": "fc", "hidden": [64] * 8},
        {"kind": "conv", "channels": [512], "hidden": [256]},
        {"kind": "conv", "channels": [512, 256, 128, 64], "hidden": [4096, 64, 8]},
    ],
)
def test_the_heads_layers_stand_in_their_column_one_after_the_other(
    drawing: BackboneDrawing, width: int, head: dict[str, object]
) -> None:
    place(drawing, width, 240)
    drawing.show_recipe(changed("model.head", head), 8)
    plan, scene = drawing.text.head_plan(), drawing.layout_now()
    where, span = drawing_scene.head_places(scene, plan), drawing.columns.head
    assert len(where.convolutions) == len(plan.convolutions)
    assert len(where.hidden) == len(plan.hidden)
    assert where.left >= span.left - GAP / 2
    assert where.last.right() <= span.right + GAP / 2
    boxes = [*where.hidden, where.last]
    assert all(after.left() >= before.right() for before, after in itertools.pairwise(boxes))
    assert all(box.height() <= scene.art_height for box in boxes)


def test_folded_it_keeps_its_captions_and_needs_little_room(drawing: BackboneDrawing) -> None:
    drawing.show_recipe(RunConfig(), 8, COSTS, 1)
    drawing.set_folded(True)
    assert drawing.maximumHeight() == drawing.minimumSizeHint().height() < 100
    drawing.resize(1056, drawing.maximumHeight())
    scene, head = drawing.layout_now(), drawing.columns.head
    assert scene.is_folded
    assert scene.line(head, layout.TEXT_LINES - 1).bottom() <= drawing.height() + 1
    assert scene.line(head, layout.LAYER_LINES).top() >= scene.top
    assert "block1_conv1" in drawing.tooltip_at(over(drawing, 1))
    assert not drawing.grab().isNull()
    drawing.set_folded(False)
    drawing.resize(1056, 240)
    assert not drawing.layout_now().is_folded


# -- frozen and thawed ------------------------------------------------------------------------


def test_it_is_tinted_by_what_some_stage_thaws(drawing: BackboneDrawing) -> None:
    drawing.show_recipe(changed("stages.1.thawed", [2, 5]), 8)
    tints = [drawing.tint(number) for number in range(1, 6)]
    assert tints == ["frozen", "thawed", "frozen", "frozen", "thawed"]


def test_thawing_a_block_changes_the_drawing_in_its_column_only(drawing: BackboneDrawing) -> None:
    def columns() -> list[QImage]:
        spans = [drawing.columns.block(number) for number in (2, 3)]
        image = drawing.grab().toImage()
        return [image.copy(span.left, 0, span.width, drawing.height()) for span in spans]

    before = columns()
    drawing.show_recipe(changed("stages.1.thawed", [3, 5]), None)
    after = columns()
    assert before[0] == after[0]
    assert before[1] != after[1]


def test_blocks_beyond_the_depth_are_left_out(drawing: BackboneDrawing) -> None:
    drawing.show_recipe(recipes.make({"model": {"depth": 3}, "stages": [{}]}), 8)
    tints = [drawing.tint(number) for number in range(1, 6)]
    assert tints == ["frozen"] * 3 + ["left out"] * 2
    assert "3" in drawing.tooltip_at(over(drawing, 4)).rpartition("<p>")[2]
    # the new head then sees what block 3 puts out
    assert drawing.text.head_parameters() == f"{(28 * 28 * 256 + 1) * 8:,}"
    assert not drawing.grab().isNull()


# -- words ------------------------------------------------------------------------------------


def test_a_tooltip_has_layers_shapes_and_share(qtbot: QtBot, drawing: BackboneDrawing) -> None:
    drawing.show_recipe(changed("stages.0.thawed", [4]), 8)
    tooltip = drawing.tooltip_at(over(drawing, 1))
    # (3 + 64) * 64 * 9 * 224^2 of 15.35 G multiplications
    values = ("224 × 224 × 64", "112 × 112 × 64", "1,792", "38,720", f"12.6{SPACE}%")
    for words in ("block1_conv1", "block1_conv2", *values):
        assert words in tooltip
    stages = [drawing.tooltip_at(over(drawing, n)).rpartition("<br>")[2] for n in (3, 4, 5)]
    assert len(set(stages)) == 3
    assert "1" in stages[1]
    assert "2" in stages[2]
    drawing.show()
    position = over(drawing, 2)
    event = QHelpEvent(QHelpEvent.Type.ToolTip, position, drawing.mapToGlobal(position))
    assert drawing.event(event)
    qtbot.waitUntil(lambda: "block2_conv2" in QToolTip.text())
    QToolTip.hideText()


def test_the_new_head_and_what_was_cut_off_have_their_numbers(drawing: BackboneDrawing) -> None:
    assert drawing.text.head_parameters() == "?"  # not made up without a dataset
    unknown = drawing.text.head()
    drawing.show_recipe(RunConfig(), 8)
    head = drawing.tooltip_at(QPoint(int(drawing.columns.head.center), 80))
    for words in ("Softmax", "8 classes", "200,712"):
        assert words in head
        assert words not in unknown or words == "Softmax"
    cut = drawing.tooltip_at(QPoint(drawing.columns.end.left + 60, 80))
    for words in ("4096", "1000", "123,642,856"):
        assert words in cut
    assert drawing.tooltip_at(QPoint(5, 80)) == ""


def test_shapes_and_shares_follow_the_recipe(drawing: BackboneDrawing) -> None:
    drawing.show_recipe(changed("dataset.image_size", 64), 8)
    words = drawing.text
    assert words.picture() == "64 × 64 × 3"
    assert [words.output(number) for number in (1, 5)] == ["32 × 32 × 64", "2 × 2 × 512"]
    assert "2 × 2 × 512" in drawing.accessibleDescription()
    assert sum(words.share(number) for number in range(6)) == pytest.approx(1)
    plain = drawing.grab().toImage()
    drawing.show_recipe(changed("model.head", {"kind": "fc", "hidden": [4096, 256]}), 8)
    wide, narrow = drawing_scene.head_places(drawing.layout_now(), drawing.text.head_plan()).hidden
    assert wide.height() > 2 * narrow.height()
    assert drawing.grab().toImage() != plain


def test_layers_are_named_with_kernel_and_channels() -> None:
    words = NetworkText(RunConfig(), 8)
    assert words.layers(3) == ["conv1 3×3, 256", "conv2 3×3, 256", "conv3 3×3, 256", "pool 2×2"]
    head = {"kind": "conv", "channels": [512, 256], "hidden": [64]}
    lines = NetworkText(changed("model.head", head), 8).head_layers()
    assert lines == ["Convolutional", "conv 512 – 256", "flatten", "64"]
    pooled = NetworkText(changed("model.head.pooling", "both"), 8).head_layers()
    assert pooled == ["Softmax", "average + max"]


def test_below_each_block_stands_what_an_epoch_costs(drawing: BackboneDrawing) -> None:
    head = QPoint(int(drawing.columns.head.center), 80)
    block, ten, three = over(drawing, 5), f"10{SPACE}s", f"3{SPACE}s"
    assert drawing.text.from_here_an_epoch(3) == ""
    assert three not in drawing.tooltip_at(block) + drawing.tooltip_at(head)
    drawing.show_recipe(RunConfig(), 8, COSTS, 2)
    words = drawing.text
    assert ten in words.from_here_an_epoch(5)
    assert f"5{SPACE}min" in words.from_here(1)
    cost = drawing.tooltip_at(block).rpartition("<br>")[2]
    assert all(one in cost for one in ("2", ten, three))
    assert three in drawing.tooltip_at(head)
    assert ten not in drawing.tooltip_at(head)
