"""The sample dataset: drawn the same everywhere, written in spite of crashes and other files."""

import errno
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from core.common import files
from core.dataset.sample import files as sample_files
from core.dataset.sample import signs
from core.dataset.summary import scan
from tests.support.pictures import refusal

CLASSES = sample_files.CLASSES
draw = cache(sample_files.draw)  # each image is drawn once in all these tests


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below ``folder``, hidden ones too, by its relative path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(autouse=True)
def drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample_files, "draw", draw)


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sample_files, "draw", draw)
        sample_files.write(folder, per_class=2, threads=1)
    return folder


# -- images -----------------------------------------------------------------------------------


def test_there_are_eight_classes_of_sixty() -> None:
    assert ",".join(CLASSES) == ("turn-left,turn-right,ahead,stop,yield,no-entry,speed-30,speed-60")
    assert sample_files.PICTURES_PER_CLASS == 60
    with pytest.raises(ValueError, match="turn-up"):
        draw("turn-up", 1)


@pytest.mark.parametrize("kind", CLASSES)
def test_an_image_is_rgb_and_depends_on_its_name_and_the_seed_alone(kind: str) -> None:
    first = draw(kind, 1)
    assert (first.shape, first.dtype) == ((256, 256, 3), np.uint8)
    others = [draw(kind, 2), draw(kind, 1, 1), draw(kind, 1, 7)]
    assert all(np.abs(first.astype(int) - other).mean() > 5 for other in others)


@pytest.mark.parametrize("variant", range(signs.VARIANTS))
def test_the_turns_are_mirror_images_and_not_their_own(variant: int) -> None:
    left = signs.sign("turn-left", variant)
    np.testing.assert_array_equal(signs.sign("turn-right", variant), left[:, ::-1])
    assert np.abs(left.astype(int) - left[:, ::-1]).mean() > 10


