"""The drawing of the network: what it says, what it shows, where things stand."""

import itertools

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QFontMetricsF, QHelpEvent
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


@pytest.fixture
def drawing(qtbot: QtBot) -> BackboneDrawing:
    made = BackboneDrawing()
    qtbot.addWidget(made)
    made.set_columns(Columns(1056, made.caption_width(), fields_width()))
    made.resize(1056, 240)
    return made


def changed(key: str, value: object) -> RunConfig:
    return recipes.changed(RunConfig(), key, value)


def over(drawing: BackboneDrawing, number: int) -> QPoint:
    return QPoint(int(drawing.columns.block(number).center), drawing.height() // 2)


def test_a_block_is_drawn_smaller_and_deeper_than_the_one_before(drawing: BackboneDrawing) -> None:
    place = drawing.layout_now()
    first_maps = [place.slabs(block)[0] for block in vgg16.BLOCKS]
    assert all(after.side < before.side for before, after in itertools.pairwise(first_maps))
    thicknesses = [one.thickness for one in first_maps]
    assert thicknesses == sorted(thicknesses)
    assert thicknesses[0] < thicknesses[1] < thicknesses[2] < thicknesses[3]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("height", [200, 240, 400])
@pytest.mark.parametrize("size", [32, 224, 512])
def test_every_volume_stays_in_its_column_and_on_the_page(
    drawing: BackboneDrawing, width: int, height: int, size: int
) -> None:
    drawing.show_recipe(changed("dataset.image_size", size), 8)
    drawing.set_columns(Columns(width, drawing.caption_width(), fields_width()))
    drawing.resize(width, height)
    place = drawing.layout_now()
    for block in vgg16.BLOCKS:
        span, slabs = drawing.columns.block(block.number), place.slabs(block)
        assert slabs[0].left >= span.left - GAP / 2
        assert max(slab.right for slab in slabs) <= span.right + GAP / 2
        assert max(slab.side for slab in slabs) * 1.16 <= place.art_height
    last = layout.TEXT_LINES - 1
    assert place.line(drawing.columns.head, last).bottom() <= height + 1


@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_of_text_runs_into_the_next_column(drawing: BackboneDrawing, width: int) -> None:
    drawing.show_recipe(changed("dataset.image_size", 512), 1000)
    columns = Columns(width, drawing.caption_width(), fields_width())
    metrics, words = QFontMetricsF(theme.small_font()), drawing.text
    for block in vgg16.BLOCKS:
        lines = [
            *words.narrower_layers(block.number),  # with the kernel, even at 1024
            words.output(block.number).replace(" ", ""),
            words.parameters(block.number),
        ]
        for line in lines:
            assert metrics.horizontalAdvance(line) <= columns.column_width + GAP
    assert metrics.horizontalAdvance(words.head_parameters()) <= columns.column_width + GAP


def test_it_is_tinted_by_what_some_stage_thaws(drawing: BackboneDrawing) -> None:
    drawing.show_recipe(changed("stages.1.thawed", [2, 5]), 8)
    tints = [drawing.tint(number) for number in range(1, 6)]
    assert tints == ["frozen", "thawed", "frozen", "frozen", "thawed"]


def test_thawing_a_block_changes_the_picture_in_its_column_only(drawing: BackboneDrawing) -> None:
    before = drawing.grab().toImage()
    drawing.show_recipe(changed("stages.1.thawed", [3, 5]), None)
    after = drawing.grab().toImage()

    def column(image: object, number: int) -> object:
        span = drawing.columns.block(number)
        return image.copy(span.left, 0, span.width, drawing.height())  # type: ignore[attr-defined]

    assert column(before, 3) != column(after, 3)
    assert column(before, 2) == column(after, 2)


def test_blocks_beyond_the_depth_are_left_out(drawing: BackboneDrawing) -> None:
    recipe = recipes.make({"model": {"depth": 3}, "stages": [{}]})
    drawing.show_recipe(recipe, 8)
    tints = [drawing.tint(number) for number in range(1, 6)]
    assert tints == ["frozen"] * 3 + ["left out"] * 2
    assert "Left out" in drawing.tooltip_at(over(drawing, 4))
    # the new head then sees what block 3 puts out
    assert drawing.text.head_parameters() == f"{(28 * 28 * 256 + 1) * 8:,}"


def test_a_tooltip_has_the_blocks_layers_shapes_parameters_and_share(
    drawing: BackboneDrawing,
) -> None:
    tooltip = drawing.tooltip_at(over(drawing, 1))
    for words in ("block1_conv1", "block1_conv2", "224 × 224 × 64", "112 × 112 × 64", "1,792"):
        assert words in tooltip
    assert "38,720" in tooltip
    # (3 + 64) * 64 * 9 * 224^2 of 15.35 G multiplications
    assert "12.6" in tooltip
    assert "Frozen in every stage" in tooltip
    assert "Thawed in stage 2" in drawing.tooltip_at(over(drawing, 5))


def test_the_shares_of_head_and_blocks_are_the_whole(drawing: BackboneDrawing) -> None:
    shares = [drawing.text.share(number) for number in range(vgg16.BLOCK_COUNT + 1)]
    assert sum(shares) == pytest.approx(1)
    assert drawing.text.compute(1) == "12.6\N{NO-BREAK SPACE}%"


def test_hovering_shows_the_tooltip(qtbot: QtBot, drawing: BackboneDrawing) -> None:
    drawing.show()
    position = over(drawing, 2)
    event = QHelpEvent(QHelpEvent.Type.ToolTip, position, drawing.mapToGlobal(position))
    assert drawing.event(event)
    qtbot.waitUntil(lambda: "block2_conv2" in QToolTip.text())
    QToolTip.hideText()


def test_the_new_head_and_what_was_cut_off_say_what_they_are(drawing: BackboneDrawing) -> None:
    drawing.show_recipe(RunConfig(), 8)
    head = QPoint(int(drawing.columns.head.center), 80)
    assert drawing.tooltip_at(head) == "new head: Softmax, 8 classes, 200,712 parameters."
    cut = QPoint(drawing.columns.end.left + 60, 80)
    for words in ("4096", "1000", "123,642,856", "cut off"):
        assert words in drawing.tooltip_at(cut)
    assert drawing.tooltip_at(QPoint(5, 80)) == ""


def test_without_a_dataset_the_heads_size_is_not_made_up(drawing: BackboneDrawing) -> None:
    assert "follows from the dataset's classes" in drawing.text.head()
    assert drawing.text.head_parameters() == "?"


def test_shapes_follow_the_picture_size(drawing: BackboneDrawing) -> None:
    drawing.show_recipe(changed("dataset.image_size", 64), 8)
    assert drawing.text.picture() == "64 × 64 × 3"
    assert [drawing.text.output(number) for number in (1, 5)] == ["32 × 32 × 64", "2 × 2 × 512"]
    assert "2 × 2 × 512" in drawing.accessibleDescription()


def test_layers_are_named_with_kernel_and_channels() -> None:
    words = NetworkText(RunConfig(), 8)
    assert words.layers(3) == ["conv1 3×3, 256", "conv2 3×3, 256", "conv3 3×3, 256", "pool 2×2"]


COSTS = (3.0, 300.0, 200.0, 100.0, 50.0, 12.0)


def test_below_each_block_stands_what_an_epoch_costs_from_there_on(
    drawing: BackboneDrawing,
) -> None:
    drawing.show_recipe(RunConfig(), 8, COSTS, 2)
    words = drawing.text
    assert words.from_here_an_epoch(5).replace("\N{NO-BREAK SPACE}", " ") == "10 s an epoch"
    assert words.from_here(1).replace("\N{NO-BREAK SPACE}", " ") == "about 5 min"
    for part in ("Thawed from here on", "stage 2", "10", "all blocks frozen 3"):
        assert part in drawing.tooltip_at(over(drawing, 5)).replace("\N{NO-BREAK SPACE}", " ")
    head = QPoint(int(drawing.columns.head.center), 80)
    assert "With all blocks frozen" in drawing.tooltip_at(head)


def test_costs_are_not_made_up(drawing: BackboneDrawing) -> None:
    assert drawing.text.from_here_an_epoch(3) == ""
    assert "Thawed from here" not in drawing.tooltip_at(over(drawing, 3))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    "head",
    [
        {"kind": "svm"},
        {"kind": "fc", "hidden": [4096, 4096]},
        {"kind": "fc", "hidden": [64] * 8},
        {"kind": "conv", "channels": [512], "hidden": [256]},
        {"kind": "conv", "channels": [512, 256, 128, 64], "hidden": [4096, 64, 8]},
    ],
)
def test_the_heads_layers_stand_in_their_column_one_after_the_other(
    drawing: BackboneDrawing, width: int, head: dict[str, object]
) -> None:
    drawing.set_columns(Columns(width, drawing.caption_width(), fields_width()))
    drawing.show_recipe(changed("model.head", head), 8)
    plan, place = drawing.text.head_plan(), drawing.layout_now()
    where = drawing_scene.head_places(place, plan)
    span = drawing.columns.head
    assert len(where.convolutions) == len(plan.convolutions)
    assert len(where.hidden) == len(plan.hidden)
    assert where.left >= span.left - GAP / 2
    assert where.last.right() <= span.right + GAP / 2
    boxes = [*where.hidden, where.last]
    assert all(after.left() >= before.right() for before, after in itertools.pairwise(boxes))
    assert all(box.height() <= place.art_height for box in boxes)


