import errno
import hashlib
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.common import files
from core.common.messages import InputError, ThawError
from core.dataset.sample import files as sample_files
from core.dataset.sample import signs as sample_signs
from core.dataset.summary import scan


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below ``folder``, hidden ones too, by its relative path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    sample_files.write(folder, per_class=2)
    return folder


def test_there_are_eight_classes_of_sixty() -> None:
    assert sample_files.CLASSES == (
        "turn-left",
        "turn-right",
        "ahead",
        "stop",
        "yield",
        "no-entry",
        "speed-30",
        "speed-60",
    )
    assert sample_files.PICTURES_PER_CLASS == 60


@pytest.mark.parametrize("kind", sample_files.CLASSES)
def test_a_picture_is_rgb_and_depends_on_its_name_and_the_seed_alone(kind: str) -> None:
    first = sample_files.draw(kind, 1)
    assert first.shape == (256, 256, 3)
    assert first.dtype == np.uint8
    others = [sample_files.draw(kind, 2), sample_files.draw(kind, 1, seed=1)]
    assert all(np.abs(first.astype(int) - other).mean() > 5 for other in others)
    np.testing.assert_array_equal(sample_files.draw(kind, 1), first)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="turn-up"):
        sample_files.draw("turn-up", 1)


@pytest.mark.parametrize("variant", range(sample_signs.VARIANTS))
def test_the_turns_are_mirror_images_and_not_their_own(variant: int) -> None:
    left = sample_signs.sign("turn-left", variant)
    np.testing.assert_array_equal(sample_signs.sign("turn-right", variant), left[:, ::-1])
    assert np.abs(left.astype(int) - left[:, ::-1]).mean() > 10


