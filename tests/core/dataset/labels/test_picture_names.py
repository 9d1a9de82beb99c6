import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dataset.labels.image_names import Evidence, PictureNames, is_picture_name, stem

PATHS = ["cat/1.jpg", "cat/2.JPG", "dog/1.jpg", "dog/Rex.png", "x.jpeg", "a/b/c/deep.webp"]


def meant(text: str, paths: list[str] | None = None, folder: str = "pets") -> str:
    found = PictureNames(PATHS if paths is None else paths, folder).find(text)
    return "several" if found.ambiguous else found.path


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("cat/1.jpg", "cat/1.jpg"),
        ("./cat/1.jpg", "cat/1.jpg"),
        ("/cat/1.jpg", "cat/1.jpg"),
        (" cat//1.jpg ", "cat/1.jpg"),
        ("cat\\1.jpg", "cat/1.jpg"),
        ("pets/cat/1.jpg", "cat/1.jpg"),
        (r"C:\Users\Ann\pets\cat\1.jpg", "cat/1.jpg"),
        ("/home/ann/elsewhere/dog/1.jpg", "dog/1.jpg"),
        ("../data/a/b/c/deep.webp", "a/b/c/deep.webp"),
        ("Rex.png", "dog/Rex.png"),
        ("elsewhere/Rex.png", "dog/Rex.png"),
        ("Rex", "dog/Rex.png"),
        ("Rex.jpg", "dog/Rex.png"),
        ("cat/1", "cat/1.jpg"),
        ("dog/1.png", "dog/1.jpg"),
        ("rex", "dog/Rex.png"),
        ("CAT/1.JPG", "cat/1.jpg"),
        ("2.jpg", "cat/2.JPG"),
        ("PETS/X.JPEG", "x.jpeg"),
        ("1.jpg", "several"),
        ("1", "several"),
        ("bird/1.jpg", "several"),
        ("3.jpg", ""),
        ("", ""),
        ("  /./ ", ""),
        ("cat", ""),
        ("/" * 100_000, ""),
    ],
)
def test_what_a_cell_means(text: str, path: str) -> None:
    assert meant(text) == path


def test_unicode_forms_are_one_name() -> None:
    composed, decomposed = (
        unicodedata.normalize(form, "lá bàng/cây.jpg") for form in ("NFC", "NFD")
    )
    assert meant(composed, [decomposed]) == decomposed
    assert meant(decomposed, [composed]) == composed
    assert meant(decomposed, [composed, decomposed]) == decomposed


def test_names_that_are_no_text() -> None:
    assert meant("cat/\udcff.jpg", ["cat/\udcff.jpg"]) == "cat/\udcff.jpg"
    assert meant("cat/\\xff.jpg", ["a/x.jpg"]) == ""


def test_a_backslash_or_a_space_that_is_in_a_name_on_disk() -> None:
    odd = ["a\\b.jpg", " c.jpg"]
    assert [meant(name, odd) for name in odd] == odd


def test_a_file_name_alone_is_no_path_in_another_folder() -> None:
    """Which of the two a row of another folder means, nobody can tell."""
    paths = ["1.jpg", "sub/1.jpg"]
    assert meant("1.jpg", paths) == "1.jpg"
    assert meant("/data/pets/1.jpg", paths) == "1.jpg"
    assert meant("other/1.jpg", paths) == "several"


def test_the_folder_counts_for_more_than_the_suffix() -> None:
    paths = ["cat/1.jpg", "dog/1.png", "1.gif", "bird/2.jpg"]
    assert meant("cat/1.png", paths) == "cat/1.jpg"
    assert meant("1.png", paths) == "dog/1.png"
    assert meant("1", paths) == "1.gif"


def test_ids_with_dots() -> None:
    paths = ["IMG.001.jpg", "IMG.002.jpg", "IMG.jpg"]
    assert meant("IMG.001", paths) == "IMG.001.jpg"
    assert meant("IMG", paths) == "IMG.jpg"


def test_how_sure_it_is() -> None:
    names = PictureNames(PATHS)
    texts = ["dog/Rex.png", "Rex.png", "Rex", "rex"]
    assert [names.find(text).evidence for text in texts] == list(Evidence)


def test_suffixes() -> None:
    assert [stem(name) for name in ("a.jpg", "a.b.TIFF", "a.txt", ".jpg", "jpg")] == [
        *("a", "a.b", "a.txt", ".jpg", "jpg"),
    ]
    assert is_picture_name("x/ảnh 1.HEIC ")
    assert not is_picture_name("cat")


@given(st.lists(st.text("ab/.\\ é", min_size=1, max_size=8), unique=True), st.text(max_size=8))
def test_every_path_is_found_as_it_is(paths: list[str], other: str) -> None:
    names = PictureNames(paths, "a")
    assert [names.find(path).path for path in paths] == paths
    assert names.find(other).path in {"", *paths}
