"""Choices, labels given by hand, and settings: undone, redone, and there at the next start."""

from collections.abc import Sequence
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QByteArray
from pytestqt.qtbot import QtBot

from core.common import files
from core.recipe.config import AugmentationConfig, RunConfig, StageConfig
from core.recipe.files import RecipeError
from core.reports.plots.points import CurveOptions
from gui.session.choices import LIGHT, Choices, UndoHistory
from gui.session.labelling import Labelling, keys, tidy
from gui.session.session import Session
from gui.session.settings import RECENT_LIMIT, Settings
from tests.support.pictures import PictureFolder
from tests.support.window.fakes import open_folder

# -- choices --------------------------------------------------------------------------------


def test_tried_augmentation_trains_only_while_it_is_on() -> None:
    tried = Choices().with_value("augmentation.rotation", 30)
    assert tried.tried.rotation == (-30, 30)
    assert tried.recipe.augmentation.is_identity
    on = tried.with_augmentation(True)
    assert on.recipe.augmentation == on.tried
    assert on.with_value("augmentation.crop", 0.5).recipe.augmentation.crop == 0.5
    off = on.with_augmentation(False)
    assert off.recipe.augmentation.is_identity
    assert off.tried.rotation == (-30, 30)


def test_an_invalid_value_changes_nothing() -> None:
    before = Choices()
    for key, value in (("stages.0.epochs", 0), ("augmentation.rotation", 999)):
        with pytest.raises(RecipeError) as refused:
            before.with_value(key, value)
        field = key.removeprefix("augmentation.")
        assert all(field in str(values["field"]) for _code, values in refused.value.problems)
        assert before == Choices()


def test_a_recipe_sets_its_augmentation_only_where_it_has_one() -> None:
    with_flip = RunConfig(augmentation=AugmentationConfig(horizontal_flip=0.5))
    choices = Choices().with_recipe(with_flip)
    assert choices.augmenting
    assert choices.tried.horizontal_flip == 0.5
    choices = Choices().with_recipe(RunConfig(stages=(StageConfig(epochs=3),)))
    assert not choices.augmenting
    assert choices.tried == LIGHT


def test_choices_survive_plain_data() -> None:
    choices = (
        Choices()
        .with_value("stages.1.thawed", [4, 5])
        .with_value("augmentation.scale", [0.5, 2.0])
        .with_augmentation(True)
    )
    assert Choices.from_data(choices.to_data()) == choices


# -- undo -----------------------------------------------------------------------------------


def _epochs(number: int) -> Choices:
    return Choices().with_value("stages.0.epochs", number)


def test_undo_and_redo_walk_the_history_until_something_new_changes() -> None:
    history = UndoHistory(_epochs(1))
    history.push(_epochs(2), "a")
    history.push(_epochs(3), "b")
    for move, seen in ((history.undo, (2, 1)), (history.redo, (2, 3))):
        for number in seen:
            assert move()
            assert history.present == _epochs(number)
        assert not move()
    history.undo()
    history.push(_epochs(5), "a")
    assert not history.can_redo
    history.undo()
    assert history.present == _epochs(2)
    history.begin_with(_epochs(3))  # which is taken back, but not undone
    assert not history.can_undo
    history.push(_epochs(4))
    assert history.undo()
    assert not history.undo()
    assert history.present == _epochs(3)
    assert history.take_back()
    assert history.present == _epochs(2)
    assert not history.take_back()


@pytest.mark.parametrize(
    ("changes", "steps"),
    [
        # a slider's drag is one step, and a later drag another
        ([(0.0, 2, "a"), (0.3, 3, "a"), (0.6, 4, "a"), (5.0, 5, "a"), (5.5, 6, "a")], [4, 1]),
        ([(0.0, 2, "a"), (0.1, 3, "b")], [2, 1]),  # two fields are two steps
        ([(0.0, 2, "a"), (0.1, 0, ""), (0.2, 3, "a")], [1]),  # 0: an undo, which ends a drag
    ],
)
def test_quick_changes_are_one_step(
    changes: Sequence[tuple[float, int, str]], steps: list[int]
) -> None:
    history = UndoHistory(_epochs(1))
    with patch("gui.session.choices.monotonic") as clock:
        for now, number, key in changes:
            clock.return_value = now
            if number:
                history.push(_epochs(number), key)
            else:
                history.undo()
    undone = []
    while history.undo():
        undone.append(history.present)
    assert undone == [_epochs(number) for number in steps]


