"""The built-in sample on the Data page: its sizes on slow machines, and who is offered them."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from core.common import files
from core.dataset.sample import files as sample_files
from gui.data.page import DataPage
from gui.session.session import Session
from tests.support.pictures import PictureFolder, draw_folder
from tests.support.window.data_page import SlowScan, click, show_tab
from tests.support.window.datasets import SLOW
from tests.support.window.fakes import SPEED, open_folder


@pytest.fixture
def sample(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A few pictures in place of the sample dataset, which takes seconds to draw."""
    folder = draw_folder(tmp_path / "sample", classes=2, per_class=5)
    monkeypatch.setattr(sample_files, "ensure", lambda **_: folder)
    return folder


def test_the_sample_is_opened_as_it_is(
    qtbot: QtBot, session: Session, page: DataPage, sample: Path
) -> None:
    session.engine.speed = SPEED
    session.engine_changed.emit()
    assert not page.start.sample.second.isVisible()
    with qtbot.waitSignal(session.dataset_changed):
        click(qtbot, page.start.sample.first)
    assert page.dataset.path.text == str(sample)
    assert session.recipe.dataset.image_size == 224


def test_on_a_slow_machine_the_sample_can_be_opened_small(
    qtbot: QtBot, session: Session, page: DataPage, sample: Path
) -> None:
    assert not page.start.sample.second.isVisible()
    session.engine.speed = SLOW
    session.engine_changed.emit()
    assert page.start.sample.second.isVisible()
    with qtbot.waitSignal(session.dataset_changed):
        click(qtbot, page.start.sample.first)
    assert session.recipe.dataset.image_size == 96
    show_tab(qtbot, page, page.dataset.fit)
    assert page.dataset.fit.fields.picture_size.text() == "96 px"


def test_on_a_slow_machine_the_open_sample_offers_the_small_size(
    qtbot: QtBot, session: Session, page: DataPage
) -> None:
    folder = draw_folder(files.cache_folder() / "sample" / "signs", classes=2, per_class=4)
    with qtbot.waitSignal(session.dataset_changed):
        session.open_folder(folder)
    offer = page.dataset.quicker
    assert not offer.isVisible(), "nothing is known of the machine yet"
    session.engine.speed = SLOW
    session.engine_changed.emit()
    assert offer.isVisible()
    assert "224 px" in offer.words.text()
    click(qtbot, offer.button)
    assert session.recipe.dataset.image_size == 96
    assert not offer.isVisible()
    session.undo()
    assert offer.isVisible()


def test_a_persons_own_pictures_get_no_such_offer(
    qtbot: QtBot, session: Session, page: DataPage, picture_folder: PictureFolder
) -> None:
    session.engine.speed = SLOW
    with qtbot.waitSignal(session.dataset_changed):
        session.open_folder(picture_folder())
    assert not page.dataset.quicker.isVisible()


def test_on_a_slow_machine_the_usual_size_is_what_its_button_says(
    qtbot: QtBot, session: Session, page: DataPage, sample: Path
) -> None:
    session.engine.speed = SLOW
    session.change("dataset.image_size", 96)
    with qtbot.waitSignal(session.dataset_changed):
        click(qtbot, page.start.sample.second)
    assert session.recipe.dataset.image_size == 224


def test_the_small_size_is_for_the_sample_only(
    qtbot: QtBot,
    session: Session,
    page: DataPage,
    sample: Path,
    picture_folder: PictureFolder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slow_scan = SlowScan()
    monkeypatch.setattr("gui.session.open_dataset.look_through", slow_scan)
    session.engine.speed = SLOW
    session.engine_changed.emit()
    click(qtbot, page.start.sample.first)
    slow_scan.may_go_on.set()
    open_folder(qtbot, session, picture_folder())
    assert page.dataset.title.text == "pictures"
    assert session.recipe.dataset.image_size == 224
