"""What was computed of a picture is kept until its file changes."""

import threading
from pathlib import Path

import pytest

from core.common.messages import ThawError
from core.dataset import duplicates
from core.dataset.summary import scan
from tests.support.pictures import PictureFolder, draw


@pytest.fixture
def folder(picture_folder: PictureFolder) -> Path:
    return picture_folder(classes=2, per_class=5)


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The content of each file of which a fingerprint was computed."""
    contents: list[bytes] = []
    compute = duplicates.fingerprint

    def fingerprint(data: bytes, **options: float) -> duplicates.Fingerprint:
        contents.append(data)
        return compute(data, **options)

    monkeypatch.setattr(duplicates, "fingerprint", fingerprint)
    return contents


def test_only_what_is_new_or_changed_is_computed(folder: Path, computed: list[bytes]) -> None:
    first = duplicates.cached_fingerprints(folder, scan(folder).samples)
    assert len(computed) == len(first) == 10
    assert duplicates.cached_fingerprints(folder, scan(folder).samples) == first
    assert len(computed) == 10
    draw(folder / "red" / "000.png", (0, 0, 0), 99)
    draw(folder / "red" / "new.png", (0, 0, 0), 98)
    second = duplicates.cached_fingerprints(folder, scan(folder).samples)
    assert len(computed) == 12
    assert {path for path in first if first[path] != second[path]} == {"red/000.png"}


def test_stopped_half_way_it_goes_on_from_there(
    folder: Path, computed: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duplicates, "_PART", 4)
    stop, seen = threading.Event(), []
    samples = scan(folder).samples

    def progress(done: int, total: int) -> None:
        seen.append((done, total))
        if done == 8:
            stop.set()

    with pytest.raises(ThawError):
        duplicates.cached_fingerprints(folder, samples, stop=stop, progress=progress)
    before = len(computed)
    assert 8 <= before < 10
    duplicates.cached_fingerprints(folder, samples)
    assert len(computed) <= 12
    assert seen == sorted(seen)
    assert seen[-1] == (8, 10)
