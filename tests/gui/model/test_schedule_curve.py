"""The planned rates of a stage are drawn as training will have them."""

import pytest
from pytestqt.qtbot import QtBot

from core.recipe import files as recipes
from core.recipe.config import RunConfig
from gui.model.stage_panel import ScheduleCurve


def shown(qtbot: QtBot, **fields: object) -> ScheduleCurve:
    recipe = RunConfig()
    for name, value in fields.items():
        recipe = recipes.changed(recipe, f"stages.0.{name}", value)
    curve = ScheduleCurve()
    qtbot.addWidget(curve)
    curve.resize(160, 120)
    curve.show_stage(recipe, 0)
    return curve


def test_a_step_falls_where_the_recipe_says(qtbot: QtBot) -> None:
    curve = shown(qtbot, schedule="step", decay_every=5, decay_factor=0.5, epochs=10)
    half = len(curve.factors) // 2
    assert curve.factors[half - 1] == 1.0
    assert curve.factors[half] == 0.5


def test_a_warm_up_is_seen_to_rise(qtbot: QtBot) -> None:
    curve = shown(qtbot, schedule="constant", warmup_epochs=5, epochs=10)
    half = len(curve.factors) // 2
    assert curve.factors[0] < 0.05
    assert curve.factors[:half] == sorted(curve.factors[:half])
    assert set(curve.factors[half:]) == {1.0}


@pytest.mark.parametrize("epochs", [1, 3, 1000])
def test_it_is_drawn_for_any_number_of_epochs(qtbot: QtBot, epochs: int) -> None:
    curve = shown(qtbot, schedule="cosine", epochs=epochs)
    assert len(curve.factors) >= epochs
    assert curve.factors[-1] < 0.1
    assert f"over {epochs} epoch" in curve.toolTip()


def test_the_line_is_drawn_at_the_height_of_the_rate(qtbot: QtBot) -> None:
    steps = shown(qtbot, schedule="step", decay_every=5, decay_factor=0.5, epochs=10)
    image, plot = steps.grab().toImage(), steps.plot_rect()

    def is_line(share_across: float, share_up: float) -> bool:
        x = round(plot.left() + share_across * plot.width())
        y = round(plot.bottom() - share_up * plot.height())
        ground = image.pixelColor(x, round(plot.bottom() - 0.75 * plot.height()))
        line = [image.pixelColor(x, y + off) for off in (-1, 0, 1)]
        return any(abs(one.lightness() - ground.lightness()) > 60 for one in line)

    assert is_line(0.25, 1.0)
    assert not is_line(0.25, 0.5)
    assert is_line(0.75, 0.5)


def test_the_highest_rate_is_named_and_a_plateau_says_that_it_may_fall(qtbot: QtBot) -> None:
    assert shown(qtbot, learning_rate=0.003).caption == "up to 0.003"
    assert shown(qtbot, learning_rate=0.003, schedule="plateau").caption.startswith("0.003 until")
