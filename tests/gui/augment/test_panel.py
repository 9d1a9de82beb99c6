"""The panel: presets as cards, effects added and removed, TrivialAugment, advice, the keyboard."""

from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl, SignalInstance
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtWidgets import QApplication, QColorDialog, QFileDialog, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from core.augmentation import presets as augmentation_presets
from core.augmentation.presets import NAMES, PRESETS
from core.recipe.config import BY_NAME, EFFECTS, AugmentationConfig
from gui.augment import effects
from gui.augment import presets as augment_presets
from gui.augment.effects import STRENGTHS
from gui.augment.files import AugmentActions, dropped_file
from gui.augment.presets import PresetStrip
from gui.controls.inputs import Switch
from gui.controls.labels import ElidedLabel
from gui.session.session import Session
from tests.support.window.augmenting import BASIC, Screen, click, numbers, shown
from tests.support.wording import said

OTHERS = [effect.name for effect in EFFECTS if not effect.is_basic]

# -- presets ----------------------------------------------------------------------------------


@pytest.fixture
def strip(qtbot: QtBot) -> PresetStrip:
    made = PresetStrip()
    shown(qtbot, made, 376, 200)
    return made


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_is_known_whatever_fills_and_has_words_of_its_own(name: str) -> None:
    wrapped = AugmentationConfig(fill_mode="wrap", fill_color=(1, 2, 3))
    applied = augmentation_presets.applied(name, wrapped)
    assert augment_presets.matching_preset(applied) == name
    title = augment_presets.preset_title(name).replace("\N{ZERO WIDTH SPACE}", "")
    assert (augment_presets.file_name(applied) == title) == (name != "none")
    for words in (augment_presets.preset_title, augment_presets.purpose):
        assert words(name) not in {"", *(words(other) for other in NAMES if other != name)}


def test_the_contents_of_a_preset_are_its_effects() -> None:
    assert augment_presets.preset_contents("none") == []
    light = [line.partition(":") for line in augment_presets.preset_contents("light")]
    assert [(name, numbers(words)) for name, _, words in light] == [
        (effects.name("rotation"), [-10, 10]),
        (effects.name("scale"), [0.9, 1.1]),
        (effects.name("translation"), [5]),
    ]
    standard = augment_presets.preset_contents("standard")
    flip = next(line for line in standard if line.startswith(effects.name("horizontal_flip")))
    assert numbers(flip) == [50]


def test_the_preset_that_is_set_is_marked_not_the_clicked(qtbot: QtBot, strip: PresetStrip) -> None:
    assert set(strip.cards) == set(PRESETS)
    light = strip.cards["light"]
    before = light.grab().toImage()
    for config, names in (
        (augmentation_presets.applied("light", AugmentationConfig()), ["light"]),
        (AugmentationConfig(rotation=(-7, 3)), []),
        (AugmentationConfig(fill_mode="wrap"), ["none"]),
    ):
        strip.show_config(config)
        assert [name for name, card in strip.cards.items() if card.isChecked()] == names
        assert (light.grab().toImage() != before) == light.isChecked()
    with qtbot.waitSignal(strip.chosen) as asked:
        click(qtbot, strip.cards["standard"])
    assert asked.args == ["standard"]
    assert strip.cards["none"].isChecked()
    assert not strip.cards["standard"].isChecked()
    told = [augment_presets.purpose("light"), *augment_presets.preset_contents("light")]
    assert light.toolTip().splitlines() == told
    assert all(line in light.accessibleDescription() for line in told)


def test_cards_show_the_image_under_each_preset_and_are_made_again_for_another_fill(
    qtbot: QtBot, strip: PresetStrip, monkeypatch: pytest.MonkeyPatch
) -> None:
    strip.show_config(AugmentationConfig())
    picture = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)
    strip.set_picture(picture, "a.png")
    qtbot.waitUntil(lambda: all(card.image is not None for card in strip.cards.values()))
    images = {name: card.image for name, card in strip.cards.items()}
    assert all(one != other for one, other in combinations(images.values(), 2))
    for color in ((0, 0, 0), (255, 0, 0)):
        before = strip.cards["light"].image
        strip.show_config(AugmentationConfig(fill_mode="constant", fill_color=color))
        qtbot.waitUntil(lambda before=before: strip.cards["light"].image != before)
    assert strip.cards["none"].image == images["none"]
    monkeypatch.setattr(augment_presets, "pictures", lambda *_: pytest.fail("made again"))
    red = AugmentationConfig(rotation=(-5, 5), fill_mode="constant", fill_color=(255, 0, 0))
    strip.show_config(red)
    assert not strip.is_busy
    strip.set_picture(None, "")
    assert not strip.is_busy
    assert all(card.image is None for card in strip.cards.values())


