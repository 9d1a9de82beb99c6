"""The sample dataset: the same bytes everywhere, copied in spite of crashes and other files."""

import errno
import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest

from core.common import files
from core.dataset import sample
from core.dataset.summary import scan
from tests.support.pictures import refusal
from tools.draw_sample import signs
from tools.draw_sample.__main__ import draw


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below ``folder``, hidden ones too, by its relative path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "new" / "folder"
    sample.write(folder)
    return folder


# -- images -----------------------------------------------------------------------------------


def test_all_of_it_is_byte_for_byte_what_lessons_and_figures_rest_on(written: Path) -> None:
    digest = hashlib.sha256()
    for name, data in sorted(contents(written).items()):
        digest.update(name.encode() + data)
    assert digest.hexdigest().startswith("39621d1fc39745fa8c3e89eb262e83fc")
    summary = scan(written)
    assert sorted(summary.classes) == sorted(sample.CLASSES)
    assert (len(summary.samples), summary.problems) == (480, ())


@pytest.mark.parametrize("variant", range(signs.VARIANTS))
def test_the_turns_are_mirror_images_and_not_their_own(variant: int) -> None:
    left = signs.sign("turn-left", variant)
    np.testing.assert_array_equal(signs.sign("turn-right", variant), left[:, ::-1])
    assert np.abs(left.astype(int) - left[:, ::-1]).mean() > 10


@pytest.mark.parametrize("kind", sample.CLASSES)
def test_an_image_is_rgb_and_depends_on_its_name_and_the_seed_alone(kind: str) -> None:
    first = draw(kind, 1)
    assert (first.shape, first.dtype) == ((256, 256, 3), np.uint8)
    others = [draw(kind, 2), draw(kind, 1, 1)]
    assert all(np.abs(first.astype(int) - other).mean() > 5 for other in others)


# -- files ------------------------------------------------------------------------------------


def test_what_a_crash_left_half_done_is_repaired_and_what_is_there_stays(tmp_path: Path) -> None:
    sample.write(tmp_path, per_class=2)
    whole = contents(tmp_path)
    assert len(whole) == 16
    cut, empty = tmp_path / "stop/stop-001.jpg", tmp_path / "stop/stop-002.jpg"
    cut.write_bytes(cut.read_bytes()[:3000])
    empty.write_bytes(b"")
    (tmp_path / "yield/yield-001.jpg").write_bytes(bytes(3000))
    (tmp_path / "ahead/ahead-002.jpg").unlink()
    kept = tmp_path / "ahead/ahead-001.jpg"
    before = kept.stat().st_ino
    sample.write(tmp_path, per_class=2)
    assert contents(tmp_path) == whole
    assert kept.stat().st_ino == before


@pytest.mark.parametrize(
    "other",
    ["notes.txt", "cats/cat.jpg", "stop/mine.jpg", "stop/stop-001.jpg", "stop/stop-003.jpg"],
)
def test_a_folder_with_other_things_is_left_alone(tmp_path: Path, other: str) -> None:
    (tmp_path / other).parent.mkdir(exist_ok=True)
    (tmp_path / other).write_bytes(b"somebody's own")
    error = refusal(sample.write, tmp_path, per_class=2)
    assert (error.code, error.values["name"]) == ("sample_folder_taken", other)
    assert contents(tmp_path)[other] == b"somebody's own"


def test_what_the_system_puts_into_folders_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / ".DS_Store").write_bytes(b"-")
    (tmp_path / "stop").mkdir()
    (tmp_path / "stop" / "Thumbs.db").write_bytes(b"-")
    sample.write(tmp_path, per_class=1)
    assert len(list(tmp_path.rglob("*.jpg"))) == 8


def test_a_place_that_cannot_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"-")
    for place in (tmp_path / "file", tmp_path / "file" / "sub"):
        error = refusal(sample.write, place, per_class=1)
        assert (error.code, error.values["path"]) == ("sample_unwritable", str(place))

    def full(_path: Path, _data: bytes, **_: bool) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(files, "replace", full)
    error = refusal(sample.write, tmp_path / "new", per_class=1)
    assert (error.code, error.values["reason"]) == ("sample_unwritable", "no space")


# -- in the user's cache ----------------------------------------------------------------------


def test_the_cached_sample_is_copied_once_and_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: Path
) -> None:
    monkeypatch.setattr(files, "cache_folder", lambda: tmp_path / "cache")
    folder = sample.ensure()
    assert folder.is_relative_to(tmp_path / "cache")
    assert folder.name == "traffic-signs"
    whole = contents(written)
    with monkeypatch.context() as patch:
        patch.setattr(files, "replace", None)  # it cannot be called
        assert sample.ensure() == folder
    lost = folder / "ahead" / "ahead-001.jpg"
    for damage in (lost.unlink, lambda: lost.write_bytes(b""), lambda: shutil.rmtree(lost.parent)):
        damage()
        assert contents(sample.ensure()) == whole
    (folder / "ahead" / "mine.jpg").write_bytes(b"somebody's own")
    lost.unlink()
    assert contents(sample.ensure()) == whole | {"ahead/mine.jpg": b"somebody's own"}