# -- classes by hand ------------------------------------------------------------------------


def test_classes_keep_the_order_in_which_they_came_up() -> None:
    labelling = Labelling()
    labelling.give(["1", "2"], "zebra")
    labelling.give(["3"], "ape")
    labelling.give(["4", "5", "6"], "cat")
    assert labelling.counts == {"zebra": 2, "ape": 1, "cat": 3}
    assert list(labelling.counts) == labelling.classes == ["zebra", "ape", "cat"]
    labelling.rename("ape", "bee")
    assert labelling.classes == ["zebra", "bee", "cat"]
    assert labelling.rename("bee", "cat") == 1  # which merges both
    assert labelling.counts == {"zebra": 2, "cat": 4}
    labelling.undo()
    labelling.undo()
    assert labelling.counts == {"zebra": 2, "ape": 1, "cat": 3}
    assert labelling.classes == ["zebra", "ape", "cat"]


def test_an_image_has_one_class_and_an_empty_name_takes_it_away() -> None:
    labelling = Labelling({"1": "cat", "2": "cat"})
    assert labelling.give(["1"], "cat") == 0
    assert not labelling.can_undo
    assert labelling.give(["1", "2"], "dog") == 2
    assert labelling.give(["2"], "  ") == 1
    assert labelling.labels == {"1": "dog"}
    assert labelling.classes == ["dog"]
    # names are compared in one form, and found in any case
    assert tidy("  La\u0301  ba\u0300ng\n") == tidy("L\u00e1 b\u00e0ng") == "L\u00e1 b\u00e0ng"
    labelling = Labelling({"1": "Cat", "2": "DOG", "3": "dog"})
    names = ("cat", "dog", "bird ")
    assert [labelling.similar(one) for one in names] == ["Cat", "dog", "bird"]


def test_other_labels_are_taken_over_as_one_change() -> None:
    labelling = Labelling({"1": "cat", "2": "dog"})
    assert labelling.replace({"2": "dog", "3": "bird"}) == 2
    assert labelling.labels == {"2": "dog", "3": "bird"}
    labelling.undo()
    assert labelling.labels == {"1": "cat", "2": "dog"}
    assert not labelling.can_undo
    assert labelling.can_redo
    labelling.give(["1"], "dog")
    assert not labelling.redo()
    assert labelling.labels == {"1": "dog", "2": "dog"}


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(st.sets(st.sampled_from("abcde")), st.sampled_from(["", "cat", "dog", "ape"]))
    )
)
def test_undo_and_redo_bring_every_state_back(steps: list[tuple[set[str], str]]) -> None:
    labelling = Labelling({"a": "cat"})
    states = [dict(labelling.labels)]
    for paths, name in steps:
        if labelling.give(paths, name):
            states.append(dict(labelling.labels))
        assert sum(labelling.counts.values()) == len(labelling.labels)
    for state in states[-2::-1]:
        assert labelling.undo()
        assert labelling.labels == state
    assert not labelling.undo()
    for state in states[1:]:
        assert labelling.redo()
        assert labelling.labels == state


def test_a_digit_that_is_a_class_is_its_own_key() -> None:
    assert keys(["cat", "dog"]) == {"cat": "1", "dog": "2"}
    assert keys(["0", "3", "1", "x"]) == {"0": "2", "3": "3", "1": "1", "x": "4"}
    digits = keys([str(number) for number in range(10)])
    assert digits == {str(number): str(number) for number in range(1, 10)}


# -- settings -------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "settings"


def restarted(settings: Settings) -> Settings:
    settings.sync()
    return Settings(settings.folder)


