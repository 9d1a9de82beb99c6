"""The eight traffic signs of the sample dataset, drawn flat and clean by code.

After the European and Vietnamese signs (Vienna Convention on Road Signs and Signals, 1968).
Coordinates are relative to the sign: from -1 to 1, x to the right and y down.
"""

from collections.abc import Callable, Sequence
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

KINDS = (
    "turn-left",
    "turn-right",
    "ahead",
    "stop",
    "yield",
    "no-entry",
    "speed-30",
    "speed-60",
)
SIDE = 512
VARIANTS = 3  # no two makers cut their arrows and digits equally bold

Points = NDArray[np.float64]
Colour = tuple[int, int, int]

BLUE: Colour = (14, 80, 160)
RED: Colour = (190, 22, 34)
WHITE: Colour = (240, 241, 238)
BLACK: Colour = (26, 26, 28)

_SUPERSAMPLING = 2
_MARGIN = 0.96  # of the half side: the rest stays transparent, so that warped edges are smooth
_SUBPIXEL_BITS = 4
_WEIGHTS = (1.0, 0.88, 1.1)


@cache
def sign(kind: str, variant: int = 0) -> NDArray[np.uint8]:
    """The sign as RGBA, uint8 [512, 512, 4], facing the viewer. Read-only.

    ``variant`` (0 to 2) sets how bold the symbol is. ``turn-right`` is ``turn-left`` mirrored,
    pixel for pixel. Raises ``ValueError`` for an unknown kind.
    """
    if kind not in KINDS:
        raise ValueError(f"{kind} is none of {', '.join(KINDS)}")
    if kind == "turn-right":
        picture = np.ascontiguousarray(sign("turn-left", variant)[:, ::-1])
    else:
        canvas = _Canvas()
        _DRAWINGS[kind](canvas, _WEIGHTS[variant])
        picture = canvas.finished()
    picture.setflags(write=False)
    return picture


class _Canvas:
    """A supersampled picture and its coverage, painted in the sign's coordinates."""

    def __init__(self) -> None:
        side = SIDE * _SUPERSAMPLING
        self._colour = np.full((side, side, 3), WHITE, np.uint8)
        self._cover = np.zeros((side, side), np.uint8)
        self._scale = side / 2 * _MARGIN

    def fill(self, points: Points, colour: Colour, rounding: float = 0.0) -> None:
        """Paint a polygon; ``rounding`` grows it by that much, with round corners."""
        fixed = self._fixed(points)
        width = max(1, round(2 * rounding * self._scale))
        for target, value in ((self._colour, colour), (self._cover, (255,))):
            cv2.fillPoly(target, [fixed], value, cv2.LINE_AA, _SUBPIXEL_BITS)
            if rounding:
                cv2.polylines(target, [fixed], True, value, width, cv2.LINE_AA, _SUBPIXEL_BITS)

    def loop(self, points: Points, width: float, colour: Colour) -> None:
        """Paint a closed line, ``width`` wide."""
        thick = round(width * self._scale)
        fixed = self._fixed(points)
        cv2.polylines(self._colour, [fixed], True, colour, thick, cv2.LINE_AA, _SUBPIXEL_BITS)

    def finished(self) -> NDArray[np.uint8]:
        whole = np.dstack([self._colour, self._cover])
        return np.asarray(cv2.resize(whole, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)

    def _fixed(self, points: Points) -> NDArray[np.int32]:
        centre = (self._cover.shape[0] - 1) / 2
        pixels = (points * self._scale + centre) * (1 << _SUBPIXEL_BITS)
        return np.asarray(np.rint(pixels), np.int32)


def _arc(
    centre: tuple[float, float],
    radii: tuple[float, float],
    start: float,
    end: float,
    squareness: float = 2.0,
) -> Points:
    """Points of a superellipse from one angle to another, in degrees, clockwise from the right.

    2 is an ellipse; more squareness gives the boxier curves of road lettering.
    """
    steps = max(2, round(abs(end - start) / 3)) + 1
    angle = np.radians(np.linspace(start, end, steps))
    unit = np.column_stack([np.cos(angle), np.sin(angle)])
    shape = np.sign(unit) * np.abs(unit) ** (2 / squareness)
    return np.asarray(shape * radii + centre)


def _disc(radius: float) -> Points:
    return _arc((0, 0), (radius, radius), 0, 357)


def _stroke(path: Points, width: float) -> Points:
    """The outline of a line along ``path``, ``width`` wide, with flat ends."""
    direction = np.gradient(path, axis=0)
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    side = np.column_stack([-direction[:, 1], direction[:, 0]]) * width / 2
    return np.concatenate([path + side, (path - side)[::-1]])


def _box(left: float, top: float, right: float, bottom: float) -> Points:
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)])


def _round_plate(canvas: _Canvas, colour: Colour, rim: float) -> None:
    canvas.fill(_disc(1.0), WHITE)
    canvas.fill(_disc(1.0 - rim), colour)


