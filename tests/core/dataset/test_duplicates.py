"""Equal files and look-alikes: which images are one, what that does, and what is kept of it."""

import json
import random
import threading
from collections import Counter
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from core.dataset import duplicates
from core.dataset.duplicates import (
    INPUT_SIDE,
    Descriptions,
    Group,
    Kind,
    Scope,
    find,
    fingerprint,
    perceptual_hash,
    stars,
)
from core.dataset.folder import SPLIT_FOLDERS
from core.dataset.scan_cache import Fingerprint
from core.dataset.summary import Sample, scan
from tests.support.pictures import TEXT, draw, draw_folder, refusal, saved, write

SIDE = 192


def scene(seed: int, width: int = SIDE, height: int = SIDE) -> Image.Image:
    """An image with soft shapes and hard edges, another one for each seed."""
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
    return saved(picture, "PNG")


def jpeg(picture: Image.Image, quality: int = 90) -> bytes:
    return saved(picture, "JPEG", quality=quality)


def samples(*paths: str) -> list[Sample]:
    return [Sample(path, 0) for path in paths]


def found(files: Mapping[str, bytes]) -> list[tuple[str, str, tuple[str, ...]]]:
    """Kind, scope and paths of each group among ``files`` named split/class/file."""
    prints = {path: fingerprint(data) for path, data in files.items()}
    parts = [path.split("/") for path in files]
    names = [name for _, name, _ in parts]
    items = [
        Sample(path, names.index(name), SPLIT_FOLDERS[split])
        for path, (split, name, _) in zip(files, parts, strict=True)
    ]
    return [(group.kind, group.scope, group.paths) for group in find(items, prints)]


# -- photographs ------------------------------------------------------------------------------

# Photographs of clothes (CC0), each beside a changed copy of itself, or beside what is another
# image: changed too much, or a photograph of a similar thing, as alike as two of a thousand get.
PAIRS = Path(__file__).parent / "look_alikes"


def test_of_thirty_pairs_of_photographs_those_that_are_the_same_are_found() -> None:
    names = sorted(path.relative_to(PAIRS).as_posix() for path in PAIRS.glob("*/*.*"))
    assert Counter(name.partition("/")[0] for name in names) == {"same": 36, "different": 24}
    prints = {name: fingerprint((PAIRS / name).read_bytes()) for name in names}
    groups = find(samples(*names), prints)
    same = [name for name in names if name.startswith("same/")]
    pairs = zip(same[::2], same[1::2], strict=True)
    assert groups == tuple(Group(pair, Kind.NEAR, Scope.WITHIN) for pair in pairs)


# -- what is one image ------------------------------------------------------------------------


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


def test_plain_images_are_told_apart_by_their_colour() -> None:
    colors = {"red": (200, 0, 0), "blue": (25, 50, 201), "grey": (60, 60, 60), "white": (255,) * 3}
    plain = {name: Image.new("RGB", (90, 60), color) for name, color in colors.items()}
    files = {f"train/a/{name}": png(picture) for name, picture in plain.items()}
    assert found(files) == []
    copies = {f"train/b/{name}": jpeg(picture, 60) for name, picture in plain.items()}
    assert found(files | copies) == [
        ("near", "across-classes", (f"train/a/{name}", f"train/b/{name}"))
        for name in sorted(colors)
    ]


def test_smooth_images_are_found_again() -> None:
    y, x = np.mgrid[:SIDE, :SIDE]
    slant = Image.fromarray(((2 * x + y) / 3 + 20).astype(np.uint8))
    turned = slant.transpose(Image.Transpose.ROTATE_90)
    files = {"train/a/slant": png(slant), "train/a/turned": png(turned)}
    assert found(files) == []
    assert found(files | {"train/a/smaller file": jpeg(slant, 40)}) == [
        ("near", "within", ("train/a/slant", "train/a/smaller file"))
    ]


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
def test_an_image_without_colours_is_gray(picture: Image.Image, gray: bool) -> None:
    assert fingerprint(jpeg(picture, 75)).gray is gray