INVALID = """recent=
[window]
theme=pink
geometry=5
rail_collapsed=maybe
[runs]
folder=
[curves]
smoothing=much
"""


def test_missing_and_invalid_settings_are_defaults(folder: Path) -> None:
    folder.mkdir()
    for ini in ("", INVALID):
        (folder / "thaw.ini").write_text(ini)
        settings = Settings(folder)
        assert settings.recent_folders == []
        assert settings.geometry is None
        assert settings.theme == "system"
        assert settings.rail_collapsed is False
        assert settings.preview_view == ""
        assert settings.runs_folder == files.runs_folder()
        assert settings.curve_options == CurveOptions()
    by_hand = "[General]\nrecent=/somewhere\n[curves]\nsmoothing=7\n"
    (folder / "thaw.ini").write_text(by_hand)
    assert Settings(folder).recent_folders == [Path("/somewhere")]  # a list of one
    assert 0.9 < Settings(folder).curve_options.smoothing < 1


def test_the_window_is_as_it_was(folder: Path, tmp_path: Path) -> None:
    values = {
        "geometry": QByteArray(b"\x01\xd9\x00=\n"),
        "theme": "dark",
        "rail_collapsed": True,
        "preview_view": "strips",
        "runs_folder": tmp_path / "my runs, with a comma",
    }
    settings = Settings(folder)
    for name, value in values.items():
        setattr(settings, name, value)
    again = restarted(settings)
    assert {name: getattr(again, name) for name in values} == values
    again.rail_collapsed = False
    assert restarted(again).rail_collapsed is False


def test_the_last_ten_folders_are_kept_the_latest_first(folder: Path, tmp_path: Path) -> None:
    settings = Settings(folder)
    first, second = tmp_path / "Bäume, groß", tmp_path / "second"
    for one in (first, second, first):
        settings.add_recent(one)
    assert restarted(settings).recent_folders == [first, second]
    settings.remove_recent(first)
    assert restarted(settings).recent_folders == [second]
    settings.clear_recent()
    assert restarted(settings).recent_folders == []
    for number in range(RECENT_LIMIT + 2):
        settings.add_recent(tmp_path / str(number))
    names = [one.name for one in settings.recent_folders]
    assert names == [str(number) for number in range(11, 1, -1)]


def test_each_dataset_folder_has_choices_of_its_own(folder: Path, tmp_path: Path) -> None:
    settings = Settings(folder)
    assert settings.load_choices(tmp_path / "a") is None
    settings.save_choices(tmp_path / "a", {"recipe": {"seed": 1}, "name": "Bäume"})
    settings.save_choices(tmp_path / "b", {})
    again = Settings(folder)  # as after a crash: nothing was closed
    assert again.load_choices(tmp_path / "a") == {"recipe": {"seed": 1}, "name": "Bäume"}
    assert again.load_choices(tmp_path / "x" / ".." / "a") == again.load_choices(tmp_path / "a")
    assert again.load_choices(tmp_path / "b") == {}
    assert [file.suffix for file in (folder / "choices").iterdir()] == [".json", ".json"]


@pytest.mark.parametrize("damage", [b"{", b"\xff\xfe", b"[]", b'{"choices": 3}'])
def test_a_damaged_file_is_moved_aside(folder: Path, tmp_path: Path, damage: bytes) -> None:
    settings = Settings(folder)
    settings.save_choices(tmp_path / "a", {"x": 1})
    file = settings.choices_file(tmp_path / "a")
    file.write_bytes(damage)
    assert settings.load_choices(tmp_path / "a") is None
    assert not file.exists()
    assert file.with_suffix(".damaged").read_bytes() == damage
    settings.save_choices(tmp_path / "a", {"x": 2})
    assert settings.load_choices(tmp_path / "a") == {"x": 2}


