import os
import threading
import unicodedata
from pathlib import Path

import pytest

from core.common.messages import InputError, ThawError
from core.dataset import summary as dataset_summary
from core.dataset.folder import list_folder, natural
from core.dataset.summary import DatasetSummary, scan
from tests.support.trees import PICTURE, TEXT, class_files, write

ODD_NAME = "it's\na dog" if os.name == "posix" else "it's a dog"


def per_class(summary: DatasetSummary) -> dict[str, int]:
    labels = [sample.label for sample in summary.samples]
    return {name: labels.count(label) for label, name in enumerate(summary.classes)}


def splits_of(summary: DatasetSummary) -> dict[str, int]:
    names = [sample.split for sample in summary.samples]
    return {name: names.count(name) for name in sorted(set(names))}


def link(at: Path, target: Path) -> None:
    try:
        at.symlink_to(target, target_is_directory=target.is_dir())
    except OSError:
        pytest.skip("this system makes no symbolic links")


def test_one_subfolder_per_class(tmp_path: Path) -> None:
    summary = scan(write(tmp_path, class_files("dog", "cat")))
    assert summary.layout == "classes"
    assert per_class(summary) == {"cat": 3, "dog": 3}
    assert splits_of(summary) == {"train": 6}
    assert [sample.path for sample in summary.samples][:2] == ["cat/0.png", "cat/1.png"]


def test_classes_are_sorted_as_people_count(tmp_path: Path) -> None:
    summary = scan(write(tmp_path, class_files("Class 10", "class 9", "Ähre", "apfel", "2")))
    assert summary.classes == ("2", "apfel", "class 9", "Class 10", "Ähre")
    assert sorted(["b", "B", "a"], key=natural) == ["a", "B", "b"]
    assert sorted(["1" + "0" * 5000, "2"], key=natural)[0] == "2"


@pytest.mark.parametrize(
    ("train", "validation", "test"),
    [("train", "validation", "test"), ("Training", "VAL", "Test"), ("TRAIN", "valid", "test")],
)
def test_split_folders_are_recognised(
    tmp_path: Path, train: str, validation: str, test: str
) -> None:
    files = class_files(f"{train}/cat", f"{train}/dog", f"{validation}/cat", f"{test}/dog")
    summary = scan(write(tmp_path, files))
    assert summary.layout == "splits"
    assert summary.classes == ("cat", "dog")
    assert splits_of(summary) == {"test": 3, "train": 6, "validation": 3}


@pytest.mark.parametrize("given", [("train",), ("train", "val"), ("train", "test")])
def test_any_of_the_split_folders_beside_train_will_do(
    tmp_path: Path, given: tuple[str, ...]
) -> None:
    files = class_files(*(f"{part}/{name}" for part in given for name in ("cat", "dog")))
    summary = scan(write(tmp_path, files))
    assert summary.layout == "splits"
    assert per_class(summary) == {"cat": 3 * len(given), "dog": 3 * len(given)}


def test_unsorted_test_pictures_make_no_class(tmp_path: Path) -> None:
    files = [*class_files("train/cat", "train/dog"), "test/1.png", "test/2.png"]
    summary = scan(write(tmp_path, files))
    assert summary.layout == "splits"
    assert splits_of(summary) == {"train": 6}
    assert (summary.found, summary.ignored) == (8, 2)


def test_a_class_may_be_called_train(tmp_path: Path) -> None:
    summary = scan(write(tmp_path, class_files("train", "bus", "train/steam")))
    assert summary.layout == "classes"
    assert per_class(summary) == {"bus": 3, "train": 6}


