"""Weights from any file or download: the same network, or one error and nothing run or kept."""

import errno
import io
import json
import os
import pickle
import random
import shutil
import socket
import tarfile
import threading
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import Mock
from urllib.error import HTTPError

import filelock
import h5py
import pytest
import torch
from safetensors.torch import save_file
from torchvision.models import VGG16_Weights

from core.common.messages import InputError, ThawError
from core.model.weights import download as weight_download
from core.model.weights import file as weight_file
from core.model.weights.download import DownloadProgress, download, find, place, verified
from core.model.weights.normalization import NAMED, PUBLISHED, settle, stated, suggest
from core.recipe.config import PUBLISHED_WEIGHTS, ModelConfig, Normalization
from tests.support.download_server import Server, publishing
from tests.support.weights import (
    CAFFE,
    FEATURES,
    KERAS,
    assert_same,
    expected,
    keras_zip,
    layered_h5,
    save,
    shapes_of,
    state,
    variables_h5,
)

NAME = "torchvision-v1"


def save_tensors(path: Path, tensors: dict[str, torch.Tensor]) -> Path:
    save_file({name: one.clone() for name, one in tensors.items()}, path)
    return path


# -- what is read ---

NAN = torch.full((), float("nan"))
UNCOUNTED = [f"layer_{chr(122 - place)}" for place in range(13)]
PYTORCH: dict[str, object] = {
    "with a head": {**state(), "classifier.0.weight": NAN.expand(4096, 25088)},
    "before 1.6": state(),
    "a checkpoint": {"epoch": 3, "optimizer": {"state": {}}, "state_dict": state()},
    "of several GPUs": {"model": state(f"module.{one}" for one in FEATURES)},
    "other names": state(CAFFE),
    "one word each": {name.replace(".", "_"): one for name, one in state(CAFFE).items()},
    "names that don't count": state(UNCOUNTED),
    "sorted as text": dict(sorted(state().items())),
    **{str(one): state(dtype=one) for one in (torch.float16, torch.bfloat16, torch.float64)},
}
KERAS_FILES: dict[str, Callable[[Path], Path]] = {
    "layers": lambda folder: layered_h5(folder / "a.h5"),
    "a whole model": lambda folder: layered_h5(folder / "a.h5", root="model_weights"),
    "without a list": lambda folder: layered_h5(folder / "a.h5", is_listed=False),
    "other names": lambda folder: layered_h5(folder / "a.h5", UNCOUNTED),
    "3": lambda folder: variables_h5(folder / "a.weights.h5"),
    "3, inner": lambda folder: variables_h5(folder / "a.weights.h5", "layers/functional/layers"),
    "3, whole": lambda folder: keras_zip(folder / "a.keras", variables_h5(folder / "w.h5")),
}


@pytest.mark.parametrize("kind", PYTORCH)
def test_every_kind_of_pytorch_file_gives_the_same_network(kind: str, tmp_path: Path) -> None:
    is_new = kind != "before 1.6"
    path = save(tmp_path / "a.pth", PYTORCH[kind], _use_new_zipfile_serialization=is_new)
    assert_same(weight_file.read(path, 5, "torchvision").tensors, expected())


@pytest.mark.parametrize("kind", KERAS_FILES)
def test_every_kind_of_keras_file_gives_the_same_network(kind: str, tmp_path: Path) -> None:
    assert_same(weight_file.read(KERAS_FILES[kind](tmp_path), 5, "caffe").tensors, expected())


def test_a_safetensors_file_is_read_in_the_order_of_its_numbers(tmp_path: Path) -> None:
    path = save_tensors(tmp_path / "a.safetensors", state(FEATURES[:7]))
    assert weight_file.look(path).depth == 3
    for depth in (1, 3):
        assert_same(weight_file.read(path, depth, "torchvision").tensors, expected(depth))
    refused = refusal(path, depth=4)
    assert (refused.code, refused.values["found"]) == ("weights_too_shallow", 3)