def test_arrow_keys_change_the_card_and_enter_chooses(qtbot: QtBot, strip: PresetStrip) -> None:
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
    qtbot.keyClick(strip.cards[names[5]], Qt.Key.Key_Up)
    qtbot.keyClick(second, Qt.Key.Key_Left)
    assert first.hasFocus()
    takes_tab = [card.focusPolicy() == Qt.FocusPolicy.StrongFocus for card in strip.cards.values()]
    assert takes_tab.count(True) == 1


# -- other effects ----------------------------------------------------------------------------


def test_other_effects_are_added_from_a_menu_by_kind(qtbot: QtBot, screen: Screen) -> None:
    menu = screen.panel.effect_menu
    assert [name for name in OTHERS if menu.offers(name)] == OTHERS
    actions = menu.actions()
    sections = [at for at, action in enumerate(actions) if action.isSeparator()]
    for name, action in menu.actions_by_effect.items():
        assert effects.name(name) in action.text()
        is_first = actions.index(action) < sections[1]
        assert BY_NAME[name].kind == ("geometric" if is_first else "photometric")
    menu.actions_by_effect["brightness"].trigger()
    assert screen.config == AugmentationConfig(brightness=(0.8, 1.2))
    assert screen.shown == [*BASIC, "brightness"]
    assert not menu.offers("brightness")
    row = screen.row("brightness")
    assert row.strength.slider.hasFocus()
    qtbot.waitUntil(lambda: not row.visibleRegion().isEmpty())
    screen.set(**{name: STRENGTHS[name].value(10) for name in OTHERS})
    assert not screen.panel.add_effect.isEnabled()  # there is nothing left
    assert sorted(screen.shown) == sorted(BY_NAME)


def test_an_added_effect_stays_when_it_is_turned_off_and_goes_with_undo(screen: Screen) -> None:
    screen.panel.effect_menu.actions_by_effect["blur"].trigger()
    assert screen.config.blur == (0, 1.5)
    row = screen.row("blur")
    assert row.isVisible()
    screen.set()  # as undo does
    assert not row.isVisible()
    screen.set(blur=(0, 1))
    row.strength.slider.setValue(0)
    assert screen.config == AugmentationConfig()
    assert row.isVisible()
    row.switch.click()
    assert screen.config.blur == (0, 1.5)


def test_a_row_is_removed_and_can_be_added_again(qtbot: QtBot, screen: Screen) -> None:
    screen.set(hue=(-9, 9), rotation=(-1, 1), fill_mode="edge")
    row = screen.row("hue")
    assert not screen.row("rotation").remove.isVisible()
    click(qtbot, row.remove)
    assert screen.config == AugmentationConfig(rotation=(-1, 1), fill_mode="edge")
    assert not row.isVisible()
    screen.panel.effect_menu.actions_by_effect["hue"].trigger()
    assert row.isVisible()
    row.switch.click()  # off, but still there
    click(qtbot, row.remove)
    assert not row.isVisible()
    screen.panel.effect_menu.actions_by_effect["noise"].trigger()
    screen.row("noise").switch.click()  # off, but still there
    click(qtbot, screen.panel.presets["none"])
    assert screen.shown == BASIC  # a preset leaves only what it sets, and the fill
    assert screen.config == AugmentationConfig(fill_mode="edge")


# -- TrivialAugment ---------------------------------------------------------------------------


def test_trivial_augment_takes_the_rows_away_and_goes_back(qtbot: QtBot, screen: Screen) -> None:
    panel = screen.panel
    screen.set(policy="trivial")
    click(qtbot, panel.policy_note.button)  # without earlier ranges
    assert screen.config == augmentation_presets.applied("light", AugmentationConfig())
    before = AugmentationConfig(rotation=(-33, 33), brightness=(0.5, 1.5))
    screen.show(before)
    screen.set(policy="trivial", fill_mode="edge")
    assert panel.policy_note.isVisible()
    assert screen.shown == []
    assert panel.fill_field.isEnabled()
    assert not panel.add_effect.isEnabled()
    click(qtbot, panel.policy_note.button)
    assert screen.config == before.model_copy(update={"fill_mode": "edge"})
    assert not panel.policy_note.isVisible()
    assert all(screen.row(name).isEnabled() for name in BASIC)
    assert screen.shown == [*BASIC, "brightness"]


