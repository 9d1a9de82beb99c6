import io
import json
import random
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.common.messages import ThawError
from core.dataset.duplicates import (
    Fingerprint,
    Group,
    Item,
    Kind,
    Scope,
    find,
    fingerprint,
    fingerprints,
)
from core.dataset.summary import Sample
from core.images.errors import ImageError
from tests.support.trees import TEXT, write

SIDE = 192
Change = Callable[[Image.Image], bytes]


def scene(seed: int, width: int = SIDE, height: int = SIDE) -> Image.Image:
    """A picture with soft shapes and hard edges, another one for each seed."""
    rng = np.random.default_rng([7, seed])
    soft = Image.fromarray(rng.integers(0, 256, (6, 6, 3), dtype=np.uint8))
    picture = soft.resize((width, height), Image.Resampling.BICUBIC)
    for _ in range(4):
        left, top = int(rng.integers(0, width - 50)), int(rng.integers(0, height - 50))
        color = tuple(int(value) for value in rng.integers(0, 256, 3))
        size = (int(rng.integers(20, 50)), int(rng.integers(20, 50)))
        picture.paste(Image.new("RGB", size, color), (left, top))
    return picture


def png(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def jpeg(picture: Image.Image, quality: int = 90, orientation: int = 1) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality, exif=exif)
    return file.getvalue()


def resized(picture: Image.Image, factor: float) -> Image.Image:
    return picture.resize((round(picture.width * factor), round(picture.height * factor)))


def moved(picture: Image.Image, pixels: int) -> Image.Image:
    return picture.crop((pixels, 0, SIDE + pixels, SIDE))


def cropped(picture: Image.Image, share: float) -> Image.Image:
    x, y = round(picture.width * share), round(picture.height * share)
    return picture.crop((x, 0, picture.width, picture.height - y))


def found(files: Mapping[str, bytes]) -> list[tuple[str, str, tuple[str, ...]]]:
    """Kind, scope and paths of each group among ``files`` named split/class/file."""
    prints = {path: fingerprint(data) for path, data in files.items()}
    items = [Item(path, path.split("/")[1], path.split("/")[0]) for path in files]
    return [(group.kind, group.scope, group.paths) for group in find(items, prints)]


COPIES: dict[str, Change] = {
    "half size": lambda picture: jpeg(resized(picture, 0.5)),
    "70 % size": lambda picture: jpeg(resized(picture, 0.7)),
    "twice the size": lambda picture: png(resized(picture, 2)),
    "JPEG quality 30": lambda picture: jpeg(picture, 30),
    "JPEG quality 60": lambda picture: jpeg(picture, 60),
    "PNG": png,
    "half size, JPEG quality 40": lambda picture: jpeg(resized(picture, 0.5), 40),
    "2 % cropped": lambda picture: jpeg(cropped(picture, 0.02)),
    "3 % cropped": lambda picture: jpeg(cropped(picture, 0.03)),
    "stored on its side": lambda picture: jpeg(
        picture.transpose(Image.Transpose.ROTATE_90), orientation=6
    ),
}


def test_a_copy_between_the_splits_is_a_leak() -> None:
    files = {f"train/cat/{seed}.jpg": jpeg(scene(seed)) for seed in range(8)}
    files["validation/cat/copy.jpg"] = files["train/cat/3.jpg"]
    assert found(files) == [
        ("exact", "across-splits", ("train/cat/3.jpg", "validation/cat/copy.jpg"))
    ]