def test_blue_first_is_turned_into_red_first(tmp_path: Path) -> None:
    path = save(tmp_path / "a.pth", state())
    straight, turned = (weight_file.read(path, 1, one) for one in ("torchvision", "vggface"))
    for read, order in ((straight, [1, 2, 3]), (turned, [3, 2, 1])):
        assert read.tensors["0.weight"][0, :, 0, 0].tolist() == order
    assert (turned.mean, turned.std) == (NAMED["vggface"].mean, NAMED["vggface"].std)


def test_a_look_says_what_is_in_the_file(tmp_path: Path) -> None:
    seen = weight_file.look(layered_h5(tmp_path / "mine.h5"))
    assert (seen.kind, seen.depth, seen.stated, seen.suggestion) == ("keras", 5, None, "caffe")
    assert len(seen.layers) == 13
    assert KERAS[4] in seen.layers[4]
    assert weight_file.look(save(tmp_path / "a.pth", shapes_of("vgg16"))).depth == 5


def test_layers_that_keras_lists_late_come_in_their_own_order(tmp_path: Path) -> None:
    """A model inside a model is listed by what learns first: here the last convolution."""
    path = layered_h5(tmp_path / "a.h5")
    with h5py.File(path, "r+") as file:
        file.attrs["layer_names"] = [one.encode() for one in [KERAS[-1], *KERAS[:-1]]]
    assert_same(weight_file.read(path, 5, "caffe").tensors, expected())


# -- another network, and numbers that cannot be weights ---


def refusal(path: Path, depth: int | None = None) -> InputError:
    """Why the file cannot be looked into; with a ``depth``, why it cannot be read."""
    refused = None
    try:
        weight_file.look(path) if depth is None else weight_file.read(path, depth, "torchvision")
    except InputError as error:
        # HDF5 crashes on its way out where a frame keeps a virtual dataset until then
        refused = error.with_traceback(None)
    assert refused is not None
    assert str(path) in str(refused)
    assert "\n" not in str(refused)
    return refused


def changed(name: str, value: torch.Tensor) -> dict[str, torch.Tensor]:
    return {**state(), f"features.{name}": value}


WITHOUT_BIAS = {name: one for name, one in state().items() if name != "features.5.bias"}
REFUSED: list[tuple[Any, str, dict[str, object]]] = [
    # another network, by its first wrong layer
    ("resnet50", "weights_not_vgg16", {"layer": "conv1", "found": "64 × 3 × 7 × 7"}),
    ("vgg19", "weights_not_vgg16", {"layer": "features.16", "place": "block4_conv1"}),
    ("vgg16_bn", "weights_not_vgg16_scaled", {"layer": "features.1"}),
    (WITHOUT_BIAS, "weights_not_vgg16_bias", {"layer": "features.5", "found": "0"}),
    (changed("5.bias", torch.zeros(64)), "weights_not_vgg16_bias", {"found": "64"}),
    (state(FEATURES[:6]), "weights_not_vgg16_few", {"found": 6}),
    ({"fc.weight": torch.zeros(3, 4)}, "weights_none_there", {}),
    ({}, "weights_none_there", {}),
    ([1, 2], "weights_none_there", {}),
    (changed("5.bias", 1 / torch.arange(128)), "weights_not_finite", {"layer": "features.5"}),
    (changed("5.weight", NAN.expand(128, 64, 3, 3)), "weights_not_finite", {}),
    (changed("0.bias", 1e300 * torch.ones(64).double()), "weights_not_finite", {}),  # for a float
    (changed("0.weight", torch.zeros(64, 3, 3, 3).char()), "weights_not_real", {"kind": "int8"}),
]


@pytest.mark.parametrize(("contents", "code", "values"), REFUSED, ids=range(len(REFUSED)))
def test_what_is_wrong_is_told_by_the_layer(
    contents: Any, code: str, values: dict[str, object], tmp_path: Path
) -> None:
    kept = shapes_of(contents) if isinstance(contents, str) else contents
    refused = refusal(save(tmp_path / "a.pth", kept), depth=5)
    assert refused.code == code
    assert refused.values.items() >= values.items()


def test_batch_normalisation_is_found_whatever_the_order_of_names(tmp_path: Path) -> None:
    kept = state(CAFFE[:2])
    kept |= {f"bn1_{n}.{part}": torch.zeros(64) for n in (1, 2) for part in ("weight", "bias")}
    path = save_tensors(tmp_path / "a.safetensors", kept)
    assert refusal(path, depth=1).code == "weights_not_vgg16_scaled"