def test_wider_hidden_layers_are_drawn_higher(drawing: BackboneDrawing) -> None:
    drawing.show_recipe(changed("model.head", {"kind": "fc", "hidden": [4096, 256]}), 8)
    wide, narrow = drawing_scene.head_places(drawing.layout_now(), drawing.text.head_plan()).hidden
    assert wide.height() > 2 * narrow.height()


def test_the_head_says_what_it_is_made_of() -> None:
    recipe = changed("model.head", {"kind": "conv", "channels": [512, 256], "hidden": [64]})
    lines = NetworkText(recipe, 8).head_layers()
    assert lines == ["Convolutional", "conv 512 – 256", "flatten", "64"]
    pooled = changed("model.head.pooling", "both")
    assert NetworkText(pooled, 8).head_layers() == ["Softmax", "average + max"]


def test_folded_it_keeps_its_captions_and_needs_little_room(drawing: BackboneDrawing) -> None:
    drawing.show_recipe(RunConfig(), 8, COSTS, 1)
    drawing.set_folded(True)
    assert drawing.maximumHeight() == drawing.minimumSizeHint().height() < 100
    drawing.resize(1056, drawing.maximumHeight())
    place = drawing.layout_now()
    assert place.is_folded
    last = place.line(drawing.columns.head, layout.TEXT_LINES - 1)
    assert last.bottom() <= drawing.height() + 1
    assert place.line(drawing.columns.head, layout.LAYER_LINES).top() >= place.top
    assert "block1_conv1" in drawing.tooltip_at(over(drawing, 1))
    drawing.set_folded(False)
    drawing.resize(1056, 240)
    assert not drawing.layout_now().is_folded
