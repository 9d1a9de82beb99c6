"""Files have the window's colours, without the window."""

import pytest

from core.reports.plots.style import DARK, DATA_COLORS, LIGHT, PlotLook


@pytest.mark.parametrize(("look", "dark"), [(LIGHT, False), (DARK, True)])
def test_a_file_has_every_data_colour_of_its_ground(look: PlotLook, dark: bool) -> None:
    assert {name: look.colors[name] for name in DATA_COLORS} == {
        name: pair[dark] for name, pair in DATA_COLORS.items()
    }
    assert int(look.colors["base"][1:3], 16) < 128 if dark else look.colors["base"] == "#ffffff"
