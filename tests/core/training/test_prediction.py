"""The kept network answers as validation measured it, and in plain PyTorch too."""

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core.common.messages import InputError
from core.images.errors import ImageError
from core.runs import evaluation
from core.runs.places import BEST
from core.runs.run import Run
from core.training.network_file import Classifier
from tests.support import ROOT
from tests.support.pictures import draw_folder
from tests.support.training import events_of, new_run, small_recipe

README = ROOT / "README.md"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A trained run whose head answers with more than one bit of confidence."""
    folder = draw_folder(tmp_path_factory.mktemp("data") / "pictures", 3, 6)
    run = new_run(folder, tmp_path_factory.mktemp("runs") / "run", small_recipe())
    for _ in events_of(run):
        pass
    return run


def test_answers_what_validation_measured(run: Run) -> None:
    classifier = Classifier(run)
    for one in evaluation.of_run(run).predictions:
        answers = classifier.classify(run.folder / one.path, top=3)
        assert answers[0].name == run.classes[one.predicted]
        shares = {answer.name: answer.probability for answer in answers}
        for name, probability in zip(run.classes, one.probabilities, strict=True):
            assert shares[name] == pytest.approx(probability, abs=1e-3)


def test_the_readmes_plain_pytorch_gives_the_same_classes(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    code = next(block for block in blocks if "safe_open" in block)
    classifier = Classifier(run)
    for one in evaluation.of_run(run).predictions[:3]:
        path = run.folder / one.path
        values: dict[str, object] = {}
        changed = code.replace("path/to/run/best.safetensors", str(run.directory / BEST))
        exec(changed.replace("picture.jpg", str(path)), values)
        expected = {answer.name: answer.probability for answer in classifier.classify(path, 3)}
        assert values["answers"].keys() == expected.keys()
        for name, probability in values["answers"].items():
            assert probability == pytest.approx(expected[name], abs=0.02)


def test_an_unreadable_picture_is_said(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "text.jpg"
    path.write_text("no picture")
    with pytest.raises(ImageError):
        Classifier(run).classify(path)


def test_batches_answer_like_single_pictures(run: Run) -> None:
    classifier = Classifier(run)
    pictures = torch.randint(
        0, 256, (3, 32, 32, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0)
    )
    together = classifier.classify_pixels(pictures)
    for number, answers in enumerate(together):
        alone = classifier.classify_pixels(pictures[number : number + 1])[0]
        assert [one.name for one in alone] == [one.name for one in answers]


def test_the_flip_average_is_the_mean_of_a_picture_and_its_mirror_image(
    run: Run, tmp_path: Path
) -> None:
    classifier = Classifier(run)
    picture = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    picture[:, :16] //= 4
    shares = []
    for name, pixels in (("picture", picture), ("mirrored", picture[:, ::-1])):
        path = tmp_path / f"{name}.png"
        Image.fromarray(np.ascontiguousarray(pixels)).save(path)
        shares.append({one.name: one.probability for one in classifier.classify(path)})
    assert shares[0] != shares[1]
    both = classifier.classify(tmp_path / "picture.png", flip_average=True)
    for one in both:
        mean = (shares[0][one.name] + shares[1][one.name]) / 2
        assert one.probability == pytest.approx(mean, abs=1e-6)
    assert [one.probability for one in both] == sorted(
        (one.probability for one in both), reverse=True
    )
    mirrored = classifier.classify(tmp_path / "mirrored.png", flip_average=True)
    assert mirrored == both


@pytest.mark.parametrize("damage", ["missing", "cut", "other"])
def test_missing_or_damaged_weights_are_one_clear_error(
    run: Run, tmp_path: Path, damage: str
) -> None:
    import shutil

    copy = tmp_path / "run"
    shutil.copytree(run.directory, copy)
    best = copy / BEST
    if damage == "missing":
        best.unlink()
    elif damage == "cut":
        best.write_bytes(best.read_bytes()[:1000])
    else:
        from safetensors.torch import save_file

        save_file({"features.0.weight": torch.zeros(1)}, best)
    with pytest.raises(InputError) as error:
        Classifier(Run.open(copy))
    assert error.value.code == ("run_without_weights" if damage == "missing" else "run_unreadable")
    assert str(copy) in str(error.value)
