"""Backgrounds of the sample dataset: what may stand behind a traffic sign, drawn by code.

A scene is float32 [side, side, 3], RGB from 0 to 255. Everything random comes from the
generator that is passed in.
"""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

Image = NDArray[np.float32]
Mask = NDArray[np.float32]


def scene(rng: Generator, side: int) -> Image:
    """A cluttered background, out of focus by a random amount, seen from a random angle."""
    kind = _KINDS[rng.choice(len(_KINDS), p=_SHARES)]
    picture = kind(rng, side)
    _clutter(rng, picture)
    grain = 1 + noise(rng, side, side // 3, 2) * rng.uniform(0.01, 0.07)
    picture = _seen_askew(rng, picture * grain[..., None])
    blur = rng.uniform(0.3, 2.6)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), blur), np.float32)


def noise(rng: Generator, side: int, cells: float, octaves: int = 4) -> Mask:
    """Cloudy noise around 0, most of it within -1 to 1, float32 [side, side].

    ``cells`` is how many of its largest bumps fit beside one another.
    """
    total = np.zeros((1, 1), np.float32)
    strength = 1 / 1.2
    for _ in range(octaves):
        count = int(min(side, max(2, cells)))
        bumps = rng.standard_normal((count, count), dtype=np.float32) * np.float32(strength)
        total = bumps + cv2.resize(total, (count, count), interpolation=cv2.INTER_CUBIC)
        cells, strength = cells * 2, strength * 0.55
    return np.asarray(cv2.resize(total, (side, side), interpolation=cv2.INTER_CUBIC), np.float32)


def smoothstep(values: Mask, low: float, high: float) -> Mask:
    """0 below ``low``, 1 above ``high``, smooth between."""
    share = np.clip((values - low) / (high - low), 0, 1)
    return np.asarray(share * share * (3 - 2 * share), np.float32)


def blend(picture: Image, colour: ArrayLike, mask: Mask) -> None:
    """Cover ``picture`` in place by ``colour`` (one, or a whole image) where ``mask`` is 1."""
    difference = np.asarray(colour, np.float32) - picture
    difference *= mask[..., None]
    picture += difference


def foliage(rng: Generator, side: int) -> Image:
    """Leaves all over, light and shade between them."""
    base = np.array([rng.uniform(45, 115), rng.uniform(80, 130), rng.uniform(25, 60)])
    if rng.random() < 0.2:  # autumn
        base = np.array([rng.uniform(130, 180), rng.uniform(85, 125), rng.uniform(25, 60)])
    light = np.float32(1) + np.float32(0.34) * noise(rng, side, rng.uniform(12, 30), 3)
    hue = noise(rng, side, rng.uniform(4, 10), 2)
    leaves = light[..., None] * base.astype(np.float32)
    leaves += hue[..., None] * np.array([12, 5, 4], np.float32)
    return np.asarray(np.clip(leaves, 5, 235, out=leaves), np.float32)


def _jitter(rng: Generator, colour: ArrayLike, amount: float) -> NDArray[np.float64]:
    varied = np.asarray(colour, float) + rng.normal(0, amount / 3, 3) + rng.normal(0, amount)
    return np.asarray(np.clip(varied, 0, 255))


def _paint(picture: Image, points: ArrayLike, colour: ArrayLike) -> None:
    fixed = np.rint(np.asarray(points, float) * 16).astype(np.int32)
    values = tuple(float(value) for value in np.asarray(colour, float))
    cv2.fillPoly(picture, [fixed], values, cv2.LINE_8, 4)


def _rectangle(
    picture: Image, left: float, top: float, width: float, height: float, colour: ArrayLike
) -> None:
    side = picture.shape[0]
    rows = slice(max(0, int(top)), max(0, min(side, int(top + height))))
    columns = slice(max(0, int(left)), max(0, min(side, int(left + width))))
    picture[rows, columns] = np.asarray(colour, np.float32)


