"""Published weights: downloaded once, whole and right, or one sentence and nothing kept."""

import errno
import os
import random
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import filelock
import pytest
from torchvision.models import VGG16_Weights

from core.common.messages import ThawError
from core.model.weights import download as weight_download
from core.model.weights.download import DownloadProgress, download, find, place, verified
from core.model.weights.normalization import PUBLISHED
from core.recipe.config import PUBLISHED_WEIGHTS as NAMES
from tests.support.download_server import Server, publishing

NAME = "torchvision-v1"
CONTENTS = random.Random(0).randbytes(1_500_000)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("core.common.files.cache_folder", lambda: tmp_path / "thaw")
    with publishing(monkeypatch, NAME, CONTENTS) as one:
        yield one


def test_the_table_says_what_torchvision_says() -> None:
    assert tuple(PUBLISHED) == NAMES
    for one, theirs in zip(PUBLISHED.values(), VGG16_Weights, strict=True):
        assert f"{weight_download.BASE}/{one.file}" == theirs.url
        assert one.mebibytes == theirs.meta["_file_size"]
        seen = theirs.transforms()
        assert one.normalization.mean == pytest.approx(tuple(seen.mean), abs=1e-6)
        assert one.normalization.std == pytest.approx(tuple(seen.std), abs=1e-9)
        assert one.normalization.order == "rgb"
        assert one.checksum in theirs.url
        assert len(one.checksum) == 8


def failure(stop: threading.Event | None = None) -> ThawError:
    with pytest.raises(ThawError) as caught:
        list(download(NAME, stop))
    assert not place(NAME).exists()
    if caught.value.code != "stopped":
        assert "set model.weights to imagenet" in str(caught.value), "the built-in ones are offered"
    return caught.value


def test_the_whole_file_comes_and_is_told_of_meanwhile(server: Server) -> None:
    assert find(NAME) is None
    seen = list(download(NAME))
    assert seen[0] == DownloadProgress(0, len(CONTENTS))
    assert seen[-1] == DownloadProgress(len(CONTENTS), len(CONTENTS))
    assert [one.done for one in seen] == sorted(one.done for one in seen)
    assert place(NAME).read_bytes() == CONTENTS
    assert find(NAME) == verified(NAME) == place(NAME)
    assert [one.name for one in place(NAME).parent.glob("*.part")] == []


def test_it_is_downloaded_once(server: Server) -> None:
    list(download(NAME))
    assert list(download(NAME)) == []
    assert len(server.asked) == 1


def test_what_was_cut_off_is_kept_and_gone_on_with(server: Server) -> None:
    server.mode = "cut"
    error = failure()
    assert error.code == "download_cut"
    assert "0.8 of 1.5 MB" in str(error)
    server.mode = "whole"
    seen = list(download(NAME))
    half = len(CONTENTS) // 2
    assert server.asked == ["", f"bytes={half}-"]
    assert seen[0] == DownloadProgress(half, len(CONTENTS))
    assert place(NAME).read_bytes() == CONTENTS


@pytest.mark.parametrize("mode", ["no ranges", "no length"])
def test_a_server_that_knows_little_is_enough(server: Server, mode: str) -> None:
    server.mode = "cut"
    failure()
    server.mode = mode
    list(download(NAME))
    assert place(NAME).read_bytes() == CONTENTS


def test_what_was_whole_but_not_yet_in_its_place_is_taken(server: Server) -> None:
    place(NAME).parent.mkdir(parents=True)
    Path(f"{place(NAME)}.part").write_bytes(CONTENTS)
    list(download(NAME))
    assert place(NAME).read_bytes() == CONTENTS


def test_a_beginning_that_was_damaged_is_downloaded_anew(server: Server) -> None:
    place(NAME).parent.mkdir(parents=True)
    Path(f"{place(NAME)}.part").write_bytes(bytes(1000))
    list(download(NAME))
    assert server.asked == ["bytes=1000-", ""]
    assert place(NAME).read_bytes() == CONTENTS


def test_another_file_under_the_name_is_refused_and_does_not_stay(server: Server) -> None:
    server.contents = bytes(len(CONTENTS))
    assert failure().code == "download_wrong"
    assert list(place(NAME).parent.glob("*.part")) == []


