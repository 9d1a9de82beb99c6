"""Where weights come from: chosen, looked at, refused in words, asked for their normalisation."""

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from core.model.backbone import WEIGHTS
from core.recipe.config import Normalization
from core.recipe.files import RecipeError
from core.runs.places import BEST, CONFIG
from gui.model.download import DownloadDialog
from gui.model.weights import WeightsPanel
from gui.runs.chooser import RunChooser
from gui.session.session import Session
from tests.support.download_server import Server, publishing
from tests.support.weights import KERAS, layered_h5, save, shapes_of, state
from tests.support.window.past_runs import make_run

NAME = "torchvision-v1"


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


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with publishing(monkeypatch, NAME, b"weights" * 300_000) as one:
        yield one


def click(qtbot: QtBot, panel: WeightsPanel, source: str) -> None:
    qtbot.mouseClick(panel.sources.lines[source].words, Qt.MouseButton.LeftButton)


def look(qtbot: QtBot, panel: WeightsPanel, path: Path) -> None:
    panel.look_at(path)
    qtbot.waitUntil(lambda: not panel.is_busy)


def chosen(panel: WeightsPanel) -> list[str]:
    return [name for name, one in panel.sources.choices.items() if one.isChecked()]


def words(panel: WeightsPanel) -> str:
    return panel.file.contents.text()


def test_built_in_weights_are_the_start_and_all_blocks_are_kept(panel: WeightsPanel) -> None:
    assert chosen(panel) == ["imagenet"]
    assert panel.about.text().startswith("The authors’ own VGG16")
    assert not panel.file.isVisible()
    assert not panel.published.isVisible()
    assert panel.blocks.choices[5].isChecked()


def test_every_source_says_what_it_is(qtbot: QtBot, panel: WeightsPanel) -> None:
    tips = {one.toolTip() for one in panel.sources.lines.values()}
    assert len(tips) == 6
    click(qtbot, panel, "none")
    assert "learn from nothing" in panel.about.text()


def test_published_weights_tell_their_size_and_are_downloaded_here(
    qtbot: QtBot, panel: WeightsPanel, session: Session, server: Server
) -> None:
    click(qtbot, panel, NAME)
    assert session.recipe.model.weights == NAME
    assert panel.state.text() == "Not downloaded yet: 2.1\xa0MB"
    assert server.asked == []
    qtbot.mouseClick(panel.download_button, Qt.MouseButton.LeftButton)
    dialog = panel.dialogs.shown
    assert isinstance(dialog, DownloadDialog)
    with qtbot.waitSignal(dialog.ready):
        qtbot.mouseClick(dialog.download_button, Qt.MouseButton.LeftButton)
    assert panel.state.text() == "Downloaded"
    assert not panel.download_button.isVisible()
    assert panel.sources.lines[NAME].words.text == "downloaded"


def test_a_file_is_chosen_in_a_dialog(
    qtbot: QtBot, panel: WeightsPanel, session: Session, tmp_path: Path
) -> None:
    file = save(tmp_path / "mine.pth", state())
    click(qtbot, panel, "file")
    dialog = panel.dialogs.shown
    assert isinstance(dialog, QFileDialog)
    assert chosen(panel) == ["imagenet"], "nothing is chosen yet"
    dialog.fileSelected.emit(str(file))
    dialog.close()
    qtbot.waitUntil(lambda: session.recipe.model.weights == str(file))
    assert chosen(panel) == ["file"]
    assert panel.file.path.path == str(file)
    assert words(panel) == "PyTorch: the 13 convolutions of VGG16 (features.0 … features.28)."


def test_a_file_that_says_nothing_of_its_normalisation_asks_for_it(
    qtbot: QtBot, panel: WeightsPanel, session: Session, tmp_path: Path
) -> None:
    look(qtbot, panel, layered_h5(tmp_path / "vgg16_notop.h5"))
    assert panel.fields["normalization"].isVisible()
    assert panel.file.problem.text.startswith("The file doesn’t say")
    assert "Caffe" in panel.normalization.offer.text()
    assert session.recipe.model.normalization is None, "a guess is not taken for granted"
    qtbot.mouseClick(panel.normalization.offer, Qt.MouseButton.LeftButton)
    assert session.recipe.model.normalization == "caffe"
    assert panel.file.problem.text == ""


