"""Above the stages: the cards of the presets and the drawing; below: a stage's facts."""

import itertools
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QFontMetricsF, QHelpEvent, QImage
from PySide6.QtWidgets import QToolTip
from pytestqt.qtbot import QtBot

from core.common import lazy
from core.compute import estimate, memory
from core.recipe import files as recipes
from core.recipe import network, vgg16
from core.recipe.config import RunConfig
from core.recipe.presets import PRESETS
from gui.base import theme
from gui.base import words as base_words
from gui.model import costs
from gui.model.cards import FIRST, OTHERS, PresetCards, TransferCard
from gui.model.costs import Fact, FreeMemory, facts, free_memory
from gui.model.drawing import layout
from gui.model.drawing import scene as drawing_scene
from gui.model.drawing.scene import BackboneDrawing
from gui.model.drawing.words import NetworkText
from gui.recipe.stage_parts import fields_width
from gui.recipe.stage_rows import GAP, Columns
from gui.recipe.words import Cost
from gui.session.engine import EngineState
from gui.session.session import Session
from tests.support.window.acting import click
from tests.support.window.fakes import SPEED

WIDTHS = (940, 1056)  # of the page's inside at 1024 and 1280 pixels
HEAD = 6  # the column after the last block's
SPACE = "\N{NO-BREAK SPACE}"


def changed(key: str, value: object) -> RunConfig:
    return recipes.changed(RunConfig(), key, value)


# -- the cards --------------------------------------------------------------------------------

COST = Cost("7.28 M parameters train · about 2 min here", "7.28 M · about 2 min", "a hint", "2 min")


@pytest.fixture
def cards(qtbot: QtBot) -> PresetCards:
    made = PresetCards()
    qtbot.addWidget(made)
    made.resize(1056, 90)
    with qtbot.waitExposed(made):
        made.show()
    made.show_followed("fine-tune-last", (), 4)
    made.show_costs(lambda _name: COST)
    return made


def seen(cards: PresetCards) -> list[str]:
    return [name for name, card in cards.cards.items() if card.isVisible()]


def test_three_are_seen_and_another_one_while_it_is_followed(
    qtbot: QtBot, cards: PresetCards
) -> None:
    last, every = cards.cards["fine-tune-last"], cards.cards["fine-tune-all"]
    assert set(cards.cards) == set(PRESETS)
    assert seen(cards) == list(FIRST)
    assert [name for name in FIRST if cards.cards[name].isChecked()] == ["fine-tune-last"]
    cards.show_followed("early-features", (), 4)
    assert seen(cards) == [*FIRST, "early-features"]
    assert cards.followed == "early-features"
    chosen: list[str] = []
    cards.chosen.connect(lambda name, _every: chosen.append(name))
    assert not last.changes.isVisible()
    cards.show_followed("fine-tune-last", ("one field", "another"), 4)
    assert seen(cards) == list(FIRST)
    assert "one field, another" in last.changes.toolTip()
    assert not every.changes.isVisible()
    with qtbot.waitSignal(cards.put_back):
        click(last.changes)
    assert chosen == []  # putting back chooses no card anew
    click(every)
    assert chosen == ["fine-tune-all"]
    assert not every.isChecked()  # the recipe decides, not the click


@pytest.mark.parametrize("width", WIDTHS)
def test_every_word_of_a_card_can_be_read(qtbot: QtBot, cards: PresetCards, width: int) -> None:
    for followed in ("fine-tune-last", *OTHERS):
        cards.resize(width, 90)
        cards.show_followed(followed, ("stage 1: epochs",), 4)
        cards.show_costs(lambda _name: COST)
        card = cards.cards[followed]
        qtbot.waitUntil(lambda card=card: cards.height() == card.height())
        for one in (cards.cards[name] for name in seen(cards)):
            assert one.suits.height() >= one.suits.heightForWidth(one.suits.width())
            assert one.rect().contains(one.suits.geometry())
        for part in (card.changes, card.title):
            assert card.rect().contains(part.geometry())
        qtbot.waitUntil(lambda card=card: card.title.width() >= card.title.sizeHint().width())
        assert COST.words in card.accessibleDescription()
        for words in (COST.words, COST.hint, card.suits.text()):
            assert words in card.toolTip()