def test_the_page_of_a_hotels_network_spoils_nothing(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weight_download, "MEGABYTE", 1000)
    server.mode = "cut"
    failure()
    server.mode, server.contents = "no ranges", b"<html>Please log in</html>"
    assert failure().code == "download_wrong"
    assert Path(f"{place(NAME)}.part").stat().st_size == len(CONTENTS) // 2


@pytest.mark.parametrize("status", ["404", "403", "500"])
def test_a_server_that_refuses_is_told(server: Server, status: str) -> None:
    server.mode = status
    error = failure()
    assert error.code == "download_refused"
    assert status in str(error)


def test_without_a_network_one_sentence_offers_the_built_in_weights(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))  # nobody listens there
        monkeypatch.setattr(weight_download, "BASE", f"http://127.0.0.1:{one.getsockname()[1]}")
        assert failure().code == "download_unreachable"

    def unknown(*_: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    monkeypatch.setattr(weight_download, "BASE", "http://somewhere.invalid")
    error = failure()
    assert error.code == "download_unreachable"
    assert "somewhere.invalid was not reached (Name or service not known)" in str(error)


def test_a_server_that_falls_silent_is_given_up(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weight_download, "PATIENCE", 0.1)
    server.mode = "stuck"
    assert failure().code == "download_cut"
    server.mode = "silent"
    assert failure().code == "download_unreachable"


def test_a_stop_is_heard_while_the_network_is_silent(server: Server) -> None:
    """Patience is half a minute: a stop that waited for it would end the test's own time."""
    server.mode, stop = "stuck", threading.Event()
    steps = download(NAME, stop)
    while next(steps).done < len(CONTENTS) // 2:
        pass
    stop.set()
    with pytest.raises(ThawError) as caught:
        next(steps)
    assert caught.value.code == "stopped"
    assert not place(NAME).exists()
    server.mode = "silent"
    assert failure(stop).code == "stopped"


def test_a_download_that_is_dropped_can_be_gone_on_with(server: Server) -> None:
    server.mode = "stuck"
    steps = download(NAME)
    while next(steps).done < len(CONTENTS) // 2:
        pass
    steps.close()  # type: ignore[attr-defined]
    server.mode = "whole"
    list(download(NAME))
    assert server.asked[-1] == f"bytes={len(CONTENTS) // 2}-"


def test_what_was_given_up_can_be_deleted(server: Server) -> None:
    server.mode = "cut"
    failure()
    part = Path(f"{place(NAME)}.part")
    assert part.is_file()
    with filelock.FileLock(f"{place(NAME)}.lock"):  # another process downloads it
        weight_download.discard(NAME)
        assert part.is_file()
    weight_download.discard(NAME)
    assert not part.exists()
    weight_download.discard(NAME)


def test_what_is_whole_is_not_deleted(server: Server) -> None:
    list(download(NAME))
    weight_download.discard(NAME)
    assert find(NAME) == place(NAME)


class _Usage(NamedTuple):
    total: int
    used: int
    free: int


def test_a_disk_without_room_is_told_before_anything_comes(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: _Usage(10, 10, 0))
    error = failure()
    assert error.code == "download_no_room"
    assert "2 MB" in str(error)
    assert not Path(f"{place(NAME)}.part").exists()


def test_a_disk_that_fills_up_is_told(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("core.common.files.sync_file", full)
    error = failure()
    assert error.code == "download_unwritable"
    assert os.strerror(errno.ENOSPC) in str(error)


def test_what_torchvision_downloaded_before_is_used(server: Server, tmp_path: Path) -> None:
    theirs = tmp_path / "torch" / "hub" / "checkpoints" / PUBLISHED[NAME].file
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(CONTENTS)
    assert verified(NAME) == theirs


def test_weights_that_are_not_there_or_were_spoiled_are_told(server: Server) -> None:
    with pytest.raises(ThawError, match=r"\(2 MB\) have not been downloaded yet.*imagenet"):
        verified(NAME)
    list(download(NAME))
    place(NAME).write_bytes(CONTENTS[:-1] + b"?")
    with pytest.raises(ThawError, match="checksum is wrong"):
        verified(NAME)


def test_two_at_once_download_once(server: Server) -> None:
    server.mode = "stuck"
    first = download(NAME)
    while next(first).done < len(CONTENTS) // 2:
        pass
    second = download(NAME)
    waiting = next(second)
    assert waiting.done == len(CONTENTS) // 2
    first.close()  # type: ignore[attr-defined]
    server.mode = "whole"
    list(second)
    assert place(NAME).read_bytes() == CONTENTS
