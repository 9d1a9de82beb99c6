"""Whether a recipe's weights can be begun with, asked before anything is written."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.common.messages import InputError, ThawError
from core.model.weights import download as weight_download
from core.recipe.config import ModelConfig
from tests.support.download_server import Server, publishing
from tests.support.weights import save, shapes_of, state

NAME = "torchvision-v1"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with publishing(monkeypatch, NAME, b"weights" * 1000) as one:
        yield one


@pytest.mark.parametrize("weights", ["imagenet", "none"])
def test_what_comes_with_thaw_is_always_there(weights: str) -> None:
    model = ModelConfig(weights=weights)
    assert not weight_download.is_missing(model)
    weight_download.check(model)


def test_published_weights_are_missing_until_they_are_downloaded(server: Server) -> None:
    model = ModelConfig(weights=NAME)
    assert weight_download.is_missing(model)
    with pytest.raises(ThawError) as caught:
        weight_download.check(model)
    assert caught.value.code == "weights_not_downloaded"
    list(weight_download.download(NAME))
    assert not weight_download.is_missing(model)
    weight_download.check(model)


def test_downloaded_weights_that_were_damaged_are_refused(server: Server) -> None:
    list(weight_download.download(NAME))
    weight_download.place(NAME).write_bytes(b"damaged")
    model = ModelConfig(weights=NAME)
    assert not weight_download.is_missing(model)
    with pytest.raises(ThawError) as caught:
        weight_download.check(model)
    assert caught.value.code == "weights_download_damaged"


def test_a_file_must_fit_and_its_normalisation_be_known(tmp_path: Path) -> None:
    file = save(tmp_path / "mine.pth", state())
    weight_download.check(ModelConfig(weights=str(file), normalization="unit"))
    with pytest.raises(InputError) as caught:
        weight_download.check(ModelConfig(weights=str(file)))
    assert caught.value.code == "weights_normalization_missing"
    other = save(tmp_path / "other.pth", shapes_of("resnet18"))
    with pytest.raises(InputError) as caught:
        weight_download.check(ModelConfig(weights=str(other), normalization="unit"))
    assert caught.value.code == "weights_not_vgg16"
