"""What is remembered survives a restart; what is damaged never stops one."""

from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray

from core.common import files
from gui.session.settings import RECENT_LIMIT, Settings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "config"


def restarted(settings: Settings) -> Settings:
    settings.sync()
    return Settings(settings.folder)


def test_defaults_where_nothing_was_kept(folder: Path) -> None:
    settings = Settings(folder)
    assert settings.recent_folders == []
    assert settings.geometry is None
    assert settings.theme == "system"
    assert settings.rail_collapsed is False
    assert settings.preview_view == ""
    assert settings.runs_folder == files.runs_folder()


def test_the_window_is_as_it_was(folder: Path, tmp_path: Path) -> None:
    settings = Settings(folder)
    settings.geometry = QByteArray(b"\x01\xd9\x00=\n")
    settings.theme = "dark"
    settings.rail_collapsed = True
    settings.preview_view = "strips"
    settings.runs_folder = tmp_path / "my runs, with a comma"
    again = restarted(settings)
    assert again.geometry == QByteArray(b"\x01\xd9\x00=\n")
    assert again.theme == "dark"
    assert again.rail_collapsed is True
    assert again.preview_view == "strips"
    assert again.runs_folder == tmp_path / "my runs, with a comma"
    again.rail_collapsed = False
    assert restarted(again).rail_collapsed is False


def test_values_that_make_no_sense_are_defaults(folder: Path) -> None:
    folder.mkdir()
    (folder / "thaw.ini").write_text(
        "recent=\n[window]\ntheme=pink\ngeometry=5\nrail_collapsed=maybe\n[runs]\nfolder=\n"
    )
    settings = Settings(folder)
    assert settings.theme == "system"
    assert settings.geometry is None
    assert settings.rail_collapsed is False
    assert settings.recent_folders == []
    assert settings.runs_folder == files.runs_folder()


def test_a_list_of_one_written_by_hand_is_a_list(folder: Path) -> None:
    folder.mkdir()
    (folder / "thaw.ini").write_text("[General]\nrecent=/somewhere\n")
    assert Settings(folder).recent_folders == [Path("/somewhere")]


def test_the_latest_folder_comes_first_and_once(folder: Path, tmp_path: Path) -> None:
    settings = Settings(folder)
    first, second = tmp_path / "Bäume, groß", tmp_path / "second"
    settings.add_recent(first)
    assert restarted(settings).recent_folders == [first]
    settings.add_recent(second)
    settings.add_recent(first)
    assert restarted(settings).recent_folders == [first, second]
    settings.remove_recent(first)
    assert restarted(settings).recent_folders == [second]
    settings.clear_recent()
    assert restarted(settings).recent_folders == []


def test_only_the_last_ten_folders_are_kept(folder: Path, tmp_path: Path) -> None:
    settings = Settings(folder)
    for number in range(RECENT_LIMIT + 2):
        settings.add_recent(tmp_path / str(number))
    recent = settings.recent_folders
    assert len(recent) == RECENT_LIMIT == 10
    assert recent[0].name == "11"
    assert recent[-1].name == "2"


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


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff\xfe", b"[]", b"{}", b'{"choices": 3}'])
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


def test_an_unreadable_file_is_as_none_and_stays(folder: Path, tmp_path: Path) -> None:
    settings = Settings(folder)
    file = settings.choices_file(tmp_path / "a")
    file.mkdir(parents=True)  # reading a folder fails for root, too
    assert settings.load_choices(tmp_path / "a") is None
    assert file.exists()


def test_choices_that_cannot_be_kept_are_an_error(folder: Path, tmp_path: Path) -> None:
    settings = Settings(folder)
    folder.write_text("a file where the folder should be")
    with pytest.raises((FileExistsError, NotADirectoryError)):
        settings.save_choices(tmp_path / "a", {})


def test_looking_for_a_folder_begins_beside_the_last_own_one(tmp_path: Path, home: Path) -> None:
    settings = Settings(tmp_path / "settings")
    assert settings.browse_folder == Path.home()
    settings.add_recent(tmp_path / "photos" / "leaves")
    settings.add_recent(files.cache_folder() / "sample-v1" / "traffic-signs")
    assert settings.browse_folder == tmp_path / "photos"