def test_the_turn_left_arrow_points_left() -> None:
    red = signs.sign("turn-left")[60:-60, 60:-60, 0].astype(float)  # white in blue
    upper = red[: len(red) // 2]
    rows_of_white = (upper > 128).sum(axis=0)
    head, opposite = rows_of_white[: len(red) // 3], rows_of_white[-len(red) // 3 :]
    assert head.max() > opposite.max()
    lower = red[len(red) // 2 :]
    assert np.average(np.arange(lower.shape[1]), weights=lower.mean(axis=0)) > lower.shape[1] / 2


# -- files ------------------------------------------------------------------------------------


def test_the_files_are_jpegs_of_what_was_drawn(written: Path) -> None:
    names = {f"{kind}/{kind}-00{number}.jpg" for kind in CLASSES for number in (1, 2)}
    assert contents(written).keys() == names
    for name, data in contents(written).items():
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        drawn = draw(name.partition("/")[0], int(name[-7:-4]), 0)
        assert np.abs(picture[..., ::-1].astype(int) - drawn).mean() < 6
    summary = scan(written)
    assert sorted(summary.classes) == sorted(CLASSES)
    assert (len(summary.samples), summary.problems) == (16, ())


def test_drawn_again_on_several_threads_the_bytes_are_the_same(
    written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample_files, "draw", draw.__wrapped__)
    steps: list[tuple[int, int]] = []
    sample_files.write(
        tmp_path / "new" / "folder",
        per_class=2,
        threads=4,
        progress=lambda *step: steps.append(step),
    )
    assert contents(tmp_path / "new" / "folder") == contents(written)
    assert steps == [(done, 16) for done in range(17)]


def test_a_stopped_write_is_continued_without_doing_anything_again(
    written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, given_up, begun = threading.Event(), threading.Event(), []

    class Pool(ThreadPoolExecutor):
        def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
            super().shutdown(wait=False, cancel_futures=cancel_futures)
            given_up.set()
            super().shutdown(wait)

    def drawn(*picture: object) -> NDArray[np.uint8]:
        begun.append(picture)
        assert len(begun) < 5 or given_up.wait(60)
        return draw(*picture)

    def stop_at_three(done: int, _total: int) -> None:
        if done == 3:
            stop.set()

    with monkeypatch.context() as patch:
        patch.setattr(sample_files, "ThreadPoolExecutor", Pool)
        patch.setattr(sample_files, "draw", drawn)
        options = {"stop": stop, "progress": stop_at_three, "threads": 1}
        assert refusal(sample_files.write, tmp_path, per_class=2, **options).code == "stopped"
    first = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.jpg")}
    assert 3 <= len(first) <= 5
    sample_files.write(tmp_path, per_class=2)
    assert contents(tmp_path) == contents(written)
    assert {path: path.stat().st_mtime_ns for path in first} == first


def test_what_a_crash_left_half_done_is_repaired(written: Path, tmp_path: Path) -> None:
    sample_files.write(tmp_path, per_class=2)
    cut, empty = tmp_path / "stop/stop-001.jpg", tmp_path / "stop/stop-002.jpg"
    cut.write_bytes(cut.read_bytes()[:3000])
    empty.write_bytes(b"")
    (tmp_path / "yield/yield-001.jpg").write_bytes(bytes(3000))
    (tmp_path / "ahead/ahead-002.jpg").unlink()
    (tmp_path / "ahead/.ahead-002.jpg.k3x9.tmp").write_bytes(b"begun")
    sample_files.write(tmp_path, per_class=2)
    assert contents(tmp_path) == contents(written)


@pytest.mark.parametrize(
    "other",
    ["notes.txt", "cats/cat.jpg", "stop/mine.jpg", "stop/stop-001.jpg", "stop/stop-003.jpg"],
)
def test_a_folder_with_other_things_is_left_alone(tmp_path: Path, other: str) -> None:
    (tmp_path / other).parent.mkdir(exist_ok=True)
    (tmp_path / other).write_bytes(b"somebody's own")
    error = refusal(sample_files.write, tmp_path, per_class=2)
    assert error.code == "sample_folder_taken"
    assert other.split("/")[0] in str(error)
    assert contents(tmp_path) == {other: b"somebody's own"}
    assert [path.name for path in tmp_path.iterdir()] == [other.split("/")[0]]


def test_a_sample_of_another_seed_is_not_mixed_in(tmp_path: Path) -> None:
    sample_files.write(tmp_path, seed=7, per_class=1)
    before = contents(tmp_path)
    error = refusal(sample_files.write, tmp_path, per_class=1)
    assert error.values["name"] == "turn-left/turn-left-001.jpg"
    assert contents(tmp_path) == before


def test_what_the_system_puts_into_folders_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / ".DS_Store").write_bytes(b"-")
    (tmp_path / "stop").mkdir()
    (tmp_path / "stop" / "Thumbs.db").write_bytes(b"-")
    sample_files.write(tmp_path, per_class=1)
    assert len(list(tmp_path.rglob("*.jpg"))) == 8


def test_a_place_that_cannot_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"-")
    for place in (tmp_path / "file", tmp_path / "file" / "sub"):
        error = refusal(sample_files.write, place, per_class=1)
        assert (error.code, error.values["path"]) == ("sample_unwritable", str(place))

    def full(_path: Path, _data: bytes) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(files, "replace", full)
    error = refusal(sample_files.write, tmp_path / "new", per_class=1)
    assert (error.code, error.values["reason"]) == ("sample_unwritable", "no space")


# -- in the user's cache ----------------------------------------------------------------------


def test_the_cached_sample_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample_files, "PICTURES_PER_CLASS", 1)
    monkeypatch.setattr(files, "cache_folder", lambda: tmp_path / "cache")
    folder = sample_files.ensure()
    assert folder.is_relative_to(tmp_path / "cache")
    assert folder.name == "traffic-signs"
    assert sorted(path.name for path in folder.iterdir()) == sorted(CLASSES)
    monkeypatch.setattr(sample_files, "draw", None)  # it cannot be called
    assert sample_files.ensure(tmp_path / "cache") == folder


def test_a_cached_sample_that_was_interrupted_or_lost_an_image_is_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample_files, "PICTURES_PER_CLASS", 1)
    stop = threading.Event()
    stop.set()
    refusal(sample_files.ensure, tmp_path, stop=stop)
    folder = sample_files.ensure(tmp_path)
    whole = contents(folder)
    assert len(whole) == 8
    lost = folder / "ahead" / "ahead-001.jpg"
    for damage in (lost.unlink, lambda: lost.write_bytes(b""), lambda: shutil.rmtree(lost.parent)):
        damage()
        assert contents(sample_files.ensure(tmp_path)) == whole