def test_own_numbers_reach_the_recipe(
    qtbot: QtBot, panel: WeightsPanel, session: Session, tmp_path: Path
) -> None:
    look(qtbot, panel, save(tmp_path / "mine.pth", state(KERAS)))
    index = panel.normalization.list.findData("own")
    panel.normalization.list.setCurrentIndex(index)
    panel.normalization.list.activated.emit(index)
    fields = [*panel.normalization.numbers["mean"], *panel.normalization.numbers["std"]]
    for one, number in zip(fields, ("0.1", "0.2", "0.3", "0.4", "0.5", "0.6"), strict=True):
        qtbot.keyClicks(one, number)
    expected = Normalization(mean=(0.1, 0.2, 0.3), std=(0.4, 0.5, 0.6))
    assert session.recipe.model.normalization == expected


def test_a_file_that_states_its_normalisation_is_not_asked(
    qtbot: QtBot, panel: WeightsPanel, session: Session
) -> None:
    look(qtbot, panel, WEIGHTS)
    assert not panel.fields["normalization"].isVisible()
    assert "It states its normalisation: mean 0.4824 0.4588 0.4078" in words(panel)
    assert session.recipe.model.weights == str(WEIGHTS)


def test_other_weights_forget_the_normalisation_in_one_step(
    qtbot: QtBot, panel: WeightsPanel, session: Session, tmp_path: Path
) -> None:
    file = save(tmp_path / "mine.pth", state())
    look(qtbot, panel, file)
    session.change("model.normalization", "unit")
    click(qtbot, panel, "none")
    assert (session.recipe.model.weights, session.recipe.model.normalization) == ("none", None)
    session.undo()
    assert session.recipe.model.weights == str(file)
    assert session.recipe.model.normalization == "unit"


class Harmful:
    def __reduce__(self) -> tuple[Any, ...]:
        return print, ("it ran",)


def test_a_network_that_is_not_vgg16_is_refused_and_changes_nothing(
    qtbot: QtBot, panel: WeightsPanel, session: Session, tmp_path: Path
) -> None:
    before = session.recipe
    look(qtbot, panel, save(tmp_path / "resnet.pth", shapes_of("resnet18")))
    assert panel.refusal.text.startswith("resnet.pth holds a network that isn't VGG16: its layer")
    assert "conv1 has weights of 64 × 3 × 7 × 7" in panel.refusal.text
    assert "where block1_conv1 of VGG16 has 64 × 3 × 3 × 3" in panel.refusal.text
    assert panel.refusal.kind == "wrong"
    assert session.recipe == before
    click(qtbot, panel, "none")
    assert panel.refusal.text == ""


def test_a_file_that_would_run_a_program_is_refused(
    qtbot: QtBot, panel: WeightsPanel, session: Session, tmp_path: Path
) -> None:
    file = tmp_path / "harmful.pth"
    file.write_bytes(pickle.dumps({"features.0.weight": Harmful()}))
    look(qtbot, panel, file)
    assert "could run a program" in panel.refusal.text
    assert session.recipe.model.weights == "imagenet"


def test_a_file_with_three_blocks_lets_no_more_be_kept(
    qtbot: QtBot, panel: WeightsPanel, session: Session, tmp_path: Path
) -> None:
    session.change("stages", [{}])
    ends = 17  # what is below it in torchvision's counting are the first three blocks
    part = {name: one for name, one in state().items() if int(name.split(".")[1]) < ends}
    look(qtbot, panel, save(tmp_path / "three.pth", part))
    assert panel.file.problem.text.startswith("three.pth holds 3 of VGG16’s five blocks")
    assert not panel.blocks.choices[4].isEnabled()
    qtbot.mouseClick(panel.blocks.choices[3], Qt.MouseButton.LeftButton)
    assert session.recipe.model.depth == 3
    assert not panel.file.problem.text.startswith("three.pth")


def test_an_earlier_run_is_a_start(
    qtbot: QtBot, panel: WeightsPanel, session: Session, tmp_path: Path
) -> None:
    run = tmp_path / "signs"
    run.mkdir()
    (run / CONFIG).write_text("{}")
    look(qtbot, panel, run)
    assert panel.refusal.text == "The run at signs has no finished epoch, so no weights to use"
    (run / BEST).write_bytes(WEIGHTS.read_bytes())
    click(qtbot, panel, "run")
    assert isinstance(panel.dialogs.shown, RunChooser)
    qtbot.mouseClick(panel.dialogs.shown.elsewhere_button, Qt.MouseButton.LeftButton)
    assert isinstance(panel.dialogs.shown, QFileDialog)
    assert panel.dialogs.shown.fileMode() == QFileDialog.FileMode.Directory
    panel.dialogs.shown.fileSelected.emit(str(run))
    qtbot.waitUntil(lambda: session.recipe.model.weights == str(run))
    assert chosen(panel) == ["run"]
    assert "The head is new" in panel.about.text()
    assert words(panel).startswith("safetensors: the 13 convolutions")