def test_the_turn_left_arrow_points_left() -> None:
    red = sample_signs.sign("turn-left")[60:-60, 60:-60, 0].astype(float)  # white in blue
    upper = red[: len(red) // 2]
    rows_of_white = (upper > 128).sum(axis=0)
    head, opposite = rows_of_white[: len(red) // 3], rows_of_white[-len(red) // 3 :]
    assert head.max() > opposite.max()
    lower = red[len(red) // 2 :]
    assert np.average(np.arange(lower.shape[1]), weights=lower.mean(axis=0)) > lower.shape[1] / 2


def test_no_two_signs_look_the_same() -> None:
    signs = [sample_signs.sign(kind).astype(int) for kind in sample_files.CLASSES]
    for number, one in enumerate(signs):
        assert all(np.abs(one - other).mean() > 3 for other in signs[number + 1 :])


def test_the_scan_finds_the_classes_and_nothing_wrong(written: Path) -> None:
    summary = scan(written)
    assert sorted(summary.classes) == sorted(sample_files.CLASSES)
    assert len(summary.samples) == 16
    assert not summary.problems


def test_the_files_are_jpegs_named_after_their_class(written: Path) -> None:
    names = {f"{kind}/{kind}-00{number}.jpg" for kind in sample_files.CLASSES for number in (1, 2)}
    assert contents(written).keys() == names
    for data in contents(written).values():
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        assert picture.shape == (256, 256, 3)


def test_a_file_shows_what_was_drawn(written: Path) -> None:
    data = contents(written)["no-entry/no-entry-002.jpg"]
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    difference = np.abs(picture[..., ::-1].astype(int) - sample_files.draw("no-entry", 2))
    assert difference.mean() < 6


@pytest.mark.parametrize("threads", [1, 4])
def test_the_bytes_do_not_depend_on_the_number_of_threads(
    written: Path, tmp_path: Path, threads: int
) -> None:
    sample_files.write(tmp_path / "new" / "folder", per_class=2, threads=threads)
    assert contents(tmp_path / "new" / "folder") == contents(written)


def test_another_seed_gives_other_pictures(written: Path, tmp_path: Path) -> None:
    sample_files.write(tmp_path, seed=7, per_class=1)
    digests = {hashlib.sha256(data).digest() for data in contents(tmp_path).values()}
    assert len(digests) == 8
    assert not digests & {hashlib.sha256(data).digest() for data in contents(written).values()}


def test_progress_goes_up_to_all_pictures(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    sample_files.write(tmp_path, per_class=1, progress=lambda *step: seen.append(step))
    assert seen == [(done, 8) for done in range(9)]


def test_a_stopped_write_is_continued_without_doing_anything_again(
    written: Path, tmp_path: Path
) -> None:
    stop = threading.Event()

    def stop_at_three(done: int, _total: int) -> None:
        if done == 3:
            stop.set()

    with pytest.raises(ThawError) as caught:
        sample_files.write(tmp_path, per_class=2, stop=stop, progress=stop_at_three, threads=1)
    assert caught.value.code == "stopped"
    first = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.jpg")}
    assert 3 <= len(first) < 16
    sample_files.write(tmp_path, per_class=2)
    assert contents(tmp_path) == contents(written)
    assert {path: path.stat().st_mtime_ns for path in first} == first


def test_what_a_crash_left_half_done_is_repaired(written: Path, tmp_path: Path) -> None:
    sample_files.write(tmp_path, per_class=2)
    cut, empty, zeros = (tmp_path / "stop/stop-001.jpg", tmp_path / "stop/stop-002.jpg",
                         tmp_path / "yield/yield-001.jpg")  # fmt: skip
    cut.write_bytes(cut.read_bytes()[:3000])
    empty.write_bytes(b"")
    zeros.write_bytes(bytes(3000))
    (tmp_path / "ahead/ahead-002.jpg").unlink()
    (tmp_path / "ahead/.ahead-002.jpg.k3x9.tmp").write_bytes(b"begun")
    sample_files.write(tmp_path, per_class=2)
    assert contents(tmp_path) == contents(written)


@pytest.mark.parametrize(
    "other",
    ["notes.txt", "cats/cat.jpg", "stop/mine.jpg", "stop/stop-001.jpg", "stop/stop-003.jpg"],
)
def test_a_folder_that_holds_other_things_is_refused_and_left_alone(
    tmp_path: Path, other: str
) -> None:
    (tmp_path / other).parent.mkdir(exist_ok=True)
    (tmp_path / other).write_bytes(b"somebody's own")
    with pytest.raises(InputError) as caught:
        sample_files.write(tmp_path, per_class=2)
    assert caught.value.code == "sample_folder_taken"
    assert other.split("/")[0] in str(caught.value)
    assert contents(tmp_path) == {other: b"somebody's own"}
    assert [path.name for path in tmp_path.iterdir()] == [other.split("/")[0]]


def test_a_sample_of_another_seed_is_not_mixed_in(tmp_path: Path) -> None:
    sample_files.write(tmp_path, per_class=1)
    before = contents(tmp_path)
    with pytest.raises(InputError, match=r"turn-left-001\.jpg"):
        sample_files.write(tmp_path, seed=1, per_class=1)
    assert contents(tmp_path) == before


def test_what_the_system_puts_into_folders_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / ".DS_Store").write_bytes(b"-")
    (tmp_path / "stop").mkdir()
    (tmp_path / "stop" / "Thumbs.db").write_bytes(b"-")
    sample_files.write(tmp_path, per_class=1)
    assert len(list(tmp_path.rglob("*.jpg"))) == 8


@pytest.mark.parametrize("below", ["", "sub"])
def test_a_place_that_is_no_folder_is_a_clear_error(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_bytes(b"-")
    with pytest.raises(InputError) as caught:
        sample_files.write(tmp_path / "file" / below, per_class=1)
    assert caught.value.code == "sample_unwritable"
    assert str(tmp_path / "file") in str(caught.value)


def test_a_full_disk_is_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_path: Path, _data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files, "replace", full)
    with pytest.raises(InputError, match="No space left on device"):
        sample_files.write(tmp_path, per_class=1)


@pytest.fixture
def one_per_class(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample_files, "PICTURES_PER_CLASS", 1)


@pytest.mark.usefixtures("one_per_class")
def test_the_cached_sample_is_made_once_and_holds_only_class_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = sample_files.ensure(tmp_path)
    assert folder.name == "traffic-signs"
    assert sorted(path.name for path in folder.iterdir()) == sorted(sample_files.CLASSES)

    def refuse(*_arguments: object) -> None:
        raise AssertionError("drawn again")

    monkeypatch.setattr(sample_files, "draw", refuse)
    assert sample_files.ensure(tmp_path) == folder


@pytest.mark.usefixtures("one_per_class")
def test_the_cached_sample_is_kept_in_the_users_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "cache_folder", lambda: tmp_path / "cache")
    assert sample_files.ensure().is_relative_to(tmp_path / "cache")


@pytest.mark.usefixtures("one_per_class")
@pytest.mark.parametrize("damage", ["deleted", "emptied", "class deleted"])
def test_a_cached_sample_that_lost_a_picture_is_mended(tmp_path: Path, damage: str) -> None:
    folder = sample_files.ensure(tmp_path)
    whole = contents(folder)
    victim = folder / "ahead" / "ahead-001.jpg"
    if damage == "emptied":
        victim.write_bytes(b"")
    else:
        victim.unlink()
    if damage == "class deleted":
        victim.parent.rmdir()
    assert contents(sample_files.ensure(tmp_path)) == whole


@pytest.mark.usefixtures("one_per_class")
def test_an_interrupted_first_use_is_finished_the_next_time(tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(ThawError):
        sample_files.ensure(tmp_path, stop=stop)
    assert len(contents(sample_files.ensure(tmp_path))) == 8