def test_transparency_is_seen_over_white() -> None:
    files = {}
    for name, color in (("blank", "white"), ("light", "white"), ("dark", "black")):
        glyph = Image.new("RGBA", (80, 80), (255, 255, 255, 0))
        if name != "blank":
            glyph.paste(color, (20, 20, 50, 60))
        files[f"train/{name}/a"] = png(glyph)
    assert found(files) == [("near", "across-classes", ("train/blank/a", "train/light/a"))]


# -- groups -----------------------------------------------------------------------------------


def test_one_of_equal_files_stands_for_them_and_shows_the_leak() -> None:
    files = {
        "train/cat/a": png(scene(1)),
        "train/cat/b": jpeg(scene(1), 50),
        "train/cat/c": png(scene(1)),
        "train/cat/other": png(scene(2)),
        "validation/dog/d": png(scene(1)),
    }
    assert found(files) == [
        ("exact", "across-splits", ("train/cat/a", "train/cat/c", "validation/dog/d")),
        ("near", "across-splits", ("validation/dog/d", "train/cat/b")),
    ]
    del files["validation/dog/d"]  # then the first stands for them
    assert found(files) == [
        ("near", "within", ("train/cat/a", "train/cat/b")),
        ("exact", "within", ("train/cat/a", "train/cat/c")),
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
    scopes = [scope for _, scope, _ in found(files)]
    assert scopes == ["across-splits", "across-splits", "across-classes", "within"]


def test_what_has_no_fingerprint_is_in_no_conflict() -> None:
    one = fingerprint(png(scene(1)))
    groups = find([Sample("b", 1), *samples("a", "c")], {"a": one, "c": one})
    assert groups == (Group(("a", "c"), Kind.EXACT, Scope.WITHIN),)
    plain = {"paths": groups[0].paths, "kind": groups[0].kind, "scope": groups[0].scope}
    assert json.dumps(plain) == '{"paths": ["a", "c"], "kind": "exact", "scope": "within"}'
    assert find([], {}) == ()


def test_alike_does_not_go_on_from_image_to_image() -> None:
    wide = scene(5, SIDE + 40)
    files = {
        f"train/cat/{pixels:02}": png(wide.crop((pixels, 0, SIDE + pixels, SIDE)))
        for pixels in (0, 7, 14)
    }
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
    items = [Sample(path, int(path[0]), "train" if "1" in path else "test") for path in prints]
    groups = find(items, prints)
    assert len(groups) == 3 + 6
    for seed in range(5):
        random.Random(seed).shuffle(items)
        assert find(items, prints) == groups


# -- the search -------------------------------------------------------------------------------

MARGIN = 6  # of a base image, for moved copies


def base(seed: int) -> np.ndarray:
    coarse = np.random.default_rng([11, seed]).integers(0, 256, (5, 5, 3), dtype=np.uint8)
    side = INPUT_SIDE + MARGIN
    return np.asarray(Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC))


BLANK = np.full((INPUT_SIDE + MARGIN, INPUT_SIDE + MARGIN, 3), 230)
BASES = [*(base(seed) for seed in range(3)), BLANK]


def copy(number: int, right: int, noise: int) -> bytes:
    picture = BASES[number][:INPUT_SIDE, right : right + INPUT_SIDE]
    grain = np.random.default_rng([13, noise]).normal(0, 1, picture.shape)
    return perceptual_hash(np.clip(picture + grain, 0, 255).astype(np.uint8))


def brute_force(descriptions: list[bytes]) -> list[tuple[int, ...]]:
    """The groups as documented, by a look at each pair."""
    pairs = np.array(list(combinations(range(len(descriptions)), 2)), np.intp).reshape(-1, 2)
    good = Descriptions(descriptions).same(pairs[:, 0], pairs[:, 1])
    same = {tuple(pair) for pair in pairs[good].tolist()}
    groups: list[tuple[int, ...]] = []
    for first in range(len(descriptions)):
        members = [
            second
            for second in range(first + 1, len(descriptions))
            if (first, second) in same and not any({first, second} <= {*one} for one in groups)
        ]
        if members:
            groups.append((first, *members))
    return groups


copies = st.tuples(st.integers(0, len(BASES) - 1), st.integers(0, MARGIN), st.integers(0, 9))