def _sky(rng: Generator, side: int) -> Image:
    tops = [(70, 125, 205), (120, 165, 220), (165, 175, 185), (205, 210, 215), (110, 120, 140)]
    lows = [(190, 215, 240), (225, 230, 235), (215, 215, 212), (240, 205, 165), (235, 180, 140)]
    top = _jitter(rng, tops[rng.integers(len(tops))], 12)
    low = _jitter(rng, lows[rng.integers(len(lows))], 12)
    share = np.linspace(0, 1, side)[:, None, None] ** rng.uniform(0.6, 1.6)
    picture = np.asarray(np.broadcast_to(top + (low - top) * share, (side, side, 3)), np.float32)
    picture = picture.copy()
    cover = smoothstep(noise(rng, side, rng.uniform(2, 6), 5), rng.uniform(-0.5, 1.2), 2.0)
    blend(picture, _jitter(rng, (240, 240, 240), 8), cover * rng.uniform(0.3, 0.95))
    return picture


def _hills(rng: Generator, picture: Image, horizon: float) -> None:
    side = picture.shape[0]
    ridge = horizon - rng.uniform(0.03, 0.18) * side * (1.2 + noise(rng, side, 4, 3)[0])
    rows = np.arange(side)[:, None]
    haze = rng.uniform(0.2, 0.7)
    colour = _jitter(rng, (70, 95, 65), 12) * (1 - haze) + np.array([165, 180, 195]) * haze
    blend(picture, colour, smoothstep((rows - ridge[None]).astype(np.float32), -1, 1))


def _tree(rng: Generator, picture: Image, x: float, ground: float, height: float) -> None:
    trunk = max(2.0, height * rng.uniform(0.04, 0.08))
    bark = _jitter(rng, (75, 60, 48), 10)
    _rectangle(picture, x - trunk / 2, ground - height * 0.6, trunk, height * 0.6, bark)
    side = max(16, round(height * 1.1))  # of the square that holds the crown
    top, left = round(ground - height * 0.65 - side / 2), round(x - side / 2)
    across = np.linspace(-1, 1, side, dtype=np.float32)
    wide, tall = rng.uniform(0.4, 0.72), rng.uniform(0.52, 0.7)
    distance = (across[None, :] / wide) ** 2 + (across[:, None] / tall) ** 2
    crown = 1 - smoothstep(distance + 0.55 * noise(rng, side, 10, 4), 0.85, 1.15)
    leaves = foliage(rng, side) * (0.95 - 0.2 * across)[:, None, None]
    rows, columns = (slice(max(0, -start), picture.shape[0] - start) for start in (top, left))
    crown, leaves = crown[rows, columns], leaves[rows, columns]
    if crown.size:
        top, left = max(0, top), max(0, left)
        blend(picture[top : top + crown.shape[0], left : left + crown.shape[1]], leaves, crown)


def _building(rng: Generator, picture: Image, left: float, width: float, ground: float) -> None:
    side = picture.shape[0]
    walls = [(196, 178, 150), (150, 92, 72), (170, 172, 176), (222, 216, 200), (206, 178, 96),
             (120, 132, 150), (188, 140, 120), (98, 96, 94)]  # fmt: skip
    wall = _jitter(rng, walls[rng.integers(len(walls))], 10)
    top = ground - side * rng.uniform(0.2, 0.85)
    _rectangle(picture, left, top, width, ground - top, wall)
    _rectangle(picture, left, top, width, rng.uniform(2, 9), wall * rng.uniform(0.5, 1.15))
    step = np.array([rng.uniform(12, 34), rng.uniform(16, 40)])
    pane = step * rng.uniform(0.35, 0.72, 2)
    glass = _jitter(rng, (70, 82, 96), 14)
    frame = wall * rng.uniform(0.6, 1.2)
    for y in np.arange(top + step[1] * 0.4, ground - pane[1], step[1]):
        for x in np.arange(left + step[0] * 0.25, left + width - pane[0], step[0]):
            _rectangle(picture, x - 1, y - 1, pane[0] + 2, pane[1] + 2, frame)
            _rectangle(picture, x, y, pane[0], pane[1], glass * rng.uniform(0.55, 1.8))
    if rng.random() < 0.4:  # a shop
        front = _jitter(rng, rng.uniform(30, 220, 3), 5)
        height = rng.uniform(0.06, 0.14) * side
        _rectangle(picture, left, ground - 2.2 * height, width, height, front)
        _rectangle(picture, left, ground - 1.2 * height, width, 1.2 * height, glass * 0.7)