def test_split_folders_without_class_folders_hold_no_classes(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        scan(write(tmp_path, class_files("train", "validation")))
    assert caught.value.code == "no_classes_flat"
    assert caught.value.values["example"] == "train/cat"


def test_validation_and_test_alone_are_splits_too(tmp_path: Path) -> None:
    files = class_files("val/cat", "val/dog", "test/cat", "test/dog")
    assert splits_of(scan(write(tmp_path, files))) == {"test": 6, "validation": 6}


def test_loose_pictures_are_ignored_and_counted(tmp_path: Path) -> None:
    files = class_files("train/cat", "train/dog", "val/cat", "val/dog", "other/inner")
    summary = scan(write(tmp_path, [*files, "loose.png", "train/loose.png"]))
    assert summary.classes == ("cat", "dog")
    assert (len(summary.samples), summary.ignored, summary.found) == (12, 5, 17)


def test_hidden_and_foreign_files(tmp_path: Path) -> None:
    write(tmp_path, class_files("cat", "dog"))
    for hidden in (".ipynb_checkpoints", ".git", "__MACOSX", "cat/.ipynb_checkpoints"):
        write(tmp_path, class_files(hidden))
    foreign = ["README.md", "cat/Thumbs.db", "cat/desktop.ini", "dog/._0.png", "dog/.hidden.jpg"]
    write(tmp_path, dict.fromkeys(foreign, TEXT))
    summary = scan(tmp_path)
    assert per_class(summary) == {"cat": 3, "dog": 3}
    assert (summary.ignored, summary.found, summary.problems) == (5, 11, ())


def test_nested_pictures_belong_to_the_first_level(tmp_path: Path) -> None:
    files = class_files("cat", "cat/old/older", "cat/new", "dog")
    (tmp_path / "dog" / "empty").mkdir(parents=True)
    summary = scan(write(tmp_path, files))
    assert per_class(summary) == {"cat": 9, "dog": 3}
    assert [(one.path, one.code) for one in summary.warnings] == [("cat", "nested_folder")]
    assert summary.warnings[0].message == "cat holds subfolders: their pictures belong to cat"


def test_links_are_followed_once_and_loops_are_not(tmp_path: Path) -> None:
    outside = write(tmp_path / "store", class_files("birds", count=5))
    root = write(tmp_path / "data", class_files("cat", "dog"))
    link(root / "bird", outside / "birds")
    link(root / "a second way to dog", root / "dog")
    link(root / "cat" / "round", root)
    link(root / "cat" / "up", tmp_path)
    link(root / "cat" / "itself", root / "cat" / "itself")
    summary = scan(root)
    assert per_class(summary) == {"bird": 5, "cat": 3, "dog": 3}
    assert summary.found == len(summary.samples) + summary.ignored == 12


def test_a_linked_picture_counts_and_a_broken_link_is_told(tmp_path: Path) -> None:
    root = write(tmp_path, class_files("cat", "dog"))
    link(root / "cat" / "again.png", root / "dog" / "0.png")
    link(root / "cat" / "broken.png", root / "gone.png")
    summary = scan(root)
    assert per_class(summary) == {"cat": 4, "dog": 3}
    assert [(one.path, one.code) for one in summary.problems] == [
        ("cat/broken.png", "file_missing")
    ]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_that_would_block_is_not_opened(tmp_path: Path) -> None:
    root = write(tmp_path, class_files("cat", "dog"))
    os.mkfifo(root / "cat" / "pipe.jpg")
    summary = scan(root)
    assert (len(summary.samples), summary.ignored) == (6, 1)


def test_one_class_however_its_accents_are_written(tmp_path: Path) -> None:
    composed = "Lá bàng 🍁"
    decomposed = unicodedata.normalize("NFD", composed)
    files = class_files(f"train/{composed}", f"train/{ODD_NAME}", f"val/{decomposed}")
    summary = scan(write(tmp_path, [*files, f"train/{decomposed}/ảnh của tôi.png"]))
    assert summary.classes == (ODD_NAME, composed)
    assert per_class(summary) == {ODD_NAME: 3, composed: 7}
    for sample in summary.samples:
        assert (summary.folder / sample.path).read_bytes() == PICTURE
        assert unicodedata.is_normalized("NFC", sample.key)


def test_a_name_in_another_encoding(tmp_path: Path) -> None:
    root = write(tmp_path, class_files("cat", "dog"))
    odd = os.fsdecode(b"caf\xe9")
    try:
        write(root, class_files(odd))
        write(root, {f"dog/{odd}.jpg": TEXT})
    except OSError:
        pytest.skip("this file system wants UTF-8")
    summary = scan(root)
    assert len(summary.samples) == 9
    for text in (*summary.classes, *(sample.key for sample in summary.samples)):
        text.encode("utf-8")
    assert (summary.folder / summary.samples[0].path).exists()
    problem = summary.problems[0]
    assert (root / problem.path).exists()


def test_a_folder_that_cannot_be_listed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write(tmp_path, class_files("cat", "dog", "secret", "cat/locked"))
    listed = os.scandir

    def denying(path: str) -> object:
        if path.endswith(("secret", "locked")):
            raise PermissionError(13, "Permission denied")
        return listed(path)

    monkeypatch.setattr("os.scandir", denying)
    summary = scan(root)
    assert per_class(summary) == {"cat": 3, "dog": 3}
    codes = {(one.path, one.code.value) for one in summary.warnings}
    assert codes == {
        ("secret", "folder_unreadable"),
        ("cat/locked", "folder_unreadable"),
        ("secret", "empty_class"),
    }
    assert "The folder secret cannot be read: Permission denied" in {
        one.message for one in summary.warnings
    }

    monkeypatch.setattr("os.scandir", lambda path: denying("secret"))
    with pytest.raises(InputError) as caught:
        scan(root)
    assert caught.value.code == "folder_unreadable"


def test_no_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "gone", write(tmp_path, ["file.png"]) / "file.png"):
        with pytest.raises(InputError) as caught:
            scan(path)
        assert caught.value.code == "folder_missing"


def test_stop_ends_the_walk(tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(ThawError) as caught:
        list_folder(write(tmp_path, class_files("cat", "dog")), stop)
    assert caught.value.code == "stopped"


def test_the_folder_keeps_the_name_it_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "My pictures", class_files("cat", "dog"))
    monkeypatch.chdir(tmp_path / "My pictures" / "cat")
    summary = dataset_summary.scan(Path(".."))
    assert summary.name == "My pictures"
    assert summary.folder.is_absolute()