def _turn_left(canvas: _Canvas, weight: float) -> None:
    _round_plate(canvas, BLUE, 0.045)
    right, level, radius = 0.36, -0.16, 0.32
    bend = _arc((right - radius, level + radius), (radius, radius), 0, -90)
    path = np.concatenate([[(right, 0.68), (right, level + radius + 0.01)], bend, [(-0.2, level)]])
    canvas.fill(_stroke(path, 0.28 * weight), WHITE)
    _head(canvas, (-0.74, level), (-1, 0), weight)


def _ahead(canvas: _Canvas, weight: float) -> None:
    _round_plate(canvas, BLUE, 0.045)
    half = 0.14 * weight
    canvas.fill(_box(-half, -0.3, half, 0.72), WHITE)
    _head(canvas, (0, -0.76), (0, -1), weight)


def _head(
    canvas: _Canvas, tip: tuple[float, float], towards: tuple[int, int], weight: float
) -> None:
    forward, spread = np.array(towards), np.array([-towards[1], towards[0]])
    base = np.array(tip) - forward * 0.56
    half = 0.42 * (0.7 + 0.3 * weight)
    canvas.fill(np.array([tip, base + spread * half, base - spread * half]), WHITE)


def _stop(canvas: _Canvas, weight: float) -> None:
    angles = np.radians(np.arange(8) * 45 + 22.5)
    corners = np.column_stack([np.cos(angles), np.sin(angles)])
    canvas.fill(corners * 1.0, WHITE, 0.03)
    canvas.fill(corners * 0.93, RED)
    for letter, x in zip("STOP", (-0.61, -0.21, 0.19, 0.61), strict=True):
        _letter(canvas, letter, (x, 0.0), 0.63, 0.15 * weight, WHITE)


def _yield(canvas: _Canvas, weight: float) -> None:
    angles = np.radians([90, 210, 330])
    corners = np.column_stack([np.cos(angles), np.sin(angles)])
    lowered = np.array([0.0, -0.24])  # the plate's middle in the square's
    canvas.fill(corners * 0.96 + lowered, WHITE, 0.13)
    canvas.fill(corners * 0.94 + lowered, RED, 0.11)
    canvas.fill(corners * (0.62 - 0.08 * weight) + lowered, WHITE, 0.02)


def _no_entry(canvas: _Canvas, weight: float) -> None:
    _round_plate(canvas, RED, 0.05)
    half = 0.16 * weight
    canvas.fill(_box(-0.7, -half + 0.02, 0.7, half - 0.02), WHITE, 0.02)


def _speed(digits: str) -> Callable[[_Canvas, float], None]:
    def drawing(canvas: _Canvas, weight: float) -> None:
        _round_plate(canvas, RED, 0.025)
        canvas.fill(_disc(0.975 - 0.17 * (0.5 + 0.5 * weight)), WHITE)
        for number, digit in enumerate(digits):
            middle = (number - 0.5) * 0.64
            _letter(canvas, digit, (middle, 0.0), 0.95, 0.16 * weight, BLACK)

    return drawing


def _letter(
    canvas: _Canvas,
    letter: str,
    middle: tuple[float, float],
    height: float,
    weight: float,
    colour: Colour,
) -> None:
    """Paint one character of road lettering; ``weight`` is the line's width over the height."""
    at, half = np.array(middle), weight / 2
    wide, tall = 0.29 - half, 0.5 - half

    def line(path: Points | Sequence[tuple[float, float]]) -> None:
        canvas.fill(_stroke(np.asarray(path, float) * height + at, weight * height), colour)

    def ring(path: Points) -> None:
        canvas.loop(path * height + at, weight * height, colour)

    upper, lower = (tall + 0.02) / 2, (tall - 0.02) / 2  # the waist stands above the middle
    match letter:
        case "0" | "O":
            ring(_arc((0, 0), (wide, tall), 0, 357, 2.7))
        case "3":
            line(_arc((0, lower - tall), (wide - 0.015, lower), -165, 90, 2.3))
            line(_arc((0, tall - upper), (wide, upper), -90, 160, 2.3))
        case "6":
            ring(_arc((0, tall - upper - 0.02), (wide, upper + 0.02), 0, 357, 2.3))
            stem = _arc((0, 0), (wide, tall), 180, 328, 2.5)
            line(np.concatenate([[(-wide, tall - upper)], stem]))
        case "S":
            top = _arc((0, lower - tall), (wide - 0.01, lower), -15, -270, 2.3)
            bottom = _arc((0, tall - upper), (wide, upper), -90, 165, 2.3)
            line(np.concatenate([top, bottom[1:]]))
        case "T":
            line([(-0.27, -tall), (0.27, -tall)])
            line([(0, -tall), (0, 0.5)])
        case "P":
            bowl = _arc((0.02, upper - tall), (wide - 0.02, upper), -90, 90, 2.3)
            line([(-wide, -0.5), (-wide, 0.5)])
            line(np.concatenate([[(-wide, -tall)], bowl, [(-wide, 2 * upper - tall)]]))


_DRAWINGS: dict[str, Callable[[_Canvas, float], None]] = {
    "turn-left": _turn_left,
    "ahead": _ahead,
    "stop": _stop,
    "yield": _yield,
    "no-entry": _no_entry,
    "speed-30": _speed("30"),
    "speed-60": _speed("60"),
}