def _road(rng: Generator, picture: Image, horizon: float) -> None:
    side = picture.shape[0]
    verges = [(95, 118, 62), (150, 146, 140), (160, 140, 105), (120, 118, 114)]
    verge = _jitter(rng, verges[rng.integers(len(verges))], 12)
    rows = np.arange(side, dtype=np.float32)[:, None]
    grain = 1 + 0.1 * noise(rng, side, 40, 2)[..., None]
    below = np.broadcast_to(smoothstep(rows - horizon, 0, 2), (side, side))
    blend(picture, verge * grain, below)
    vanishing, left, right = rng.uniform((0.1, -0.9, 0.5), (0.9, 0.5, 1.9)) * side
    ahead = np.array([vanishing, horizon])
    asphalt = _jitter(rng, (98, 98, 102), 14)
    _paint(picture, [*(ahead + [(-2, 0), (2, 0)]), (right, side), (left, side)], asphalt)
    line = _jitter(rng, (222, 220, 208), 8)
    for share in (0.03, 0.5, 0.97):
        foot = np.array([left + (right - left) * share, side])
        width = 0.012 * (right - left)
        for start in np.arange(0.15, 1, 0.28) if share == 0.5 else (0.0,):
            end = start + (0.14 if share == 0.5 else 1)
            near, far = ahead + (foot - ahead) * end, ahead + (foot - ahead) * start
            edge = np.array([width, 0])
            quad = [far - edge * start, far + edge * start, near + edge * end, near - edge * end]
            _paint(picture, quad, line)


def _car(rng: Generator, picture: Image, x: float, ground: float, length: float) -> None:
    paint = _jitter(rng, rng.choice([[190, 30, 35], [40, 60, 120], [215, 215, 218], [45, 46, 50],
                                     [120, 124, 130], [225, 190, 60]]), 12)  # fmt: skip
    tall = length * 0.2
    body = np.array([(0, 0), (0.02, -1), (0.2, -1.15), (0.32, -1.9), (0.7, -1.9), (0.84, -1.1),
                     (0.99, -0.9), (1, 0)])  # fmt: skip
    glass = np.array([(0.25, -1.15), (0.35, -1.78), (0.67, -1.78), (0.78, -1.15)])
    place = np.array([x, ground - 0.35 * tall])
    _paint(picture, body * (length, tall) + place, paint)
    _paint(picture, glass * (length, tall) + place, (50, 58, 68))
    for wheel in (0.2, 0.8):
        centre = (round(x + wheel * length), round(ground - 0.35 * tall))
        cv2.circle(picture, centre, max(2, round(0.5 * tall)), (28.0, 28.0, 30.0), -1)


def _street(rng: Generator, side: int) -> Image:
    picture = _sky(rng, side)
    horizon = rng.uniform(0.55, 0.85) * side
    left = -rng.uniform(0, 40)
    while left < side:
        width = rng.uniform(0.18, 0.6) * side
        if rng.random() < 0.88:
            _building(rng, picture, left, width, horizon + 4)
        left += width + rng.choice([0, rng.uniform(4, 40)])
    for _ in range(rng.integers(0, 3)):
        _tree(rng, picture, rng.uniform(0, side), horizon + 6, rng.uniform(0.3, 0.75) * side)
    _road(rng, picture, horizon)
    for _ in range(rng.integers(0, 4)):
        length = rng.uniform(0.16, 0.5) * side
        _car(rng, picture, rng.uniform(-40, side), horizon + 0.22 * length, length)
    return picture


def _country(rng: Generator, side: int) -> Image:
    picture = _sky(rng, side)
    horizon = rng.uniform(0.45, 0.8) * side
    for _ in range(rng.integers(0, 3)):
        _hills(rng, picture, horizon)
    _road(rng, picture, horizon)
    for _ in range(rng.integers(1, 5)):
        height = rng.uniform(0.2, 0.9) * side
        _tree(rng, picture, rng.uniform(0, side), horizon + 0.1 * height, height)
    return picture


def _thicket(rng: Generator, side: int) -> Image:
    picture = foliage(rng, side) * np.float32(rng.uniform(0.45, 1.0))
    for _ in range(rng.integers(1, 4)):
        light = smoothstep(noise(rng, side, rng.uniform(4, 14), 4), 0.1, 0.6)
        blend(picture, foliage(rng, side) * np.float32(rng.uniform(0.7, 1.3)), light)
    if rng.random() < 0.5:
        gaps = smoothstep(noise(rng, side, rng.uniform(5, 14), 4), 0.9, 1.3)
        blend(picture, _sky(rng, side), gaps)
    return picture