def test_a_kernel_of_keras_is_told_as_outputs_inputs_height_and_width(tmp_path: Path) -> None:
    path = layered_h5(tmp_path / "a.h5")
    with h5py.File(path, "r+") as file:
        inner = file["block2_conv1/block2_conv1"]
        del inner["kernel:0"]
        inner.create_dataset("kernel:0", (5, 5, 64, 96), "f4")
    told = refusal(path, depth=5).values
    assert (told["layer"], told["place"]) == ("block2_conv1/block2_conv1", "block2_conv1")
    assert (told["found"], told["expected"]) == ("96 × 64 × 5 × 5", "128 × 64 × 3 × 3")


# -- files that would run a program, or are damaged ---


class Malicious:
    """Makes a folder when it is unpickled."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.canary),)


@pytest.mark.parametrize(
    ("kind", "suffix", "variable"),
    [
        *((kind, ".pth", "") for kind in ("new", "old", *range(6))),  # protocols of pickle
        *((kind, suffix, "") for kind in ("new", "old", 0, 2) for suffix in (".pt", ".bin")),
        ("new", ".pth", "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD"),
    ],
)
def test_a_file_that_would_run_code_is_refused_and_not_run(
    kind: str | int, suffix: str, variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if variable:
        monkeypatch.setenv(variable, "1")
    canary, path = tmp_path / "canary", tmp_path / f"a{suffix}"
    if isinstance(kind, int):
        path.write_bytes(pickle.dumps(Malicious(canary), protocol=kind))
    else:
        contents = {**state(), "x": Malicious(canary)}
        save(path, contents, _use_new_zipfile_serialization=kind == "new")
    refused = refusal(path)
    assert refused.code == "weights_run_code"
    assert "mkdir" in str(refused.values["name"])
    assert not canary.exists()
    if isinstance(kind, int):  # such a file would have run, had it been read carelessly
        with path.open("rb") as file:
            pickle.load(file)
        assert canary.exists()


def test_whole_modules_and_torchscript_are_refused(tmp_path: Path) -> None:
    refused = refusal(save(tmp_path / "a.pth", torch.nn.Conv2d(3, 64, 3)))
    assert refused.code == "weights_run_code"
    assert refused.values["name"] == "torch.nn.modules.conv.Conv2d"
    with warnings.catch_warnings(action="ignore"):  # it is on its way out of torch
        torch.jit.script(torch.nn.Conv2d(3, 64, 3)).save(str(tmp_path / "a.pt"))
    assert refusal(tmp_path / "a.pt").code == "weights_are_a_program"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The bytes of files of each kind."""
    folder, small = tmp_path_factory.mktemp("whole"), {"x.weight": torch.rand(64, 3, 3, 3)}
    files = (
        save(folder / "a.pth", small),
        save(folder / "old.pth", small, _use_new_zipfile_serialization=False),
        layered_h5(folder / "a.h5"),
        keras_zip(folder / "a.keras", variables_h5(folder / "w.h5")),
        save_tensors(folder / "a.safetensors", small),
    )
    return {file.name: file.read_bytes() for file in files}


@pytest.mark.parametrize("name", ["a.pth", "old.pth", "a.h5", "a.keras", "a.safetensors"])
def test_a_file_that_was_cut_short_is_told(
    name: str, tmp_path: Path, whole: dict[str, bytes]
) -> None:
    path = tmp_path / f"cut-{name}"
    for share in (0.05, 0.5, 0.95):
        path.write_bytes(whole[name][: int(len(whole[name]) * share)])
        assert refusal(path).code in ("weights_file_damaged", "weights_file_unknown"), share
    path.write_bytes(b"")
    assert refusal(path).code == "weights_file_empty"


