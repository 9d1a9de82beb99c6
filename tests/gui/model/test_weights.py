"""Where weights come from: a source, a file, a run or a download; their normalisation, depth."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from core.model.backbone import WEIGHTS
from core.model.weights import download as weight_download
from core.model.weights.normalization import NAMED
from core.recipe import files as recipes
from core.recipe.config import Normalization
from core.recipe.files import RecipeError
from core.recipe.presets import PRESETS, preset
from core.runs.places import BEST
from gui.base import words as base_words
from gui.model.download import DownloadDialog
from gui.model.normalization import NormalizationField
from gui.model.weights import WeightsPanel, at_depth
from gui.session.session import Session
from tests.support.download_server import Server, publishing
from tests.support.pictures import PictureFolder
from tests.support.runs import recorded_run
from tests.support.weights import layered_h5, save, shapes_of, state
from tests.support.window.acting import click, press
from tests.support.wording import said

NAME = "torchvision-v1"
CONTENTS = bytes(range(256)) * 8000
SPACE = "\N{NO-BREAK SPACE}"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with publishing(monkeypatch, NAME, CONTENTS) as one:
        yield one


# -- the panel --------------------------------------------------------------------------------


@pytest.fixture
def panel(qtbot: QtBot, session: Session) -> WeightsPanel:
    """A panel whose changes go to the session and come back, as on the page."""
    made = WeightsPanel(session)
    qtbot.addWidget(made)
    made.resize(1040, 230)

    def change(key: str, value: Any) -> None:
        try:
            session.change(key, value)
        except RecipeError as error:
            made.show_recipe(session.recipe, 2)
            made.show_error(key, str(error))

    made.changed.connect(change)
    session.choices_changed.connect(lambda: made.show_recipe(session.recipe, 2))
    made.show_recipe(session.recipe, 2)
    with qtbot.waitExposed(made):
        made.show()
    return made


def take(panel: WeightsPanel, source: str) -> None:
    click(panel.sources.lines[source].words)


def look(qtbot: QtBot, panel: WeightsPanel, path: Path) -> None:
    panel.look_at(path)
    qtbot.waitUntil(lambda: not panel.is_busy)


def chosen(panel: WeightsPanel) -> list[str]:
    return [name for name, one in panel.sources.choices.items() if one.isChecked()]


def test_every_source_has_its_words_and_published_weights_are_downloaded_here(
    qtbot: QtBot, panel: WeightsPanel, session: Session, server: Server
) -> None:
    assert chosen(panel) == ["imagenet"]
    assert not panel.file.isVisible()
    assert not panel.published.isVisible()
    assert panel.blocks.choices[5].isChecked()
    assert len({one.toolTip() for one in panel.sources.lines.values()}) == 6
    about = panel.about.text()
    take(panel, "none")
    assert panel.about.text() not in (about, "")
    take(panel, NAME)
    assert session.recipe.model.weights == NAME
    assert f"2.0{SPACE}MB" in panel.state.text()
    assert server.asked == []
    line = panel.sources.lines[NAME].words
    before = line.text
    click(panel.download_button)
    dialog = panel.dialogs.shown
    with qtbot.waitSignal(dialog.ready):
        click(dialog.download_button)
    assert "MB" not in panel.state.text()
    assert not panel.download_button.isVisible()
    assert line.text != before


def test_choosing_a_file(
    qtbot: QtBot, panel: WeightsPanel, session: Session, tmp_path: Path
) -> None:
    file, other = (save(tmp_path / name, state()) for name in ("mine.pth", "other.pt"))
    take(panel, "file")
    dialog = panel.dialogs.shown
    assert chosen(panel) == ["imagenet"], "nothing is chosen yet"
    dialog.fileSelected.emit(str(file))
    dialog.close()
    qtbot.waitUntil(lambda: session.recipe.model.weights == str(file))
    assert chosen(panel) == ["file"]
    assert panel.file.path.path == str(file)
    for words in ("PyTorch", "13", "features.0 … features.28"):
        assert words in panel.file.contents.text()

    def drop(path: Path) -> bool:
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path))])
        copy, button = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
        no_key = Qt.KeyboardModifier.NoModifier
        event = QDropEvent(QPointF(20, 20), copy, data, button, no_key)
        event.ignore()
        panel.dropEvent(event)
        return event.isAccepted()

    assert drop(other)
    qtbot.waitUntil(lambda: session.recipe.model.weights == str(other))
    assert not drop(tmp_path / "recipe.json"), "that is the window's"


def test_normalisation_is_asked_for_and_belongs_to_its_weights(
    qtbot: QtBot, panel: WeightsPanel, session: Session, tmp_path: Path
) -> None:
    file = layered_h5(tmp_path / "vgg16_notop.h5")
    look(qtbot, panel, file)
    assert panel.fields["normalization"].isVisible()
    assert panel.file.problem.kind == "warning"
    assert "Caffe" in panel.normalization.offer.text()
    assert session.recipe.model.normalization is None, "a guess is not taken for granted"
    click(panel.normalization.offer)
    assert session.recipe.model.normalization == "caffe"
    assert panel.file.problem.text == ""
    take(panel, "none")
    assert (session.recipe.model.weights, session.recipe.model.normalization) == ("none", None)
    session.undo()
    assert session.recipe.model.weights == str(file)
    assert session.recipe.model.normalization == "caffe"
    panel.normalization.value_changed.emit({"mean": [0, 0, 0], "std": [1, 1, 1]})
    layout = panel.layout()
    assert layout is not None
    for width in (1040, 820):  # there is no more to say of a file
        panel.resize(width, 230)
        assert layout.totalHeightForWidth(width) <= 230


def test_a_file_that_states_its_normalisation_is_not_asked_or_contradicted(
    qtbot: QtBot, panel: WeightsPanel, session: Session
) -> None:
    look(qtbot, panel, WEIGHTS)
    assert not panel.fields["normalization"].isVisible()
    assert "0.4824 0.4588 0.4078" in panel.file.contents.text()
    assert session.recipe.model.weights == str(WEIGHTS)
    session.change("model.normalization", "unit")
    qtbot.waitUntil(lambda: not panel.is_busy)
    assert panel.file.problem.kind == "wrong"
    assert WEIGHTS.name in panel.file.problem.text
    look(qtbot, panel, WEIGHTS)
    assert session.recipe.model.normalization is None
    assert panel.file.problem.text == ""


def test_what_cannot_be_used_is_refused_and_changes_nothing(
    qtbot: QtBot, panel: WeightsPanel, session: Session, tmp_path: Path
) -> None:
    before = session.recipe
    look(qtbot, panel, save(tmp_path / "resnet.pth", shapes_of("resnet18")))
    assert "weights_not_vgg16" in said(panel.refusal.text)
    for words in ("resnet.pth", "conv1", "64 × 3 × 7 × 7", "block1_conv1", "64 × 3 × 3 × 3"):
        assert words in panel.refusal.text
    assert panel.refusal.kind == "wrong"
    assert session.recipe == before
    take(panel, "none")
    assert panel.refusal.text == ""


def test_a_file_with_three_blocks_lets_no_more_be_kept(
    qtbot: QtBot, panel: WeightsPanel, session: Session, tmp_path: Path
) -> None:
    session.change("stages", [{}])
    ends = 17  # what is below it in torchvision's counting are the first three blocks
    part = {name: one for name, one in state().items() if int(name.split(".")[1]) < ends}
    look(qtbot, panel, save(tmp_path / "three.pth", part))
    values = {"path": "three.pth", "found": 3, "depth": 5}
    assert panel.file.problem.text == base_words.translate("weights_too_shallow", values)
    assert [depth for depth, one in panel.blocks.choices.items() if not one.isEnabled()] == [4]
    assert "3" in panel.blocks.choices[4].toolTip()
    click(panel.blocks.choices[3])
    assert session.recipe.model.depth == 3
    assert panel.file.problem.kind == "warning"  # its normalisation is still to be chosen
    assert [depth for depth, one in panel.blocks.choices.items() if one.isChecked()] == [3]
    take(panel, "none")
    assert panel.blocks.choices[5].isEnabled()


def test_a_run_is_chosen_from_the_list_or_from_another_folder(
    qtbot: QtBot,
    panel: WeightsPanel,
    session: Session,
    picture_folder: PictureFolder,
    tmp_path: Path,
) -> None:
    session.settings.runs_folder = tmp_path / "runs"
    run = recorded_run(picture_folder(per_class=5), tmp_path / "runs" / "signs").directory
    (run / BEST).write_bytes(WEIGHTS.read_bytes())
    take(panel, "run")
    chooser = panel.dialogs.shown
    click(chooser.elsewhere_button)
    assert panel.dialogs.shown.fileMode() == QFileDialog.FileMode.Directory
    panel.dialogs.shown.fileSelected.emit(str(run))
    qtbot.waitUntil(lambda: session.recipe.model.weights == str(run))
    assert chosen(panel) == ["run"]
    assert panel.about.isVisible()
    assert panel.file.contents.text().startswith("safetensors: ")
    panel.dialogs.shown.close()
    session.undo()
    take(panel, "run")
    chooser = panel.dialogs.shown
    qtbot.waitUntil(chooser.use_button.isEnabled)
    click(chooser.use_button)
    qtbot.waitUntil(lambda: session.recipe.model.weights == str(run))
    assert panel.dialogs.shown is None
    (run / BEST).unlink()
    look(qtbot, panel, run)
    assert panel.refusal.text == base_words.translate("run_without_weights", {"path": "signs"})
    session.change("model.weights", str(tmp_path / "gone.pth"))
    qtbot.waitUntil(lambda: not panel.is_busy)
    gone = base_words.translate("weights_file_missing", {"path": "gone.pth"})
    assert panel.file.problem.text == gone


def test_stages_are_made_to_fit_a_depth(
    qtbot: QtBot, panel: WeightsPanel, session: Session
) -> None:
    blocks = panel.blocks
    assert len({blocks.set_value(depth) or blocks.words.text() for depth in range(1, 6)}) == 5
    panel.show_marks({"model.weights": "imagenet", "model.depth": 5})
    assert "ImageNet" in panel.fields["weights"].mark.toolTip()
    assert "5" in panel.fields["depth"].mark.toolTip()
    with qtbot.waitSignal(panel.put_back) as asked:
        click(panel.fields["depth"].mark)
    assert asked.args == ["model.depth"]
    assert not panel.repair.isVisible()
    click(panel.blocks.choices[3])
    assert session.recipe.model.depth == 5
    assert panel.blocks.choices[5].isChecked(), "what was refused is not shown as if it were set"
    assert panel.fields["depth"].told
    assert "3" in panel.repair.text()
    click(panel.repair)
    assert session.recipe.model.depth == 3
    assert [stage.thawed for stage in session.recipe.stages] == [(), (3,)]
    assert panel.fields["depth"].told == ""
    assert not panel.repair.isVisible()
    session.undo()
    assert session.recipe.model.depth == 5
    assert [stage.thawed for stage in session.recipe.stages] == [(), (5,)]


def test_stages_at_another_depth_transfer_as_before_and_are_a_recipe() -> None:
    for name in ("fine-tune-last", "fine-tune-all", "gradual-thawing"):
        repaired = at_depth(PRESETS[name].apply(recipes.make({})), 3)
        assert repaired is not None
        assert repaired.model.depth == 3
        assert preset(repaired) == name
    repaired = at_depth(recipes.make({"stages": [{}, {"thawed": [1, 3, 5], "epochs": 7}]}), 4)
    assert repaired is not None
    assert [stage.thawed for stage in repaired.stages] == [(), (1, 3)]
    assert repaired.stages[1].epochs == 7
    assert at_depth(recipes.make({}), 9) is None


# -- normalisation ----------------------------------------------------------------------------

BGR = {"mean": [0.4, 0.41, 0.42], "std": [0.5, 0.51, 0.52], "order": "bgr"}


@pytest.fixture
def own(qtbot: QtBot) -> tuple[NormalizationField, list[Any]]:
    """Like on a page, it shows what was changed; and what it has emitted."""
    field, asked = NormalizationField(), list[Any]()
    qtbot.addWidget(field)
    field.value_changed.connect(field.set_value)
    field.value_changed.connect(asked.append)
    field.show()
    return field, asked


def choose(field: NormalizationField, name: str) -> None:
    """As if ``name`` were clicked in the list."""
    index = field.list.findData(name)
    field.list.setCurrentIndex(index)
    field.list.activated.emit(index)


def test_usual_and_guessed_normalisations_are_taken_by_a_click(
    own: tuple[NormalizationField, list[Any]],
) -> None:
    field, asked = own
    assert field.list.currentData() is None
    assert not field.offer.isVisible()
    for name in NAMED:
        choose(field, name)
        assert asked[-1] == name
        assert field.words.text()
        assert not field.numbers["mean"][0].isVisible()
    assert len({field.shown(one) for one in (*NAMED, None)}) == len(NAMED) + 1
    assert "BGR" in field.shown(BGR)
    field.clear()
    asked.clear()
    field.suggest(NAMED["torchvision"])  # numbers that have a name
    assert "torchvision" in field.offer.text()
    other = Normalization(mean=(0.1, 0.2, 0.3), std=(1.0, 1.0, 1.0))
    field.suggest(other)
    for words in ("0.1 0.2 0.3", " 1,", "RGB"):
        assert words in field.offer.toolTip()
    assert asked == []
    assert field.list.currentData() is None
    click(field.offer)
    assert Normalization.model_validate(asked.pop()) == other
    assert not field.offer.isVisible()
    field.clear()
    field.suggest("vggface")
    assert "VGGFace" in field.offer.text()
    click(field.offer)
    assert asked == ["vggface"]


def test_own_numbers_begin_with_those_chosen_and_count_once_all_are_there(
    own: tuple[NormalizationField, list[Any]],
) -> None:
    field, asked = own
    choose(field, "torchvision")
    choose(field, "own")
    expected = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225], "order": "rgb"}
    assert asked[-1] == expected
    asked.clear()
    field.set_value(Normalization.model_validate(BGR))
    assert field.list.currentData() == "own"
    assert [one.text() for one in field.numbers["std"]] == ["0.5", "0.51", "0.52"]
    assert field.order.currentData() == "bgr"
    field.clear()  # another file
    assert field.list.currentData() is None
    choose(field, "own")
    assert field.numbers["mean"][0].text() == ""
    assert field.numbers["mean"][0].isVisible()
    numbers = [*field.numbers["mean"], *field.numbers["std"]]
    for one, text in zip(numbers, ("0.4", "0.41", "0.42", "0.5", "0.51", "0"), strict=True):
        QTest.keyClicks(one, text)
    assert not field.numbers["std"][2].is_valid
    field.set_value(None)  # the page is drawn anew meanwhile
    assert field.list.currentData() == "own"
    assert field.numbers["mean"][0].text() == "0.4"
    assert asked == []
    QTest.keyClicks(field.numbers["std"][2], ".52")
    field.order.setCurrentIndex(1)
    field.order.activated.emit(1)
    assert asked[-1] == BGR


# -- the download -----------------------------------------------------------------------------


@pytest.fixture
def dialog(qtbot: QtBot, session: Session, server: Server) -> DownloadDialog:
    session.change("model.weights", NAME)
    return opened(qtbot, session)


def opened(qtbot: QtBot, session: Session) -> DownloadDialog:
    made = DownloadDialog(session, NAME)
    qtbot.addWidget(made)
    made.show()
    return made


def left() -> list[Path]:
    """What is in the folder of weights, but for the lock."""
    folder = weight_download.place(NAME).parent
    return [one for one in folder.glob("*") if one.suffix != ".lock"]


def test_the_size_is_told_and_what_was_cut_off_can_be_continued(
    qtbot: QtBot, dialog: DownloadDialog, server: Server
) -> None:
    assert f"2.0{SPACE}MB" in dialog.why.text()
    assert "127.0.0.1" in dialog.why.text()
    assert not dialog.bar.isVisible()
    assert server.asked == []
    server.mode = "cut"
    first = dialog.download_button.text()
    click(dialog.download_button)
    qtbot.waitUntil(lambda: not dialog.is_busy)
    values = {"done": "1.0", "total": "2.0", "name": NAME}
    assert dialog.problem.text == base_words.translate("download_cut", values)
    assert dialog.download_button.text() != first
    server.mode = "whole"
    with qtbot.waitSignal(dialog.ready):
        click(dialog.download_button)
    assert dialog.isHidden()
    assert server.asked == ["", f"bytes={len(CONTENTS) // 2}-"]
    assert weight_download.verified(NAME).read_bytes() == CONTENTS


def test_cancel_leaves_nothing_behind_and_closing_keeps_what_has_come(
    qtbot: QtBot, dialog: DownloadDialog, session: Session, server: Server
) -> None:
    server.mode = "silent"
    click(dialog.download_button)
    press(dialog, Qt.Key.Key_Escape)
    assert not dialog.is_busy
    assert dialog.isHidden()
    server.mode = "stuck"
    dialog = opened(qtbot, session)
    click(dialog.download_button)
    qtbot.waitUntil(lambda: dialog.bar.value() == 500)
    assert dialog.bar.isVisible()
    assert f"1.0{SPACE}MB" in dialog.state.text()
    assert f"2.0{SPACE}MB" in dialog.state.text()
    assert not dialog.download_button.isEnabled()
    assert left()
    with qtbot.assertNotEmitted(dialog.ready):
        click(dialog.cancel_button)
        qtbot.waitUntil(lambda: not left())
    assert dialog.isHidden()
    other = DownloadDialog(session, NAME)
    other.show()
    click(other.download_button)
    qtbot.waitUntil(lambda: other.bar.value() == 500)
    other.deleteLater()
    qtbot.waitUntil(lambda: not isValid(other))
    assert [one.suffix for one in left()] == [".part"]


def test_offline_the_built_in_weights_are_offered(
    qtbot: QtBot, dialog: DownloadDialog, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weight_download, "BASE", "http://127.0.0.1:9")
    click(dialog.download_button)
    qtbot.waitUntil(lambda: not dialog.is_busy)
    assert "127.0.0.1:9" in dialog.problem.text
    assert dialog.problem.kind == "wrong"
    with qtbot.waitSignal(dialog.ready):
        click(dialog.built_in_button)
    assert session.recipe.model.weights == "imagenet"
    assert dialog.isHidden()