def _wall(rng: Generator, side: int) -> Image:
    base = _jitter(rng, rng.choice([[150, 84, 66], [176, 168, 156], [196, 190, 178],
                                    [120, 122, 126]]), 14)  # fmt: skip
    picture = np.empty((side, side, 3), np.float32)
    picture[:] = base * rng.uniform(0.6, 0.85)
    height = rng.uniform(9, 26)
    width = height * rng.uniform(1.8, 3.2)
    gap = rng.uniform(0.7, 2.2)
    for row, y in enumerate(np.arange(-rng.uniform(0, height), side, height)):
        for x in np.arange(-width * (0.5 + row % 2 * 0.5), side, width):
            _rectangle(picture, x, y, width - gap, height - gap, base * rng.normal(1, 0.07))
    stains = 1 + 0.1 * noise(rng, side, 4, 4)
    return np.asarray(picture * stains[..., None], np.float32)


def _open_sky(rng: Generator, side: int) -> Image:
    picture = _sky(rng, side)
    for _ in range(rng.integers(0, 4)):
        y, slope = rng.uniform(0, side), rng.normal(0, 40)
        wire = rng.uniform(20, 80)
        ends = (0, round(y)), (side, round(y + slope))
        cv2.line(picture, *ends, (wire, wire, wire), int(rng.integers(1, 3)), cv2.LINE_AA)
    if rng.random() < 0.7:
        _tree(rng, picture, rng.uniform(0, side), side * 1.05, rng.uniform(0.3, 0.9) * side)
    return picture


def _night(rng: Generator, side: int) -> Image:
    picture = _street(rng, side) * np.float32(rng.uniform(0.22, 0.45))
    lights = np.zeros_like(picture)
    for _ in range(rng.integers(5, 22)):
        centre = tuple(int(value) for value in rng.uniform(0, side, 2))
        colour = rng.choice([[255, 205, 120], [255, 240, 215], [235, 60, 50], [120, 170, 255]])
        values = tuple(float(value) for value in colour * rng.uniform(0.3, 0.95))
        cv2.circle(lights, centre, int(rng.integers(2, 14)), values, -1, cv2.LINE_AA)
    return np.asarray(np.maximum(picture, lights), np.float32)


def _clutter(rng: Generator, picture: Image) -> None:
    side = picture.shape[0]
    for _ in range(rng.integers(0, 6)):
        colour = _jitter(rng, picture[tuple(rng.integers(0, side, 2))], 30)
        if rng.random() < 0.25:
            colour = _jitter(rng, 0.6 * colour + 0.4 * rng.uniform(0, 255, 3), 20)
        centre, size = rng.uniform(0, side, 2), rng.uniform(0.02, 0.16, 2) * side
        corners = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 7)))
        shape = np.column_stack([np.cos(corners), np.sin(corners)])
        if rng.random() < 0.5:  # something upright: a post, a box, a door
            shape = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * (rng.uniform(0.15, 1), 1.6)
        _paint(picture, shape * size + centre, colour)


def _seen_askew(rng: Generator, picture: Image) -> Image:
    """Zoomed, turned and mirrored at random: left and right must not differ in any class."""
    side = picture.shape[0]
    zoom = rng.uniform(1.0, 1.8)
    matrix = cv2.getRotationMatrix2D((side / 2, side / 2), rng.normal(0, 3), zoom)
    matrix[:, 2] += rng.uniform(-0.5, 0.5, 2) * side * (zoom - 1)
    turned = cv2.warpAffine(picture, matrix, (side, side), borderMode=cv2.BORDER_REFLECT)
    return np.asarray(turned[:, ::-1] if rng.random() < 0.5 else turned, np.float32)


_KINDS: tuple[Callable[[Generator, int], Image], ...] = (
    _street,
    _country,
    _thicket,
    _wall,
    _open_sky,
    _night,
)
_SHARES = (0.32, 0.24, 0.14, 0.12, 0.1, 0.08)