@settings(max_examples=40)
@given(st.lists(copies.map(lambda one: copy(*one)), max_size=24), st.integers(1, 5))
@example([copy(0, 4, 7), copy(0, 6, 1), copy(0, 6, 6), copy(0, 5, 6)], 4)  # the last in two groups
def test_the_search_misses_none(descriptions: list[bytes], some: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duplicates, "_SOME", some)
        assert stars(descriptions) == brute_force(descriptions)


def test_the_drawn_copies_are_and_are_not_alike() -> None:
    moves = [copy(0, right, right) for right in range(MARGIN + 1)]
    groups = stars(moves)
    assert len(groups) > 1
    assert all(len(group) < len(moves) for group in groups)
    assert stars([copy(number, 0, 0) for number in range(len(BASES))]) == []
    table = Descriptions(moves)
    first, second = np.array(list(combinations(range(MARGIN + 1), 2)), np.intp).T
    np.testing.assert_array_equal(table.same(first, second), table.same(second, first))


def test_a_crowd_of_blank_images_is_one_group() -> None:
    grains = [copy(len(BASES) - 1, 0, noise) for noise in range(50)]
    assert stars(grains * 12) == [tuple(range(600))]


# -- files, stopping and keeping --------------------------------------------------------------


def test_unreadable_files_are_skipped(tmp_path: Path) -> None:
    good = png(scene(1))
    write(tmp_path, {"cat/a.png": good, "cat/b.jpg": TEXT, "cat/c.png": good[:100]})
    steps: list[tuple[int, int]] = []
    prints = duplicates.fingerprints(
        tmp_path,
        samples("cat/a.png", "cat/b.jpg", "cat/c.png", "cat/gone.png"),
        progress=lambda done, total: steps.append((done, total)),
    )
    assert prints == {"cat/a.png": fingerprint(good)}
    assert steps == [(0, 4), (4, 4)]


def test_each_step_can_be_stopped(tmp_path: Path) -> None:
    names = [f"cat/{number}.png" for number in range(200)]
    write(tmp_path, names)
    stop = threading.Event()
    seen: list[int] = []

    def progress(done: int, total: int) -> None:
        seen.append(done)
        if done:
            stop.set()

    stopped = refusal(
        duplicates.fingerprints, tmp_path, samples(*names), stop=stop, progress=progress
    )
    assert stopped.code == "stopped"
    assert 0 < seen[-1] < 200
    prints = {name: fingerprint(png(scene(1))) for name in names[:2]}
    assert refusal(find, samples(*prints), prints, stop=stop).code == "stopped"


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The content of each file of which a fingerprint was computed."""
    contents: list[bytes] = []
    compute = duplicates.fingerprint

    def fingerprint(data: bytes, max_megapixels: float) -> Fingerprint:
        contents.append(data)
        return compute(data, max_megapixels)

    monkeypatch.setattr(duplicates, "fingerprint", fingerprint)
    return contents


def test_only_what_is_new_or_changed_is_computed(tmp_path: Path, computed: list[bytes]) -> None:
    folder = draw_folder(tmp_path / "pictures", 2, 5)
    first = duplicates.fingerprints(folder, scan(folder).samples)
    assert len(computed) == len(first) == 10
    assert duplicates.fingerprints(folder, scan(folder).samples) == first
    assert len(computed) == 10
    draw(folder / "red" / "000.png", (0, 0, 0), 99)
    draw(folder / "red" / "new.png", (0, 0, 0), 98)
    second = duplicates.fingerprints(folder, scan(folder).samples)
    assert len(computed) == 12
    assert {path for path in first if first[path] != second[path]} == {"red/000.png"}


def test_stopped_half_way_it_goes_on_from_there(
    tmp_path: Path, computed: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = draw_folder(tmp_path / "pictures", 2, 5)
    monkeypatch.setattr(duplicates, "_BATCH", 4)
    stop, seen = threading.Event(), []
    files = scan(folder).samples

    def progress(done: int, total: int) -> None:
        seen.append((done, total))
        if done == 8:
            stop.set()

    refusal(duplicates.fingerprints, folder, files, stop=stop, progress=progress)
    before = len(computed)
    assert 8 <= before < 10
    duplicates.fingerprints(folder, files)
    assert len(computed) <= 12
    assert seen == sorted(seen)
    assert seen[-1] == (8, 10)
