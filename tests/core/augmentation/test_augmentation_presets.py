import subprocess
import sys
from collections import Counter

import numpy as np
import pytest

from core.augmentation.augment import augment, fill_share_of, sample
from core.augmentation.draws import draws
from core.augmentation.presets import PRESETS
from core.recipe.config import EFFECTS, AugmentationConfig
from tests.support.warps import noise


def test_the_presets_are_the_documented_ones() -> None:
    assert list(PRESETS) == [
        "none",
        "light",
        "standard",
        "strong",
        "trivial",
        "keep_sides",
        "any_way_up",
        "keep_colors",
    ]
    assert PRESETS["none"].is_identity
    for config in PRESETS.values():
        assert config.fill_mode == "reflect"
        assert AugmentationConfig.model_validate(config.model_dump()) == config


@pytest.mark.parametrize("name", [name for name in PRESETS if name != "none"])
def test_presets_change_pictures(name: str) -> None:
    image = noise(32, 32)
    made = [augment(image, PRESETS[name], 0, 0, f"{number}.jpg") for number in range(8)]
    assert sum(not np.array_equal(one, image) for one in made) >= 6


def test_presets_keep_what_they_promise() -> None:
    for name in ("light", "trivial", "keep_sides"):
        config = PRESETS[name]
        assert (config.horizontal_flip, config.vertical_flip, config.quarter_turns) == (0, 0, 0)
    for effect in EFFECTS:
        if effect.kind == "photometric" and effect.name != "blur":
            assert not effect.is_on(PRESETS["keep_colors"])
    assert max(PRESETS["keep_sides"].rotation) < 45
    image = np.full((16, 16, 3), (200, 30, 60), np.uint8)
    for number in range(20):
        assert np.array_equal(augment(image, PRESETS["keep_colors"], 0, 0, f"{number}"), image)


def test_any_way_up_is_any_way_up_equally_often() -> None:
    """Each of the eight ways to lay a square."""
    ways: Counter[tuple[bool, int]] = Counter()
    for number in range(4000):
        made = sample(PRESETS["any_way_up"], draws(0, 0, f"{number}.jpg"))
        mirrored = made.horizontal_flip != made.vertical_flip
        ways[mirrored, (made.quarter_turns + 2 * made.vertical_flip) % 4] += 1
    assert len(ways) == 8
    assert all(count / 4000 == pytest.approx(1 / 8, abs=0.02) for count in ways.values())


@pytest.mark.parametrize("name", PRESETS)
def test_presets_show_mostly_picture(name: str) -> None:
    share = fill_share_of(PRESETS[name])
    assert share == fill_share_of(PRESETS[name])
    assert 0 <= share < 0.3
    assert (share == 0) == (name == "none")


def test_importing_the_presets_does_not_even_load_numpy() -> None:
    code = "import sys, core.augmentation.presets; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
