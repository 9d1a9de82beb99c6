"""What is said of a dataset's proportions agrees with its health report."""

from pathlib import Path

import pytest
from PIL import Image

from core.dataset import health
from core.dataset.split import split
from core.dataset.summary import scan
from core.recipe.config import DatasetConfig
from gui.data import words as data_words
from tests.support.window.fitting import draw_shapes


@pytest.mark.parametrize("oblong", [0, 3, 30])
def test_the_loss_is_that_of_the_health_report(tmp_path: Path, oblong: int) -> None:
    folder = draw_shapes(tmp_path / "shapes")
    for number in range(27):
        size = (40, 20) if number < oblong else (30, 30)
        Image.new("RGB", size).save(folder / "dog" / f"{number}.png")
    summary = scan(folder)
    loss = data_words.resize_facts(summary).loss
    shapes = health.report(summary, split(summary, DatasetConfig())).shapes
    assert shapes is not None
    assert loss.mean == pytest.approx(shapes.crop_loss)
    assert loss.many == shapes.losing_much
    assert loss.is_costly == shapes.is_crop_costly


def test_palettes_and_alpha_may_be_transparent(tmp_path: Path) -> None:
    folder = draw_shapes(tmp_path / "shapes")
    for mode in ("P", "LA", "L"):
        Image.new(mode, (20, 20)).save(folder / "cat" / f"z {mode}.png")
    summary = scan(folder)
    names = [summary.samples[place].path for place in data_words.resize_facts(summary).transparent]
    assert names == ["cat/z LA.png", "cat/z P.png", "dog/d clear.png"]