def test_cost_and_changes_get_shorter_and_are_never_cut_off(
    qtbot: QtBot, cards: PresetCards
) -> None:
    card = cards.cards["fine-tune-last"]
    card.resize(260, card.height())
    assert card.cost.text == COST.words
    cards.show_followed("fine-tune-last", ("stage 1: epochs",), 4)
    card.resize(330, card.height())
    changes = card.changes.text()
    assert card.cost.text == COST.short
    card.resize(200, card.height())
    assert card.cost.text == COST.shortest
    assert changes.startswith(card.changes.text() + ":")
    alone = TransferCard(FIRST[0])
    qtbot.addWidget(alone)
    alone.show_cost(COST)
    alone.show_changes(("stage 1: epochs", "stage 2: epochs"))
    with qtbot.waitExposed(alone):
        alone.show()
    for width in range(180, 480):
        alone.resize(width, 90)
        alone.layout().activate()
        assert not alone.cost.is_elided, width


# -- the drawing ------------------------------------------------------------------------------


@pytest.fixture
def drawing(qtbot: QtBot) -> BackboneDrawing:
    made = BackboneDrawing()
    qtbot.addWidget(made)
    place(made, 1056, 240)
    return made


def place(drawing: BackboneDrawing, width: int, height: int) -> None:
    drawing.set_columns(Columns(width, drawing.caption_width(), fields_width()))
    drawing.resize(width, height)


