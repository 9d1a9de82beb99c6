"""Ticks are exact decimals."""

from gui.controls.sliders import FloatScale


def test_ticks_have_no_rounding_dust() -> None:
    scale = FloatScale(0, 1, 0.1)
    values = [scale.value(tick) for tick in range(scale.ticks + 1)]
    assert values == [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1]
    assert [scale.tick(value) for value in values] == list(range(11))


def test_the_nearest_tick_within_the_scale() -> None:
    scale = FloatScale(-180, 180, 0.5)
    assert scale.ticks == 720
    assert scale.tick(0.2) == 360
    assert scale.tick(-999) == 0
    assert scale.tick(999) == 720
