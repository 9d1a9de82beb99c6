"""An augmentation as a file and as code on the Augment page: saved, loaded, dropped, copied."""

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from core.augmentation.presets import PRESETS
from core.recipe.config import AugmentationConfig
from gui.augment.files import dropped_file
from gui.augment.page import AugmentPage
from gui.session.session import Session
from tests.support.pictures import PictureFolder
from tests.support.window.augmenting import make_session, show_tiles

OTHER = AugmentationConfig(vertical_flip=0.25, rotation=(-5, 40), fill_mode="wrap")


@pytest.fixture
def session(qtbot: QtBot, tmp_path: Path, picture_folder: PictureFolder) -> Session:
    return make_session(qtbot, tmp_path / "settings", picture_folder(classes=2, per_class=3))


@pytest.fixture
def page(qtbot: QtBot, session: Session) -> AugmentPage:
    return show_tiles(qtbot, session)


def _answer(monkeypatch: pytest.MonkeyPatch, dialog: str, path: Path) -> None:
    monkeypatch.setattr(QFileDialog, dialog, lambda *_: (str(path), ""))


def _drop(page: AugmentPage, path: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    page.dropEvent(QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, mime, left, none))


def test_what_is_saved_is_loaded_again(
    session: Session, page: AugmentPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.set_augmentation(OTHER)
    _answer(monkeypatch, "getSaveFileName", tmp_path / "mine")
    page.panel.file_actions["save"].trigger()
    assert page.head.confirmation.text == "Saved as mine.json"
    session.set_augmentation(AugmentationConfig())
    _answer(monkeypatch, "getOpenFileName", tmp_path / "mine.json")
    page.panel.file_actions["load"].trigger()
    assert page.head.confirmation.text == "Loaded mine.json"
    assert session.tried_augmentation == OTHER
    assert not session.choices.augmenting
    session.undo()
    assert session.tried_augmentation == AugmentationConfig()


def test_a_dialog_that_is_cancelled_changes_nothing(
    session: Session, page: AugmentPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = session.choices
    for dialog, action in (("getSaveFileName", "save"), ("getOpenFileName", "load")):
        monkeypatch.setattr(QFileDialog, dialog, lambda *_: ("", ""))
        page.panel.file_actions[action].trigger()
    assert session.choices == before
    assert page.head.confirmation.text == ""


def test_of_a_dropped_recipe_only_the_augmentation_is_taken(
    session: Session, page: AugmentPage, tmp_path: Path
) -> None:
    file = tmp_path / "recipe.json"
    file.write_text(json.dumps({"batch_size": 3, "augmentation": {"horizontal_flip": 0.5}}))
    before = session.recipe
    _drop(page, file)
    assert session.tried_augmentation == AugmentationConfig(horizontal_flip=0.5)
    assert session.recipe == before


def test_what_is_no_augmentation_is_said_in_a_sentence_until_something_works(
    session: Session, page: AugmentPage, tmp_path: Path
) -> None:
    file = tmp_path / "wrong.json"
    file.write_text('{"augmentation": {"crop": 7}}')
    before = session.choices
    _drop(page, file)
    assert page.head.messages.text.startswith(f"The augmentation in {file} cannot be used: ")
    assert "crop" in page.head.messages.text
    assert session.choices == before
    page.panel.file_actions["torchvision"].trigger()
    assert page.head.messages.text == ""


def test_a_place_that_cannot_be_written_is_named(
    page: AugmentPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _answer(monkeypatch, "getSaveFileName", tmp_path / "gone" / "mine.json")
    page.panel.file_actions["save"].trigger()
    assert str(tmp_path / "gone" / "mine.json") in page.head.messages.text
    assert page.head.confirmation.text == ""


@pytest.mark.parametrize(
    ("library", "imported"),
    [("torchvision", "from torchvision.transforms import v2"), ("albumentations", "import alb")],
)
def test_code_is_copied_for_the_pictures_size(
    page: AugmentPage, library: str, imported: str
) -> None:
    page.panel.file_actions[library].trigger()
    code = QGuiApplication.clipboard().text()
    assert imported in code
    assert "64, 64" in code
    assert page.head.confirmation.text.lower() == f"copied as {library} code"


def test_folders_and_other_files_are_left_to_the_window(tmp_path: Path) -> None:
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "preset.json").touch()
    mime = QMimeData()
    for name, is_taken in (("folder.json", False), ("a.png", False), ("preset.json", True)):
        mime.setUrls([QUrl.fromLocalFile(str(tmp_path / name))])
        assert (dropped_file(mime) is not None) == is_taken


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"augmentation": {"rotation": [1 2]}}', "there is a mistake in how line 1 is written"),
        (
            '{"augmentation": {"rotation": [-999, 5]}}',
            "cannot be used: Rotation (“rotation” in the file) is −999: it must be at least −180",
        ),
        (
            '{"augmentation": {"blur_probability": 3}}',
            "Blur (“blur_probability” in the file) is 3: it must be at most 1",
        ),
        (
            '{"augmentation": {"fill_mode": "red"}}',
            'Fill mode (“fill_mode” in the file) is "red": it must be',
        ),
    ],
)
def test_what_is_wrong_with_a_file_is_told_in_the_pages_own_words(
    page: AugmentPage, tmp_path: Path, text: str, told: str
) -> None:
    path = tmp_path / "odd.json"
    path.write_text(text)
    _drop(page, path)
    assert told in page.head.messages.text


@pytest.mark.parametrize(
    ("config", "name"),
    [
        (PRESETS["keep_sides"], "Left and right matter.json"),
        (PRESETS["trivial"], "TrivialAugment.json"),
        (OTHER, "My augmentation.json"),
    ],
)
def test_a_file_is_proposed_under_the_presets_shown_name(
    session: Session,
    page: AugmentPage,
    monkeypatch: pytest.MonkeyPatch,
    config: AugmentationConfig,
    name: str,
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda *given: (asked.append(given[2]), ("", ""))[1]
    )
    session.set_augmentation(config)
    page.panel.file_actions["save"].trigger()
    assert [Path(one).name for one in asked] == [name]
