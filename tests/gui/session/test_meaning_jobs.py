"""The check of meaning beside the Augment page: what it says where, and when it leaves off."""

import threading
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from core.augmentation import label_check
from core.augmentation.parameters import Parameters
from core.common.messages import ThawError
from core.recipe.config import AugmentationConfig
from gui.augment import label_check as augment_label_check
from gui.augment.page import AugmentPage
from gui.session.engine import EngineState
from gui.session.session import Session
from gui.shell import rail
from gui.shell.window import MainWindow
from tests.support.pictures import PictureFolder
from tests.support.window.augmenting import click, make_session, show_tiles
from tests.support.window.fakes import replace_training

ARROW = np.array([(-9, -3), (2, -3), (2, -8), (10, 0), (2, 8), (2, 3), (-9, 3)])
SQUARE = np.array([(-8, -8), (8, -8), (8, 8), (-8, 8)])
PATIENCE = 60_000  # milliseconds: other tests may keep the cores busy
FLIP = AugmentationConfig(horizontal_flip=0.5)


def _draw(folder: Path, points: np.ndarray, count: int = 20) -> None:
    """Pictures of a shape, never in quite the same place."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(len(points))
    for number in range(count):
        picture = np.clip(rng.normal(50, 8, (48, 48, 3)), 0, 255).astype(np.uint8)
        place = 1.5 * points * rng.uniform(0.8, 1.1) + 24 + rng.uniform(-3, 3, 2)
        cv2.fillPoly(picture, [np.rint(place).astype(np.int32)], (230, 220, 60), cv2.LINE_AA)
        Image.fromarray(picture).save(folder / f"{number}.png")


@pytest.fixture
def arrows(qtbot: QtBot, tmp_path: Path) -> Session:
    """Classes whose names say nothing, of which two mirror each other."""
    for name, points in (("ab", ARROW), ("ba", ARROW * [-1, 1]), ("c", SQUARE)):
        _draw(tmp_path / "signs" / name, points)
    return make_session(qtbot, tmp_path / "settings", tmp_path / "signs")


def _settled(qtbot: QtBot, page: AugmentPage) -> None:
    qtbot.waitUntil(
        lambda: page.meaning.findings is not None and not page.meaning.is_busy, timeout=PATIENCE
    )


def test_a_flip_between_mirrored_classes_is_advised_against_with_how_sure(
    qtbot: QtBot, arrows: Session
) -> None:
    arrows.set_augmentation(FLIP)
    page = show_tiles(qtbot, arrows)
    row = page.panel.rows["horizontal_flip"]
    assert row.advice == ""  # nothing while nothing is known
    _settled(qtbot, page)
    assert "pictures look like “ba” when flipped (95 % interval: " in row.advice
    assert "of 16 “ab” pictures" in row.advice
    assert row.advice.endswith("were recognised untouched.")
    assert row.isEnabled()
    arrows.set_augmentation(AugmentationConfig(rotation=(-5, 5)))
    assert arrows.tried_augmentation.rotation == (-5, 5)
    assert page.meaning.findings is not None
    assert page.meaning.findings.warnings == ()
    arrows.set_augmentation(FLIP)
    qtbot.waitUntil(lambda: row.advice != "", timeout=PATIENCE)


def test_what_names_suggest_stands_until_the_pictures_say_otherwise(
    qtbot: QtBot, tmp_path: Path
) -> None:
    bar = np.array([(-9, -2), (9, -2), (9, 2), (-9, 2)])
    _draw(tmp_path / "signs" / "left", bar)
    _draw(tmp_path / "signs" / "right", SQUARE)
    session = make_session(qtbot, tmp_path / "settings", tmp_path / "signs")
    session.set_augmentation(FLIP)
    page = show_tiles(qtbot, session)
    row = page.panel.rows["horizontal_flip"]
    assert row.advice == "A flip can turn one class into another (left / right)"
    _settled(qtbot, page)
    assert row.advice == ""


def test_of_too_few_pictures_the_names_still_say_something(
    qtbot: QtBot, tmp_path: Path, picture_folder: PictureFolder
) -> None:
    for name, points in (("left", ARROW), ("right", SQUARE)):
        _draw(tmp_path / "signs" / name, points, count=3)
    session = make_session(qtbot, tmp_path / "settings", tmp_path / "signs")
    session.set_augmentation(FLIP)
    page = show_tiles(qtbot, session)
    _settled(qtbot, page)
    assert "(left / right)" in page.panel.rows["horizontal_flip"].advice


def test_leaving_the_page_and_training_end_it_and_it_begins_again(
    qtbot: QtBot, arrows: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, ended = threading.Event(), threading.Event()

    def load(*arguments: object) -> dict[str, object]:
        stop = arguments[-1]
        assert isinstance(stop, threading.Event)
        begun.set()
        stop.wait(20)
        ended.set()
        raise ThawError("stopped")

    monkeypatch.setattr(label_check, "load", load)
    page = show_tiles(qtbot, arrows)
    leave = [page.hide, arrows.start_training]
    training = replace_training(monkeypatch)
    for end in leave:
        qtbot.waitUntil(begun.is_set)
        end()
        assert ended.wait(20)
        assert not page.meaning.is_busy
        begun.clear()
        ended.clear()
        page.show()
    assert not page.meaning.is_busy  # it waits for the training
    with qtbot.waitSignal(arrows.training_finished):
        training.may_finish.set()
    qtbot.waitUntil(begun.is_set)
    page.hide()


def test_another_fit_makes_what_was_found_unknown(qtbot: QtBot, arrows: Session) -> None:
    arrows.set_augmentation(FLIP)
    page = show_tiles(qtbot, arrows)
    _settled(qtbot, page)
    arrows.change("dataset.fit", "crop")
    qtbot.waitUntil(lambda: page.meaning.findings is None)
    _settled(qtbot, page)


def test_advice_begins_with_the_class_that_is_looked_at(qtbot: QtBot, arrows: Session) -> None:
    arrows.set_augmentation(FLIP)
    page = show_tiles(qtbot, arrows)
    _settled(qtbot, page)
    row = page.panel.rows["horizontal_flip"]
    for label, brief in ((1, "ba ↔ ab"), (0, "ab ↔ ba"), (2, "ab ↔ ba")):
        page.preview.chooser.class_chosen.emit(label)
        qtbot.waitUntil(lambda brief=brief: row.summary == brief)
        first = row.advice.partition("pictures look like")[0]
        assert f"“{brief[:2]}”" in first or label == 2


def test_what_is_found_one_way_only_has_one_arrow() -> None:
    flip, turn = (Parameters(horizontal_flip=one, quarter_turns=not one) for one in (True, False))
    one_way = label_check.MeaningWarning(flip, "a", "b", 9, 10)
    found = label_check.Findings(
        (one_way, label_check.MeaningWarning(turn, "c", "a", 9, 10)), 9, 10
    )
    briefs = {shown: augment_label_check.of_all(found, shown)[1] for shown in ("", "a", "b", "c")}
    assert briefs == {"": "a → b", "a": "a → b", "b": "a → b", "c": "c → a"}


def test_effects_that_harm_only_together_are_named_together(qtbot: QtBot, tmp_path: Path) -> None:
    flag = np.array([(-6, -11), (9, -6), (-3, 0), (-3, 11), (-6, 11)])
    for name, points in (("b", flag), ("d", flag * [-1, 1]), ("square", SQUARE)):
        _draw(tmp_path / "signs" / name, points)
    session = make_session(qtbot, tmp_path / "settings", tmp_path / "signs")
    session.set_augmentation(AugmentationConfig(vertical_flip=0.5, quarter_turns=0.75))
    page = show_tiles(qtbot, session)
    _settled(qtbot, page)
    for effect in ("vertical_flip", "quarter_turns"):
        advice = page.panel.rows[effect].advice
        assert "when flipped upside down and turned by 180°" in advice
        assert "“Vertical flip” and “Quarter turns” do this only together." in advice
    session.set_augmentation(AugmentationConfig(vertical_flip=0.5))
    row = page.panel.rows["vertical_flip"]
    qtbot.waitUntil(lambda: row.advice == "")  # known at once: nothing is looked at again
    assert page.meaning.has_checked(session.tried_augmentation)


def test_presets_that_would_harm_are_marked_and_say_why(qtbot: QtBot, arrows: Session) -> None:
    page = show_tiles(qtbot, arrows)
    _settled(qtbot, page)
    cards = page.panel.presets
    marked = {name for name, card in cards.items() if card.is_risky}
    assert marked >= {"standard", "strong", "keep_colors", "any_way_up"}
    assert marked.isdisjoint({"none", "light", "keep_sides"})
    assert "when flipped" in cards["standard"].toolTip()
    assert "when flipped" in cards["standard"].accessibleDescription()
    assert "when flipped" not in cards["light"].toolTip()
    assert all(card.isEnabled() for card in cards.values())


def test_the_sign_leads_to_the_classes_concerned(qtbot: QtBot, arrows: Session) -> None:
    arrows.set_augmentation(FLIP)
    page = show_tiles(qtbot, arrows)
    _settled(qtbot, page)
    page.preview.chooser.class_chosen.emit(2)
    qtbot.waitUntil(lambda: page.preview.chooser.path.startswith("c/"))
    sign = page.panel.rows["horizontal_flip"].warning
    assert "when flipped" in sign.toolTip()
    click(qtbot, sign)
    assert page.preview.views.view == "classes"
    assert page.preview.chooser.path.startswith("ab/")
    assert arrows.settings.preview_view == "classes"


def test_what_training_uses_is_checked_though_the_page_is_not_seen(
    qtbot: QtBot, arrows: Session
) -> None:
    window = MainWindow(arrows)
    qtbot.addWidget(window)
    arrows.set_augmentation(FLIP)
    assert not arrows.meaning.is_busy, "nobody uses it"
    arrows.engine.state = EngineState.READY
    arrows.set_augmenting(True)
    qtbot.waitUntil(lambda: "ab ↔ ba" in window.run_bar.status.text, timeout=PATIENCE)
    assert "when flipped" in window.run_bar.status.toolTip()
    assert window.run_bar.button.isEnabled()
    assert rail.step_status("augment", arrows).state is rail.StepState.DOUBTFUL
    arrows.change("augmentation.horizontal_flip", 0.0)
    assert "ab ↔ ba" not in window.run_bar.status.text


def test_each_transformation_has_its_words() -> None:
    config = AugmentationConfig(
        horizontal_flip=0.5, vertical_flip=0.5, quarter_turns=0.5, rotation=(-30, 30), hue=(-90, 90)
    )
    both = AugmentationConfig(horizontal_flip=0.5, vertical_flip=0.5)
    every = {
        *label_check.transformations(config),
        *label_check.transformations(both),
    }
    words = {
        augment_label_check.sentence(label_check.MeaningWarning(one, "a", "b", 9, 10))
        for one in every
    }
    assert len(words) == len(every)
    assert "9 of 10 “a” pictures look like “b” when turned by −30°" in words
    assert "9 of 10 “a” pictures look like “b” when flipped both ways" in words