def test_an_unreadable_file_stays_and_an_unwritable_one_fails(folder: Path, tmp_path: Path) -> None:
    settings = Settings(folder)
    file = settings.choices_file(tmp_path / "a")
    file.mkdir(parents=True)  # reading a folder fails for root, too
    assert settings.load_choices(tmp_path / "a") is None
    assert file.exists()
    (tmp_path / "file").touch()
    with pytest.raises((FileExistsError, NotADirectoryError)):
        Settings(tmp_path / "file").save_choices(tmp_path / "a", {})


def test_looking_for_a_folder_begins_beside_the_last_own_one(folder: Path) -> None:
    settings = Settings(folder)
    assert settings.browse_folder == Path.home()
    settings.add_recent(folder / "photos" / "leaves")
    settings.add_recent(files.cache_folder() / "sample-v1" / "traffic-signs")
    assert settings.browse_folder == folder / "photos"


# -- the session's choices ------------------------------------------------------------------


def test_each_change_is_announced_and_can_be_undone(qtbot: QtBot, session: Session) -> None:
    with qtbot.assertNotEmitted(session.choices_changed):
        session.change("stages.0.epochs", 20)  # as it is
        with pytest.raises(RecipeError):
            session.change("stages.0.epochs", -1)
    assert not session.can_undo
    for act, epochs in (
        (lambda: session.change("stages.0.epochs", 7), 7),
        (session.undo, 20),
        (session.redo, 7),
    ):
        with qtbot.waitSignal(session.choices_changed):
            act()
        assert session.recipe.stages[0].epochs == epochs


def test_choices_belong_to_their_folder_and_those_before_the_first_to_it(
    qtbot: QtBot, session: Session, picture_folder: PictureFolder
) -> None:
    first, second = picture_folder(name="first"), picture_folder(name="second")
    session.set_recipe(RunConfig(stages=(StageConfig(epochs=3),)))
    open_folder(qtbot, session, first)
    assert len(session.recipe.stages) == 1
    session.undo()
    assert session.recipe == RunConfig()
    session.change("batch_size", 8)
    open_folder(qtbot, session, second)
    assert session.recipe.batch_size == 32
    assert not session.can_undo
    open_folder(qtbot, session, first)
    assert session.recipe.batch_size == 8


# -- the next start -------------------------------------------------------------------------


def _start(qtbot: QtBot, place: Path, folder: Path) -> Session:
    session = Session(Settings(place))
    open_folder(qtbot, session, folder)
    return session


def _change(session: Session) -> RunConfig:
    session.change("stages.0.epochs", 3)
    session.change("augmentation.rotation", 45)
    session.set_augmenting(True)
    return session.recipe


@pytest.mark.parametrize("crashes", [False, True])
def test_choices_are_there_after_a_restart(
    qtbot: QtBot, folder: Path, picture_folder: PictureFolder, crashes: bool
) -> None:
    images = picture_folder()
    before = _start(qtbot, folder, images)
    changed = _change(before)
    if crashes:
        qtbot.waitUntil(before.settings.choices_file(images).exists)
    else:
        before.close()
    again = _start(qtbot, folder, images)
    assert again.recipe == changed != RunConfig()
    assert again.choices.augmenting
    assert not again.can_undo
    while before.can_undo:
        before.undo()
    before.close()
    assert _start(qtbot, folder, images).recipe == RunConfig()


@pytest.mark.parametrize(
    "damage", ['{"choices": {}}', '{"choices": {"recipe": {"future": 1}, "tried": {}}}']
)
def test_damaged_choices_give_the_defaults(
    qtbot: QtBot, folder: Path, picture_folder: PictureFolder, damage: str
) -> None:
    images = picture_folder()
    file = Settings(folder).choices_file(images)
    file.parent.mkdir(parents=True)
    file.write_text(damage)
    assert _start(qtbot, folder, images).recipe == RunConfig()


def test_a_settings_folder_that_cannot_be_written_costs_nothing_but_the_memory(
    qtbot: QtBot, folder: Path, picture_folder: PictureFolder
) -> None:
    folder.write_text("in the way")
    session = _start(qtbot, folder, picture_folder())
    changed = _change(session)
    session.close()
    assert session.recipe == changed
