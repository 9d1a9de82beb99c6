"""The presets' cards: their pictures, which is marked, and the keyboard."""

from itertools import combinations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.augmentation import presets as augmentation_presets
from core.recipe.config import AugmentationConfig
from gui.augment import presets as augment_presets
from gui.augment.presets import PresetCard, PresetStrip
from tests.support.window.augmenting import click


@pytest.fixture
def strip(qtbot: QtBot) -> PresetStrip:
    made = PresetStrip()
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    return made


def picture(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (40, 40, 3), np.uint8)


def marked(strip: PresetStrip) -> list[str]:
    return [name for name, card in strip.cards.items() if card.isChecked()]


def test_the_preset_that_is_set_is_marked_whatever_fills(strip: PresetStrip) -> None:
    strip.show_config(AugmentationConfig(fill_mode="wrap"))
    assert marked(strip) == ["none"]
    strip.show_config(
        augmentation_presets.applied("light", AugmentationConfig(fill_color=(1, 2, 3)))
    )
    assert marked(strip) == ["light"]
    strip.show_config(AugmentationConfig(rotation=(-7, 3)))
    assert marked(strip) == []


def test_a_click_asks_for_the_preset_and_marks_nothing_by_itself(
    qtbot: QtBot, strip: PresetStrip
) -> None:
    strip.show_config(AugmentationConfig())
    with qtbot.waitSignal(strip.chosen) as asked:
        click(qtbot, strip.cards["standard"])
    assert asked.args == ["standard"]
    assert marked(strip) == ["none"]


def test_a_marked_card_looks_different(qtbot: QtBot) -> None:
    card = PresetCard("Light")
    qtbot.addWidget(card)
    before = card.grab().toImage()
    card.setChecked(True)
    assert card.grab().toImage() != before


def test_cards_show_the_picture_under_each_preset(qtbot: QtBot, strip: PresetStrip) -> None:
    strip.show_config(AugmentationConfig())
    image = picture()
    strip.set_picture(image, "a.png")
    qtbot.waitUntil(lambda: all(card.image is not None for card in strip.cards.values()))
    shown = {name: card.image for name, card in strip.cards.items()}
    assert all(one != other for one, other in combinations(shown.values(), 2))
    before = strip.cards["light"].image
    strip.show_config(AugmentationConfig(fill_mode="constant", fill_color=(255, 0, 0)))
    qtbot.waitUntil(lambda: strip.cards["light"].image != before)
    assert strip.cards["none"].image == shown["none"]


def test_moving_a_slider_makes_no_card_again(
    qtbot: QtBot, strip: PresetStrip, monkeypatch: pytest.MonkeyPatch
) -> None:
    strip.set_picture(picture(), "a.png")
    qtbot.waitUntil(lambda: strip.cards["light"].image is not None)
    monkeypatch.setattr(augment_presets, "pictures", lambda *_: pytest.fail("made again"))
    strip.show_config(AugmentationConfig(rotation=(-5, 5)))
    assert not strip.is_busy


def test_without_a_picture_the_cards_are_empty(qtbot: QtBot, strip: PresetStrip) -> None:
    strip.set_picture(picture(), "a.png")
    strip.set_picture(None, "")
    assert not strip.is_busy
    assert all(card.image is None for card in strip.cards.values())


def test_arrow_keys_go_from_card_to_card_and_space_or_enter_chooses(
    qtbot: QtBot, strip: PresetStrip
) -> None:
    names = list(strip.cards)
    first, second = (strip.cards[name] for name in names[:2])
    first.setFocus()
    qtbot.keyClick(first, Qt.Key.Key_Left)
    assert first.hasFocus()
    qtbot.keyClick(first, Qt.Key.Key_Right)
    assert second.hasFocus()
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Return):
        with qtbot.waitSignal(strip.chosen) as asked:
            qtbot.keyClick(second, key)
        assert asked.args == [names[1]]
    qtbot.keyClick(second, Qt.Key.Key_Down)
    assert strip.cards[names[5]].hasFocus()
    takes_tab = [card.focusPolicy() == Qt.FocusPolicy.StrongFocus for card in strip.cards.values()]
    assert takes_tab.count(True) == 1


def test_a_card_says_what_it_is_for(strip: PresetStrip) -> None:
    card = strip.cards["light"]
    assert "a good first try" in card.toolTip()
    assert "Rotation: −10° to 10°" in card.toolTip()
    assert "Preset." in card.accessibleDescription()