def test_a_run_of_this_machine_is_chosen_from_a_list(
    qtbot: QtBot, panel: WeightsPanel, session: Session, tmp_path: Path
) -> None:
    session.settings.runs_folder = tmp_path / "runs"
    run = make_run(tmp_path / "runs", "signs")
    (run / BEST).write_bytes(WEIGHTS.read_bytes())
    click(qtbot, panel, "run")
    chooser = panel.dialogs.shown
    assert isinstance(chooser, RunChooser)
    qtbot.waitUntil(chooser.use_button.isEnabled)
    qtbot.mouseClick(chooser.use_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.recipe.model.weights == str(run))
    assert panel.dialogs.shown is None


def test_a_recipe_whose_file_has_gone_says_so(
    qtbot: QtBot, panel: WeightsPanel, session: Session, tmp_path: Path
) -> None:
    session.change("model.weights", str(tmp_path / "gone.pth"))
    qtbot.waitUntil(lambda: not panel.is_busy)
    assert panel.file.problem.text == "There is no file and no run gone.pth to take weights from"


def test_a_normalisation_that_contradicts_the_file_is_told(
    qtbot: QtBot, panel: WeightsPanel, session: Session
) -> None:
    model = session.recipe.model.model_dump(mode="json")
    session.change("model", {**model, "weights": str(WEIGHTS), "normalization": "unit"})
    qtbot.waitUntil(lambda: not panel.is_busy)
    assert "says that its pictures were normalised by" in panel.file.problem.text
    look(qtbot, panel, WEIGHTS)
    assert session.recipe.model.normalization is None
    assert panel.file.problem.text == ""


def drop(panel: WeightsPanel, path: Path) -> bool:
    """Drop a file on the panel; whether it is taken."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    event = QDropEvent(
        QPointF(20, 20),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    event.ignore()
    panel.dropEvent(event)
    return event.isAccepted()


def test_a_file_may_be_dropped(
    qtbot: QtBot, panel: WeightsPanel, session: Session, tmp_path: Path
) -> None:
    file = save(tmp_path / "mine.pt", state())
    assert drop(panel, file)
    qtbot.waitUntil(lambda: session.recipe.model.weights == str(file))
    assert not drop(panel, tmp_path / "recipe.json"), "that is the window's"


def test_a_depth_that_a_stage_forbids_is_told_under_the_depth(
    qtbot: QtBot, panel: WeightsPanel, session: Session
) -> None:
    qtbot.mouseClick(panel.blocks.choices[3], Qt.MouseButton.LeftButton)
    assert session.recipe.model.depth == 5
    assert "block 5" in panel.fields["depth"].told
    assert panel.blocks.choices[5].isChecked(), "what was refused is not shown as if it were set"


def test_stages_are_made_to_fit_a_depth_that_they_forbid(
    qtbot: QtBot, panel: WeightsPanel, session: Session
) -> None:
    assert not panel.repair.isVisible()
    qtbot.mouseClick(panel.blocks.choices[3], Qt.MouseButton.LeftButton)
    assert panel.repair.text() == "Keep 3, change the stages"
    qtbot.mouseClick(panel.repair, Qt.MouseButton.LeftButton)
    assert session.recipe.model.depth == 3
    assert [stage.thawed for stage in session.recipe.stages] == [(), (3,)]
    assert panel.fields["depth"].told == ""
    assert not panel.repair.isVisible()
    session.undo()
    assert session.recipe.model.depth == 5
    assert [stage.thawed for stage in session.recipe.stages] == [(), (5,)]


def test_what_differs_from_the_card_is_marked_and_put_back(
    qtbot: QtBot, panel: WeightsPanel
) -> None:
    panel.show_marks({"model.weights": "imagenet", "model.depth": 5})
    assert "Built-in ImageNet" in panel.fields["weights"].mark.toolTip()
    assert "all 5" in panel.fields["depth"].mark.toolTip()
    with qtbot.waitSignal(panel.put_back) as asked:
        qtbot.mouseClick(panel.fields["depth"].mark, Qt.MouseButton.LeftButton)
    assert asked.args == ["model.depth"]
    assert panel.field_name("model.normalization") == "Normalised by"


@pytest.mark.parametrize("width", [1040, 820])
def test_it_fits_the_room_it_has(
    qtbot: QtBot, panel: WeightsPanel, tmp_path: Path, width: int
) -> None:
    """The most there is to say: a file with own numbers, and another one that is refused."""
    look(qtbot, panel, layered_h5(tmp_path / "vgg16_notop.h5"))
    panel.normalization.value_changed.emit({"mean": [0, 0, 0], "std": [1, 1, 1]})
    panel.resize(width, 230)
    layout = panel.layout()
    assert layout is not None
    assert layout.totalHeightForWidth(width) <= 230