def over(drawing: BackboneDrawing, number: int) -> QPoint:
    """In the column of a block, or, from 6, of the head."""
    spans = [*(drawing.columns.block(block.number) for block in vgg16.BLOCKS), drawing.columns.head]
    return QPoint(int(spans[number - 1].center), drawing.height() // 2)


def test_volumes_and_words_stay_in_their_columns(
    drawing: BackboneDrawing,
) -> None:
    first_maps = [drawing.layout_now().slabs(block)[0] for block in vgg16.BLOCKS]
    assert all(after.side < before.side for before, after in itertools.pairwise(first_maps))
    thicknesses = [one.thickness for one in first_maps]
    assert thicknesses == sorted(thicknesses)
    assert len(set(thicknesses)) == 4  # the last two have equally many channels
    for size, width, height in itertools.product((32, 224, 512), WIDTHS, (200, 240, 400)):
        drawing.show_recipe(changed("dataset.image_size", size), 8)
        place(drawing, width, height)
        scene = drawing.layout_now()
        for block in vgg16.BLOCKS:
            span, slabs = drawing.columns.block(block.number), scene.slabs(block)
            assert slabs[0].left >= span.left - GAP / 2
            assert max(slab.right for slab in slabs) <= span.right + GAP / 2
            assert max(slab.side for slab in slabs) * 1.16 <= scene.art_height
        last = scene.line(drawing.columns.head, layout.TEXT_LINES - 1)
        assert last.bottom() <= height + 1
    drawing.show_recipe(changed("dataset.image_size", 512), 1000)
    place(drawing, min(WIDTHS), 240)
    metrics, words = QFontMetricsF(theme.small_font()), drawing.text
    lines = [words.head_parameters()]
    for number in range(1, 6):
        lines += [*words.narrower_layers(number), words.parameters(number)]
        lines.append(words.output(number).replace(" ", ""))
    for line in lines:
        assert metrics.horizontalAdvance(line) <= drawing.columns.column_width + GAP


def test_the_heads_layers_stand_in_their_column_one_after_the_other(
    drawing: BackboneDrawing,
) -> None:
    for head, width in itertools.product(
        (
            {"kind": "svm"},
            {"kind": "fc", "hidden": [64] * 8},
            {"kind": "conv", "channels": [512, 256, 128, 64], "hidden": [4096, 64, 8]},
        ),
        WIDTHS,
    ):
        drawing.show_recipe(changed("model.head", head), 8)
        place(drawing, width, 240)
        plan, scene, span = drawing.text.head_plan(), drawing.layout_now(), drawing.columns.head
        where = drawing_scene.head_places(scene, plan)
        assert len(where.convolutions) == len(plan.convolutions)
        assert len(where.hidden) == len(plan.hidden)
        assert where.left >= span.left - GAP / 2
        assert where.last.right() <= span.right + GAP / 2
        boxes = [*where.hidden, where.last]
        assert all(after.left() >= before.right() for before, after in itertools.pairwise(boxes))
        assert all(box.height() <= scene.art_height for box in boxes)


def test_folded_it_keeps_its_captions_and_needs_little_room(drawing: BackboneDrawing) -> None:
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


def test_thawed_blocks_are_tinted_in_their_columns_and_others_left_out(
    drawing: BackboneDrawing,
) -> None:
    def columns() -> list[QImage]:
        spans = [drawing.columns.block(number) for number in (3, 2)]
        image = drawing.grab().toImage()
        return [image.copy(span.left, 0, span.width, drawing.height()) for span in spans]

    before = columns()
    drawing.show_recipe(changed("stages.1.thawed", [2, 5]), None)
    tints = [drawing.tint(number) for number in range(1, 6)]
    assert tints == ["frozen", "thawed", "frozen", "frozen", "thawed"]
    after = columns()
    assert before[0] == after[0]
    assert before[1] != after[1]
    drawing.show_recipe(recipes.make({"model": {"depth": 3}, "stages": [{}]}), 8)
    tints = [drawing.tint(number) for number in range(1, 6)]
    assert tints == ["frozen"] * 3 + ["left out"] * 2
    assert "3" in drawing.tooltip_at(over(drawing, 4)).rpartition("<p>")[2]
    # the new head then sees what block 3 puts out
    assert drawing.text.head_parameters() == f"{(28 * 28 * 256 + 1) * 8:,}"
    assert not drawing.grab().isNull()


def test_tooltips_have_layers_shapes_and_numbers(qtbot: QtBot, drawing: BackboneDrawing) -> None:
    assert drawing.text.head_parameters() == "?"  # not made up without a dataset
    unknown = drawing.text.head()
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
    head = drawing.tooltip_at(over(drawing, HEAD))
    for words in ("Softmax", "8 classes", "200,712"):
        assert words in head
        assert words not in unknown or words == "Softmax"
    cut = drawing.tooltip_at(QPoint(drawing.columns.end.left + 60, 80))
    for words in ("4096", "1000", "123,642,856"):
        assert words in cut
    assert drawing.tooltip_at(QPoint(5, 80)) == ""


def test_shapes_shares_and_layers_follow_the_recipe(drawing: BackboneDrawing) -> None:
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
    assert words.layers(3) == ["conv1 3×3, 256", "conv2 3×3, 256", "conv3 3×3, 256", "pool 2×2"]
    head = {"kind": "conv", "channels": [512, 256], "hidden": [64]}
    lines = NetworkText(changed("model.head", head), 8).head_layers()
    assert lines == ["Convolutional", "conv 512 – 256", "flatten", "64"]
    pooled = NetworkText(changed("model.head.pooling", "both"), 8).head_layers()
    assert pooled == ["Softmax", "average + max"]


def test_below_each_block_stands_what_an_epoch_costs(drawing: BackboneDrawing) -> None:
    head, block, ten, three = over(drawing, HEAD), over(drawing, 5), f"10{SPACE}s", f"3{SPACE}s"
    assert drawing.text.from_here_an_epoch(3) == ""
    assert three not in drawing.tooltip_at(block) + drawing.tooltip_at(head)
    drawing.show_recipe(RunConfig(), 8, (3.0, 300.0, 200.0, 100.0, 50.0, 12.0), 2)
    words = drawing.text
    assert ten in words.from_here_an_epoch(5)
    assert f"5{SPACE}min" in words.from_here(1)
    cost = drawing.tooltip_at(block).rpartition("<br>")[2]
    assert all(one in cost for one in ("2", ten, three))
    assert three in drawing.tooltip_at(head)
    assert ten not in drawing.tooltip_at(head)


# -- the facts of a stage ---------------------------------------------------------------------

MACHINE, CARD = 8 * 10**9, 80 * 10**9


def told(
    recipe: RunConfig,
    index: int = 0,
    seconds: float | None = 12.0,
    measured: bool = False,
    size: int = MACHINE,
    on_card: bool = False,
) -> dict[str, Fact]:
    found = estimate.stage_facts(recipe, index, SPEED, 80, 20, 3)
    free = FreeMemory(size, on_card)
    return {one.name: one for one in facts(found, 3, seconds, measured, free)}


def test_what_trains_what_is_frozen_and_kept_and_an_epochs_time() -> None:
    found = told(RunConfig(), 1)
    head = network.head_parameters(RunConfig(), 3)
    assert found["trainable"].value == base_words.parameters(7_079_424 + head)
    assert base_words.count(7_079_424 + head) in found["trainable"].hint
    assert base_words.count(14_714_688 - 7_079_424) in found["frozen"].hint
    passed = told(recipes.make({"stages": [{"thawed": [1]}]}))["frozen"].hint
    assert "2–5" in passed
    assert len(passed) > len(found["frozen"].hint)
    assert "4" in found["kept"].in_words()
    assert 100 * 14 * 14 * 512 * 4 == 40_140_800
    assert f"40{SPACE}MB" in found["kept"].hint
    for without in (
        recipes.make({"stages": [{"thawed": [1, 2, 3, 4, 5]}]}),
        changed("augmentation.rotation", 9),
    ):
        assert told(without)["kept"].value == "none"
    expected, measured = (told(RunConfig(), measured=one)["epoch"] for one in (False, True))
    assert expected.value == measured.value == base_words.duration(12.0)
    assert expected.hint != measured.hint
    assert "epoch" not in told(RunConfig(), seconds=None)


def test_before_the_classes_are_known_the_head_is_not_counted() -> None:
    def trainable(recipe: RunConfig) -> Fact:
        found = estimate.stage_facts(recipe, len(recipe.stages) - 1, None, 1, 0, 0)
        return facts(found, None, None, False, FreeMemory(MACHINE))[0]

    assert trainable(RunConfig()).value == base_words.parameters(7_079_424)
    head = trainable(recipes.make({"stages": [{}]}))
    assert "head" in head.value
    assert head.value in head.in_words() != head.value


def test_more_memory_than_there_is_is_doubtful() -> None:
    enough, short, card, short_card = (
        told(RunConfig(), 1, size=size, on_card=on_card)["memory"]
        for on_card in (False, True)
        for size in (MACHINE, 10**8)
    )
    doubtful = [one.is_doubtful for one in (enough, short, card, short_card)]
    assert doubtful == [False, True, False, True]
    assert enough.value == short.value == short_card.value
    assert len({one.hint for one in (enough, short, card, short_card)}) == 4
    need = estimate.stage_facts(RunConfig(), 1, SPEED, 80, 20, 3).memory
    parts = (need.weights, need.gradients, need.optimizer, need.activations, need.pictures)
    for size in (MACHINE, *parts):
        assert costs._size(size) in enough.hint
    assert f"8.0{SPACE}GB" in card.hint
    assert f"100{SPACE}MB" in short.hint


def test_free_memory_is_the_cards_once_pytorch_is_there(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    devices = SimpleNamespace(choose=lambda asked: "cuda" if asked == "auto" else asked)
    monkeypatch.setattr(lazy, "load", lambda _name: devices)
    monkeypatch.setattr(memory, "available", lambda: MACHINE)
    monkeypatch.setattr(costs, "_card_memory", lambda: CARD)
    for cached in ("_free", "_is_card"):
        monkeypatch.setattr(costs, cached, getattr(costs, cached).__wrapped__)
    assert session.engine.state == EngineState.NOT_STARTED
    assert free_memory(session) == FreeMemory(MACHINE)
    session.engine.state = EngineState.READY
    assert free_memory(session) == FreeMemory(CARD, on_card=True)
    session.change("device", "cpu")
    assert free_memory(session) == FreeMemory(MACHINE)
    session.change("device", "mps")  # has the machine's memory
    assert free_memory(session) == FreeMemory(MACHINE)