@pytest.mark.parametrize("change", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize("size", [(SIDE, SIDE), (160, 240)])
def test_a_changed_copy_between_the_splits_is_a_leak(change: Change, size: tuple[int, int]) -> None:
    files = {f"train/cat/{seed}.jpg": jpeg(scene(seed, *size)) for seed in range(8)}
    files["validation/cat/copy"] = change(scene(3, *size))
    assert found(files) == [("near", "across-splits", ("train/cat/3.jpg", "validation/cat/copy"))]


def test_different_pictures_are_not_duplicates() -> None:
    assert found({f"train/cat/{seed}.jpg": jpeg(scene(seed)) for seed in range(80)}) == []


def test_a_mirrored_picture_is_another_one() -> None:
    mirrored = scene(1).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    assert found({"train/cat/1.png": png(scene(1)), "train/cat/2.png": png(mirrored)}) == []


def product(color: tuple[int, int, int], mark: tuple[int, int] | None = None) -> bytes:
    """A plain thing on white, as shops show them, perhaps with a dark mark somewhere."""
    picture = Image.new("RGB", (SIDE, SIDE), "white")
    picture.paste(color, (50, 30, 140, 170))
    if mark:
        dark = tuple(value // 2 for value in color)
        picture.paste(dark, (*mark, mark[0] + 18, mark[1] + 18))
    return jpeg(picture)


def test_things_that_look_alike_but_for_colour_or_mark_are_not_duplicates() -> None:
    files = {
        "train/shirt/red": product((190, 60, 50)),
        "train/shirt/blue": product((60, 89, 240)),  # as bright as the red one
        "train/shirt/violet": product((150, 60, 180)),
        "train/shirt/grey": product((98, 98, 98)),  # as bright as the red one
        "train/shirt/marked": product((98, 98, 98), (60, 50)),
        "train/shirt/marked elsewhere": product((98, 98, 98), (100, 120)),
    }
    assert found(files) == []


def test_plain_pictures_are_told_apart_by_their_colour() -> None:
    colors = {"red": (200, 0, 0), "blue": (25, 50, 201), "grey": (60, 60, 60), "white": (255,) * 3}
    plain = {name: Image.new("RGB", (90, 60), color) for name, color in colors.items()}
    files = {f"train/a/{name}": png(picture) for name, picture in plain.items()}
    assert found(files) == []
    copies = {f"train/b/{name}": jpeg(picture, 60) for name, picture in plain.items()}
    assert found(files | copies) == [
        ("near", "across-classes", (f"train/a/{name}", f"train/b/{name}"))
        for name in sorted(colors)
    ]


def test_smooth_pictures_are_found_again() -> None:
    y, x = np.mgrid[:SIDE, :SIDE]
    slant = Image.fromarray(((2 * x + y) / 3 + 20).astype(np.uint8))
    turned = slant.transpose(Image.Transpose.ROTATE_90)
    files = {"train/a/slant": png(slant), "train/a/turned": png(turned)}
    assert found(files) == []
    assert found(files | {"train/a/smaller file": jpeg(slant, 40)}) == [
        ("near", "within", ("train/a/slant", "train/a/smaller file"))
    ]


def test_equal_files_are_one_group() -> None:
    files = {f"train/cat/{name}": png(scene(1)) for name in "abc"}
    files["train/cat/d"] = png(scene(2))
    assert found(files) == [("exact", "within", ("train/cat/a", "train/cat/b", "train/cat/c"))]


def test_one_of_equal_files_stands_for_them_and_shows_the_leak() -> None:
    files = {
        "train/cat/a": png(scene(1)),
        "train/cat/b": jpeg(scene(1), 50),
        "train/cat/c": png(scene(1)),
        "validation/dog/d": png(scene(1)),
    }
    assert found(files) == [
        ("exact", "across-splits", ("train/cat/a", "train/cat/c", "validation/dog/d")),
        ("near", "across-splits", ("validation/dog/d", "train/cat/b")),
    ]


def test_leaks_come_first_then_conflicts() -> None:
    files = {
        "test/cat/within": png(scene(1)),
        "test/cat/within again": png(scene(1)),
        "train/cat/conflict": png(scene(2)),
        "train/dog/conflict": jpeg(scene(2), 50),
        "train/cat/leak": png(scene(3)),
        "validation/cat/leak": png(scene(3)),
        "train/dog/leak and conflict": png(scene(4)),
        "validation/cat/leak and conflict": jpeg(scene(4)),
    }
    assert [scope for _, scope, _ in found(files)] == [
        "across-splits",
        "across-splits",
        "across-classes",
        "within",
    ]


def test_without_splits_and_classes_everything_is_within() -> None:
    prints = {path: fingerprint(png(scene(1))) for path in ("a", "b")}
    groups = find([Item("a", None, None), Item("b", "cat", "train")], prints)
    assert [group.scope for group in groups] == [Scope.WITHIN]


def test_alike_does_not_go_on_from_picture_to_picture() -> None:
    wide = scene(5, SIDE + 40)
    files = {f"train/cat/{pixels:02}": png(moved(wide, pixels)) for pixels in (0, 7, 14)}
    assert [paths for _, _, paths in found(files)] == [
        ("train/cat/00", "train/cat/07"),
        ("train/cat/07", "train/cat/14"),
    ]


def test_the_order_of_the_items_does_not_matter() -> None:
    prints = {
        f"{seed}.{copy}": fingerprint(jpeg(scene(seed), 50 + 10 * copy))
        for seed in range(6)
        for copy in range(3)
    }
    prints |= {f"{seed}.equal": prints[f"{seed}.1"] for seed in range(3)}
    items = [Item(path, path[0], "train" if "1" in path else "test") for path in prints]
    groups = find(items, prints)
    assert len(groups) == 3 + 6
    for seed in range(5):
        random.Random(seed).shuffle(items)
        assert find(items, prints) == groups


def test_what_has_no_fingerprint_is_left_out() -> None:
    one = fingerprint(png(scene(1)))
    items = [Item(path, "cat", "train") for path in "abc"]
    groups = find(items, {"a": one, "c": one})
    assert groups == (Group(("a", "c"), Kind.EXACT, Scope.WITHIN),)
    assert find([], {}) == ()


def test_a_group_is_plain_json() -> None:
    (group,) = find(
        [Item("a", "cat", "train"), Item("b", "cat", "test")],
        dict.fromkeys("ab", fingerprint(png(scene(1)))),
    )
    plain = {"paths": group.paths, "kind": group.kind, "scope": group.scope}
    assert json.loads(json.dumps(plain)) == {
        "paths": ["a", "b"],
        "kind": "exact",
        "scope": "across-splits",
    }


def samples(*paths: str) -> list[Sample]:
    return [Sample(path, 0) for path in paths]


def test_unreadable_files_are_skipped_and_told(tmp_path: Path) -> None:
    good = png(scene(1))
    write(tmp_path, {"cat/a.png": good, "cat/b.jpg": TEXT, "cat/c.png": good[:100]})
    errors: dict[str, ImageError] = {}
    steps: list[tuple[int, int]] = []
    prints = fingerprints(
        tmp_path,
        samples("cat/a.png", "cat/b.jpg", "cat/c.png", "cat/gone.png"),
        errors=errors,
        progress=lambda done, total: steps.append((done, total)),
    )
    assert prints == {"cat/a.png": fingerprint(good)}
    assert {path: error.code for path, error in errors.items()} == {
        "cat/b.jpg": "not_an_image",
        "cat/c.png": "truncated_image",
        "cat/gone.png": "file_missing",
    }
    assert steps == [(0, 4), (4, 4)]


def test_known_fingerprints_are_not_computed_again(tmp_path: Path) -> None:
    write(tmp_path, {"cat/new.png": png(scene(1))})
    known = {name: Fingerprint("0" * 32, b"", False) for name in ("cat/old.png", "cat/other.png")}
    prints = fingerprints(tmp_path, samples("cat/old.png", "cat/new.png"), known=known)
    assert prints == {
        "cat/old.png": known["cat/old.png"],
        "cat/new.png": fingerprint(png(scene(1))),
    }


def test_both_steps_can_be_stopped(tmp_path: Path) -> None:
    names = [f"cat/{number}.png" for number in range(200)]
    write(tmp_path, names)
    stop = threading.Event()
    seen: list[int] = []

    def progress(done: int, total: int) -> None:
        seen.append(done)
        if done:
            stop.set()

    with pytest.raises(ThawError) as caught:
        fingerprints(tmp_path, samples(*names), stop=stop, progress=progress)
    assert caught.value.code == "stopped"
    assert 0 < seen[-1] < 200
    prints = {name: fingerprint(png(scene(1))) for name in names[:2]}
    with pytest.raises(ThawError) as caught:
        find([Item(name, "cat", "train") for name in prints], prints, stop=stop)
    assert caught.value.code == "stopped"


@pytest.mark.parametrize(
    ("picture", "gray"),
    [
        (scene(1), False),
        (scene(1).convert("L"), True),
        (scene(1).convert("L").convert("RGB"), True),
        (Image.new("RGB", (60, 40), (90, 90, 90)), True),
        (Image.new("RGB", (60, 40), (110, 90, 70)), False),
    ],
)
def test_a_picture_without_colours_is_gray(picture: Image.Image, gray: bool) -> None:
    assert fingerprint(jpeg(picture, 75)).gray is gray


def test_transparency_is_seen_over_the_background() -> None:
    glyph = Image.new("RGBA", (80, 80), (255, 255, 255, 0))
    glyph.paste((255, 255, 255, 255), (20, 20, 50, 60))
    blank = Image.new("RGBA", (80, 80), (255, 255, 255, 0))
    items = [Item("glyph", "a", "train"), Item("blank", "b", "train")]
    for background, groups in (((255, 255, 255), 1), ((0, 0, 0), 0)):
        prints = {
            "glyph": fingerprint(png(glyph), background=background),
            "blank": fingerprint(png(blank), background=background),
        }
        assert len(find(items, prints)) == groups