@pytest.mark.parametrize("suffix", ["pth", "pt", "h5", "keras", "safetensors", "txt"])
def test_what_holds_no_weights_is_told_whatever_its_name(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{suffix}"
    for start, zeros in ((b"not weights", 0), (b"PK\x03\x04", 90), (b"", 2000), (b"\x80\x02", 99)):
        path.write_bytes(start + bytes(zeros))
        assert refusal(path).code in ("weights_file_unknown", "weights_file_damaged")


def test_a_text_a_header_of_too_much_and_the_oldest_files_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.pth"
    path.write_text("epochs = 20")
    assert refusal(path).code == "weights_file_unknown"
    path.write_bytes((2**62).to_bytes(8, "little") + b"{" + bytes(50))
    assert refusal(path).code == "weights_file_damaged"
    with tarfile.open(path, "w") as archive:
        for name in ("sys_info", "pickle", "storages", "tensors"):
            member = tarfile.TarInfo(name)
            member.size = len(pickle.dumps({}))
            archive.addfile(member, io.BytesIO(pickle.dumps({})))
    assert ".tar" in str(refusal(path).values["reason"])


def test_what_unpacks_to_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(save(tmp_path / "stored.pth", {"a": torch.zeros(100_000)})) as archive:
        inside = {name: archive.read(name) for name in archive.namelist()}
    monkeypatch.setattr(weight_file, "LARGEST", 10_000)
    for suffix, members in ((".keras", {"model.weights.h5": bytes(100_000)}), (".pth", inside)):
        path = tmp_path / f"a{suffix}"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, contents in members.items():
                archive.writestr(name, contents)
        assert path.stat().st_size < 10_000
        assert refusal(path).code == "weights_file_too_large"
    assert refusal(layered_h5(tmp_path / "a.h5")).code == "weights_file_too_large"


@pytest.mark.parametrize(("name", "root"), [("stolen", ""), ("model_weights", "model_weights")])
def test_links_out_of_a_keras_file_are_not_followed(tmp_path: Path, name: str, root: str) -> None:
    layered_h5(tmp_path / "other.h5", root=root)
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file[name] = h5py.ExternalLink("other.h5", f"/{root}")
    assert refusal(path).code == "weights_none_there"


@pytest.mark.parametrize("is_virtual", [False, True])
def test_numbers_that_are_in_another_file_are_not_read(tmp_path: Path, is_virtual: bool) -> None:
    name, shape = f"{KERAS[0]}/{KERAS[0]}/kernel:0", (3, 3, 3, 64)
    other, path = layered_h5(tmp_path / "other.h5"), layered_h5(tmp_path / "a.h5")
    with h5py.File(path, "a") as file:
        del file[name]
        if is_virtual:
            layout = h5py.VirtualLayout(shape, "f4")
            layout[...] = h5py.VirtualSource(str(other), name, shape=shape)
            file.create_virtual_dataset(name, layout)
        else:
            place = (str(other), 0, h5py.h5f.UNLIMITED)
            file.create_dataset(name, shape=shape, dtype="f4", external=[place])
    refused = refusal(path)
    assert (refused.code, refused.values["layer"]) == ("weights_elsewhere", name)


def test_what_is_not_there_or_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal(tmp_path / "none.pth").code == "weights_file_missing"
    file = save(tmp_path / "a.pth", state())
    assert refusal(file / "b.pth").code in ("weights_file_missing", "weights_file_unreadable")
    assert refusal(tmp_path).code == "run_missing"

    def full(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(torch, "load", full)
    assert refusal(file).code == "weights_no_memory"


# -- normalisation: the file's word, else the recipe's, and never a silent guess ---

PATH = Path("mine.h5")
OWN = Normalization(mean=(0.48235, 0.45882, 0.40784), std=(1 / 255,) * 3)


@pytest.mark.parametrize(
    ("name", "order", "pixel", "seen"),
    [
        ("caffe", "bgr", (123.68, 116.779, 103.939), (0, 0, 0)),
        ("caffe", "bgr", (255, 0, 0), (131.32, -116.779, -103.939)),
        ("vggface", "bgr", (129.186, 104.762, 93.594), (0, 0, 0)),
        ("torchvision", "rgb", (255, 0, 0), (2.2489, -2.0357, -1.8044)),
        ("unit", "rgb", (255, 51, 0), (1, 0.2, 0)),
    ],
)
def test_a_named_normalisation_is_what_its_networks_were_trained_with(
    name: str, order: str, pixel: tuple[float, ...], seen: tuple[float, ...]
) -> None:
    one = NAMED[name]  # type: ignore[index]
    levels = zip(pixel, one.mean, one.std, strict=True)
    values = [(level / 255 - mean) / std for level, mean, std in levels]
    assert (one.order, values) == (order, pytest.approx(seen, abs=1e-3))


def test_the_metadata_of_thaws_own_files_are_understood() -> None:
    plain = {"mean": "0.48235,0.45882,0.40784", "std": ",".join([str(1 / 255)] * 3)}
    run = {"thaw": json.dumps({"mean": list(OWN.mean), "std": list(OWN.std)})}
    assert stated(plain) == stated(run) == OWN
    assert stated({}) is None
    assert stated({"format": "pt", "mean": "1,2,3"}) is None


@pytest.mark.parametrize(
    "metadata",
    [
        *({"thaw": text} for text in ("{}", "[]", "{")),
        {"mean": "1,2", "std": "1,1,1"},
        {"mean": "0,0,0", "std": "0,1,1"},
        {"mean": "nan,0,0", "std": "1,1,1"},
        {"mean": "a,b,c", "std": "1,1,1"},
    ],
)
def test_metadata_that_make_no_sense_are_damage(metadata: dict[str, str]) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - whoever parses words it
        stated(metadata)
    assert str(caught.value)


def test_the_files_own_word_counts_and_a_recipe_may_repeat_it() -> None:
    assert settle(PATH, OWN, None) == OWN
    rounded = Normalization(mean=OWN.mean, std=(0.00392, 0.00392, 0.00392))
    assert settle(PATH, OWN, rounded) == OWN
    own = Normalization(mean=(0.5, 0.4, 0.3), std=(1, 1, 1), order="bgr")
    assert settle(PATH, None, own) == own


def test_a_file_that_says_nothing_and_a_recipe_that_contradicts_it_are_refused() -> None:
    for chosen in ("caffe", "torchvision", "unit"):
        with pytest.raises(InputError) as caught:
            settle(PATH, OWN, chosen)
        assert caught.value.code == "weights_normalization_differs"
        assert "0.48235 0.45882 0.40784" in str(caught.value.values["said"])
    with pytest.raises(InputError) as caught:
        settle(PATH, None, None)
    assert caught.value.code == "weights_normalization_missing"
    assert caught.value.values["listed"] == "caffe, torchvision, vggface, unit"


@pytest.mark.parametrize(
    ("file", "is_keras", "layer", "guess"),
    [
        ("vgg16_weights_tf_notop.h5", True, "block1_conv1/block1_conv1", "caffe"),
        ("mine.weights.h5", True, "layers/conv2d (block1_conv1)", "caffe"),
        ("rcmalli_vggface_tf_notop_vgg16.h5", True, "conv1_1", "vggface"),
        ("vgg_face_weights.h5", True, "convolution2d_1", "vggface"),
        ("mine.h5", True, "conv2d", None),
        ("mine.pth", False, "module.features.0", "torchvision"),
        ("vgg16_features-amdegroot-88682ab5.pth", False, "features.0", OWN),
        ("vgg16-397923af.pth", False, "features.0", NAMED["torchvision"]),
        ("mine.pth", False, "conv1_1", None),
    ],
)
def test_names_may_give_a_guess(file: str, is_keras: bool, layer: str, guess: object) -> None:
    assert suggest(Path(file), is_keras, [layer]) == guess


# -- downloads ---

CONTENTS = random.Random(0).randbytes(1_500_000)
HALF = len(CONTENTS) // 2


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("core.common.files.cache_folder", lambda: tmp_path / "thaw")
    with publishing(monkeypatch, NAME, CONTENTS) as one:
        yield one


def part() -> Path:
    return Path(f"{place(NAME)}.part")


def begun(contents: bytes) -> None:
    """An earlier download has left this."""
    part().parent.mkdir(parents=True)
    part().write_bytes(contents)


def half(stop: threading.Event | None = None) -> Iterator[DownloadProgress]:
    """A download that has come half way."""
    steps = download(NAME, stop)
    while next(steps).done < HALF:
        pass
    return steps


def failure(stop: threading.Event | None = None) -> ThawError:
    with pytest.raises(ThawError) as caught:
        list(download(NAME, stop))
    assert not place(NAME).exists()
    if caught.value.code != "stopped":
        assert "imagenet" in str(caught.value), "the built-in ones are offered"
    return caught.value


def test_the_table_says_what_torchvision_says() -> None:
    assert tuple(PUBLISHED) == PUBLISHED_WEIGHTS
    for one, theirs in zip(PUBLISHED.values(), VGG16_Weights, strict=True):
        assert f"{weight_download.BASE}/{one.file}" == theirs.url
        assert round(one.bytes / 2**20, 3) == theirs.meta["_file_size"]
        seen = theirs.transforms()
        assert one.normalization.mean == pytest.approx(tuple(seen.mean), abs=1e-6)
        assert one.normalization.std == pytest.approx(tuple(seen.std), abs=1e-9)
        assert one.normalization.order == "rgb"
        assert one.checksum in theirs.url
        assert len(one.checksum) == 8


def test_the_whole_file_comes_once_and_is_told_of_meanwhile(server: Server) -> None:
    assert find(NAME) is None
    seen = list(download(NAME))
    assert seen[0] == DownloadProgress(0, len(CONTENTS))
    assert seen[-1] == DownloadProgress(len(CONTENTS), len(CONTENTS))
    assert [one.done for one in seen] == sorted(one.done for one in seen)
    assert place(NAME).read_bytes() == CONTENTS
    assert find(NAME) == verified(NAME) == place(NAME)
    assert not part().exists()
    assert list(download(NAME)) == []
    assert len(server.asked) == 1


@pytest.mark.parametrize("mode", ["whole", "no ranges", "no length"])
def test_what_was_cut_off_is_kept_and_gone_on_with(server: Server, mode: str) -> None:
    server.mode = "cut"
    error = failure()
    assert error.code == "download_cut"
    assert (error.values["done"], error.values["total"]) == ("0.8", "1.5")
    server.mode = mode
    seen = list(download(NAME))
    assert server.asked == ["", f"bytes={HALF}-"]
    if mode == "whole":
        assert seen[0] == DownloadProgress(HALF, len(CONTENTS))
    assert place(NAME).read_bytes() == CONTENTS


@pytest.mark.parametrize(
    ("there", "asked"),
    [
        (CONTENTS, [f"bytes={len(CONTENTS)}-"]),  # whole, but not yet in its place
        (bytes(1000), ["bytes=1000-", ""]),  # damaged
    ],
)
def test_what_was_there_is_taken_if_right(server: Server, there: bytes, asked: list[str]) -> None:
    begun(there)
    list(download(NAME))
    assert server.asked == asked
    assert place(NAME).read_bytes() == CONTENTS


def test_another_file_under_the_name_is_refused_and_does_not_stay(server: Server) -> None:
    server.contents = bytes(len(CONTENTS))
    assert failure().code == "download_wrong"
    assert not part().exists()


def test_the_page_of_a_hotels_network_spoils_nothing(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weight_download, "MEGABYTE", 1000)
    server.mode = "cut"
    failure()
    server.mode, server.contents = "no ranges", b"<html>Please log in</html>"
    assert failure().code == "download_wrong"
    assert part().stat().st_size == HALF


def test_a_server_that_refuses_is_told(server: Server) -> None:
    server.mode = "404"
    error = failure()
    assert (error.code, error.values["status"]) == ("download_refused", 404)


def test_without_a_network_one_sentence_offers_the_built_in_weights(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))  # nobody listens there
        monkeypatch.setattr(weight_download, "BASE", f"http://127.0.0.1:{one.getsockname()[1]}")
        assert failure().code == "download_unreachable"

    def unknown(*_: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    monkeypatch.setattr(weight_download, "BASE", "http://somewhere.invalid")
    told = failure().values
    assert (told["host"], told["reason"]) == ("somewhere.invalid", "no such name")


def test_a_server_that_falls_silent_is_given_up(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weight_download, "PATIENCE", 0.25)
    server.mode = "stuck"
    assert failure().code == "download_cut"
    server.mode = "silent"
    assert failure().code == "download_unreachable"


def test_a_stop_is_heard_while_the_network_is_silent(server: Server) -> None:
    """Patience is half a minute: a stop that waited for it would end the test's own time."""
    server.mode, stop = "stuck", threading.Event()
    steps = half(stop)
    stop.set()
    with pytest.raises(ThawError) as caught:
        next(steps)
    assert caught.value.code == "stopped"
    assert not place(NAME).exists()
    server.mode = "silent"
    assert failure(stop).code == "stopped"


@pytest.mark.parametrize("late", [Mock(), HTTPError("", 503, "busy", {}, Mock())])
def test_an_answer_that_comes_after_a_stop_is_closed(
    monkeypatch: pytest.MonkeyPatch, late: Any
) -> None:
    stop, go, closed = threading.Event(), threading.Event(), threading.Event()
    monkeypatch.setattr(late, "close", closed.set)

    def answer(*_: object, **__: object) -> object:
        stop.set()
        assert go.wait(30)
        if isinstance(late, HTTPError):
            raise late
        return late

    monkeypatch.setattr(weight_download, "urlopen", answer)
    assert failure(stop).code == "stopped"
    assert not closed.is_set()
    go.set()
    assert closed.wait(30)


def test_two_at_once_download_once(server: Server) -> None:
    server.mode = "stuck"
    first, second = half(), download(NAME)
    assert next(second).done == HALF  # it waits
    first.close()  # type: ignore[attr-defined]
    server.mode = "whole"
    list(second)
    assert place(NAME).read_bytes() == CONTENTS
    assert server.asked == ["", f"bytes={HALF}-"]


def test_what_was_given_up_can_be_deleted_but_not_what_is_whole(server: Server) -> None:
    begun(CONTENTS[:HALF])
    with filelock.FileLock(f"{place(NAME)}.lock"):  # another process downloads it
        weight_download.discard(NAME)
        assert part().is_file()
    weight_download.discard(NAME)
    assert not part().exists()
    weight_download.discard(NAME)
    list(download(NAME))
    weight_download.discard(NAME)
    assert find(NAME) == place(NAME)


def test_a_disk_without_room_is_told_before_anything_comes(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = shutil.disk_usage("/")._replace(free=0)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    error = failure()
    assert (error.code, error.values["megabytes"]) == ("download_no_room", "2")
    assert not part().exists()


def test_a_disk_that_fills_up_is_told(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    reason = os.strerror(errno.ENOSPC)

    def full(_: object) -> None:
        raise OSError(errno.ENOSPC, reason)

    monkeypatch.setattr("core.common.files.sync_file", full)
    error = failure()
    assert (error.code, error.values["reason"]) == ("download_unwritable", reason)


# -- whether a recipe's weights can be begun with ---


def check(weights: str, normalization: str | None = None) -> str:
    """The code of what is wrong with them, "" where nothing is."""
    try:
        weight_download.check(ModelConfig(weights=weights, normalization=normalization))
    except ThawError as error:
        return error.code
    return ""


def test_published_weights_are_missing_until_they_are_downloaded_whole(
    server: Server, tmp_path: Path
) -> None:
    model = ModelConfig(weights=NAME)
    assert weight_download.is_missing(model)
    assert weight_download.missing(NAME).values["megabytes"] == "2"
    assert check(NAME) == "weights_not_downloaded"
    list(download(NAME))
    assert not weight_download.is_missing(model)
    assert check(NAME) == ""
    place(NAME).write_bytes(CONTENTS[:-1] + b"?")
    assert not weight_download.is_missing(model)
    assert check(NAME) == "weights_download_damaged"
    theirs = tmp_path / "torch" / "hub" / "checkpoints" / PUBLISHED[NAME].file
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(CONTENTS)
    place(NAME).unlink()
    assert verified(NAME) == theirs, "torchvision has downloaded them before"


def test_a_file_must_fit_and_its_normalisation_be_known(tmp_path: Path) -> None:
    for always_there in ("imagenet", "none"):
        assert not weight_download.is_missing(ModelConfig(weights=always_there))
        assert check(always_there) == ""
    file = str(save(tmp_path / "mine.pth", state()))
    assert (check(file, "unit"), check(file)) == ("", "weights_normalization_missing")
    other = str(save(tmp_path / "other.pth", shapes_of("resnet18")))
    assert check(other, "unit") == "weights_not_vgg16"