# -- the fill ---------------------------------------------------------------------------------


def test_the_fill_mode_and_its_color_are_chosen_and_reset(
    qtbot: QtBot, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill = screen.panel.fill_field
    middle = fill.color_button.rect().center()

    def swatch() -> str:
        return fill.color_button.grab().toImage().pixelColor(middle).name()

    click(qtbot, fill.buttons["edge"])
    assert (screen.config.fill_mode, fill.mode) == ("edge", "edge")
    monkeypatch.setattr(QColorDialog, "getColor", lambda *_: QColor())  # cancelled
    click(qtbot, fill.color_button)
    assert (screen.config.fill_mode, screen.config.fill_color) == ("edge", (0, 0, 0))
    monkeypatch.setattr(QColorDialog, "getColor", lambda *_: QColor(12, 200, 90))
    with qtbot.waitSignal(screen.panel.config_chosen):  # both in one step
        click(qtbot, fill.color_button)
    assert (screen.config.fill_mode, screen.config.fill_color) == ("constant", (12, 200, 90))
    assert swatch() == "#0cc85a"
    screen.set(fill_mode="wrap", fill_color=(250, 0, 0), crop=0.5)
    assert (fill.mode, swatch()) == ("wrap", "#fa0000")
    click(qtbot, fill.reset)
    assert screen.config == AugmentationConfig(crop=0.5)
    assert not fill.reset.isEnabled()


# -- advice, typing, files --------------------------------------------------------------------


def test_advice_shows_while_the_effect_is_on_and_moves_nothing(screen: Screen) -> None:
    panel, row = screen.panel, screen.row("horizontal_flip")
    sentence, brief, names = effects.flip_advice("turn-left", "turn-right")
    assert names == ("turn-left", "turn-right")
    assert all(name in words for words in (sentence, brief) for name in names)
    panel.set_advice("horizontal_flip", sentence, brief, names)
    assert row.advice == ""
    tops = [screen.row(name).y() for name in BASIC]
    screen.set(horizontal_flip=0.5)
    assert row.advice == row.warning.accessibleDescription() == sentence
    assert row.summary == brief
    assert row.warning.isVisible()
    screen.area.grab()
    assert [screen.row(name).y() for name in BASIC] == tops
    label = row.findChild(ElidedLabel)
    assert label is not None
    label.resize(label.sizeHint().width() * 6 // 10, label.height())
    assert label.shown_text.startswith("t")
    assert label.shown_text.endswith("?")
    panel.set_advice("horizontal_flip", "")
    assert not row.warning.isVisible()
    screen.set(hue=(-90, 90))
    panel.set_advice("hue", "red ↔ green?")
    assert screen.row("hue").advice == screen.row("hue").summary == "red ↔ green?"


def test_the_menu_asks_for_code_and_files_and_showing_asks_nothing(
    qtbot: QtBot, screen: Screen
) -> None:
    panel = screen.panel
    for kind in ("torchvision", "albumentations"):
        with qtbot.waitSignal(panel.code_asked) as asked:
            panel.file_actions[kind].trigger()
        assert asked.args == [kind]
    for kind, signal in (("save", panel.save_asked), ("load", panel.load_asked)):
        with qtbot.waitSignal(signal):
            panel.file_actions[kind].trigger()
    screen.details("rotation")
    with qtbot.assertNotEmitted(panel.value_changed), qtbot.assertNotEmitted(panel.config_chosen):
        panel.show_config(AugmentationConfig(rotation=(-5, 9), crop=0.3, blur=(1, 2)))
        panel.set_picture(np.zeros((8, 8, 3), np.uint8), "a")


def test_tab_goes_down_the_panel(qtbot: QtBot, screen: Screen) -> None:
    screen.set(noise=(0, 3), shear=(3, 3))  # the later one's row is not always made first
    screen.details("rotation")
    first = widget = screen.panel.files
    first.setFocus()
    passed: list[QWidget] = []
    while len(passed) < 100 and (not passed or widget is not first):
        passed.append(widget)
        qtbot.keyClick(widget, Qt.Key.Key_Tab)
        widget = QApplication.focusWidget()
    assert screen.row("noise").strength.field in passed
    bottoms = [
        one.mapTo(screen.panel, one.rect().bottomLeft()).y()
        for one in passed
        if not isinstance(one, QToolButton | Switch)  # which stand in one line, not as high
    ]
    assert all(below >= above - 3 for above, below in pairwise(bottoms))


# -- files and code ---------------------------------------------------------------------------

OTHER = AugmentationConfig(vertical_flip=0.25, rotation=(-5, 40), fill_mode="wrap")


@pytest.fixture
def actions(qtbot: QtBot, session: Session) -> AugmentActions:
    window = QWidget()
    qtbot.addWidget(window)
    return AugmentActions(session, window)


def words_of(signal: SignalInstance) -> list[str]:
    """What it says from now on."""
    heard: list[str] = []
    signal.connect(heard.append)
    return heard


def answer(monkeypatch: pytest.MonkeyPatch, dialog: str, path: Path | str) -> list[str]:
    """Answer a file dialog; returns what it proposed."""
    proposed: list[str] = []
    monkeypatch.setattr(
        QFileDialog, dialog, lambda *given: (proposed.append(given[2]), (str(path), ""))[1]
    )
    return proposed


def test_what_is_saved_is_loaded_again_unless_the_dialog_is_cancelled(
    session: Session, actions: AugmentActions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = words_of(actions.done)
    session.set_augmentation(OTHER)
    proposed = answer(monkeypatch, "getSaveFileName", tmp_path / "mine")
    answer(monkeypatch, "getOpenFileName", tmp_path / "mine.json")
    actions.ask_save()
    assert Path(proposed[0]).name == f"{augment_presets.file_name(OTHER)}.json"
    session.set_augmentation(AugmentationConfig())
    actions.ask_load()
    assert session.tried_augmentation == OTHER
    assert not session.choices.augmenting
    assert ["mine.json" in words for words in done] == [True, True]
    session.undo()
    assert session.tried_augmentation == AugmentationConfig()
    for dialog in ("getSaveFileName", "getOpenFileName"):
        answer(monkeypatch, dialog, "")
    before = session.choices
    actions.ask_save()
    actions.ask_load()
    assert session.choices == before
    assert len(done) == 2


def test_a_place_that_cannot_be_written_is_named(
    actions: AugmentActions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, "getSaveFileName", tmp_path / "gone" / "mine.json")
    failed = words_of(actions.failed)
    actions.ask_save()
    assert str(tmp_path / "gone" / "mine.json") in failed[0]


@pytest.mark.parametrize("library", ["torchvision", "albumentations"])
def test_code_is_copied_for_the_size_of_the_images(actions: AugmentActions, library: str) -> None:
    done = words_of(actions.done)
    actions.copy_code(library)
    code = QGuiApplication.clipboard().text()
    assert f"\nfrom {library}" in f"\n{code}" or f"\nimport {library}" in f"\n{code}"
    assert "64, 64" in code
    assert library in done[0].lower()


@pytest.mark.parametrize(
    ("field", "value", "effect", "told"),
    [
        ("rotation", "[-999, 5]", "rotation", [-999, -180]),
        ("blur_probability", "3", "blur", [3, 1]),
        ("fill_mode", '"red"', "fill_mode", []),
        ("rotation", "[1 2]", "", [1]),
    ],
)
def test_a_refused_file_is_explained_in_the_words_of_the_page(
    actions: AugmentActions, tmp_path: Path, field: str, value: str, effect: str, told: list[float]
) -> None:
    (tmp_path / "odd.json").write_text(f'{{"augmentation": {{"{field}": {value}}}}}')
    failed = words_of(actions.failed)
    actions.load(tmp_path / "odd.json")
    assert ("augmentation_invalid" if effect else "file_syntax") in said(failed[0])
    reason = failed[0].partition("odd.json")[2]
    assert numbers(reason)[: len(told)] == told
    if effect:
        assert f"{effects.name(effect)} (“{field}”" in reason


def test_folders_and_other_files_are_left_to_the_window(tmp_path: Path) -> None:
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "preset.json").touch()
    mime = QMimeData()
    for name, is_taken in (("folder.json", False), ("a.png", False), ("preset.json", True)):
        mime.setUrls([QUrl.fromLocalFile(str(tmp_path / name))])
        assert (dropped_file(mime) is not None) == is_taken
