"""The page of a recipe's fields is that of the code, and has words for each."""

from typing import Literal, get_args, get_origin

import pytest

from core.common.messages import SENTENCES
from core.recipe.config import (
    Config,
    DatasetConfig,
    HeadConfig,
    ModelConfig,
    RunConfig,
    StageConfig,
    about,
)
from tools.recipe_reference import PLACE, page

PARTS = {
    "": RunConfig,
    "dataset.": DatasetConfig,
    "model.": ModelConfig,
    "model.head.": HeadConfig,
    "stages.": StageConfig,
}


def test_the_page_is_current() -> None:
    assert PLACE.read_text("utf-8") == page(), "run: python -m tools.recipe_reference"


@pytest.mark.parametrize(("part", "config"), PARTS.items())
def test_each_field_has_its_sentences(part: str, config: type[Config]) -> None:
    codes = set()
    for name, field in config.model_fields.items():
        if name in ("schema_", "dataset", "augmentation", "model", "head", "stages"):
            continue
        codes |= {f"field_{part}{name}", f"field_{part}{name}_help"}
        told = about(field)
        codes |= {f"unit_{told.unit}"} if told.unit else set()
        codes |= {told.when.code} if told.when else set()
        shown = part in ("model.head.", "stages.") and name != "kind"
        if shown and get_origin(field.annotation) is Literal:
            codes |= {f"choice_{part}{name}={value}" for value in get_args(field.annotation)}
    assert codes - set(SENTENCES) == set()
