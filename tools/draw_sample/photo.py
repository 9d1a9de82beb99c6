"""One sign in front of one scene, as a photograph would show it: perspective, light, wear, blur.

Every random choice is as likely as its mirror image, so that a turn's direction is the only
thing that tells ``turn-left`` from ``turn-right``.
"""

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from tools.draw_sample import signs
from tools.draw_sample.scene import Image, blend, foliage, noise, scene, smoothstep

SIZE = 256
SMALLEST, LARGEST = 0.66, 0.96  # the sign's share of the picture's side

_CASTS = (
    (1.0, 1.0, 1.0),  # noon
    (1.1, 1.0, 0.84),  # evening
    (0.9, 0.98, 1.1),  # shade
    (1.08, 0.97, 0.76),  # street lamps
)


def photograph(kind: str, rng: Generator) -> NDArray[np.uint8]:
    """A picture of a sign of this ``kind``, uint8 [256, 256, 3], RGB."""
    picture = scene(rng, SIZE)
    diameter = (SMALLEST + (LARGEST - SMALLEST) * rng.beta(1.8, 1.0)) * SIZE
    matrix = _perspective(rng, diameter)
    _post(rng, picture, matrix)
    _mount(rng, picture, _worn_sign(kind, rng, diameter), matrix)
    if rng.random() < 0.1:
        _twigs(rng, picture)
    picture = _lit(rng, picture)
    picture = _blurred(rng, picture)
    picture += _sensor_noise(rng)
    return np.asarray(np.clip(np.rint(picture), 0, 255), np.uint8)


def _worn_sign(kind: str, rng: Generator, diameter: float) -> Image:
    """The sign as RGBA, colour times alpha, a little larger than it will appear."""
    side = round(diameter * 1.25)
    flat = signs.sign(kind, int(rng.integers(signs.VARIANTS)))
    small = cv2.resize(flat, (side, side), interpolation=cv2.INTER_AREA).astype(np.float32)
    colour, alpha = small[..., :3].copy(), small[..., 3:] / 255
    _fade(rng, colour)
    _dirt(rng, colour)
    _scratches(rng, colour)
    if rng.random() < 0.1:
        _sticker(rng, colour)
    _light_on_sign(rng, colour)
    return np.asarray(np.dstack([colour * alpha, alpha]), np.float32)


def _fade(rng: Generator, colour: Image) -> None:
    """Old paint: paler, greyer, and never quite the same red or blue."""
    colour *= rng.normal(1, 0.05, 3).astype(np.float32)
    pale = rng.beta(1.2, 3.2) * 0.5
    grey = cv2.cvtColor(colour, cv2.COLOR_RGB2GRAY)
    blend(colour, (0.45 * grey + 0.55 * 205)[..., None], np.full_like(grey, pale))


def _dirt(rng: Generator, colour: Image) -> None:
    side = colour.shape[0]
    if rng.random() < 0.35:
        grime = smoothstep(noise(rng, side, rng.uniform(2, 8)), rng.uniform(0, 1), 2.2)
        blend(colour, rng.normal((92, 84, 70), 8), grime * np.float32(rng.uniform(0.15, 0.7)))
    if rng.random() < 0.1:
        spots = smoothstep(noise(rng, side, rng.uniform(6, 14)), 1.35, 1.6)
        blend(colour, rng.normal((118, 66, 38), 10), spots * np.float32(rng.uniform(0.6, 1)))


def _scratches(rng: Generator, colour: Image) -> None:
    side = colour.shape[0]
    for _ in range(rng.poisson(1.5)):
        start = rng.uniform(0, side, 2)
        end = start + rng.normal(0, side * 0.16, 2)
        tone = float(rng.uniform(90, 215))
        ends = [tuple(int(value) for value in point) for point in (start, end)]
        cv2.line(colour, ends[0], ends[1], (tone, tone, tone), 1, cv2.LINE_AA)


def _sticker(rng: Generator, colour: Image) -> None:
    side = colour.shape[0]
    size = rng.uniform(0.05, 0.11, 2) * side
    centre = rng.uniform(0.2, 0.8, 2) * side
    box = cv2.boxPoints((tuple(centre), tuple(size), float(rng.uniform(0, 90))))
    paint = tuple(float(value) for value in rng.uniform(20, 240, 3))
    cv2.fillPoly(colour, [np.rint(box * 16).astype(np.int32)], paint, cv2.LINE_AA, 4)


def _light_on_sign(rng: Generator, colour: Image) -> None:
    side = colour.shape[0]
    colour *= 1 + _slope(rng, side, rng.uniform(0, 0.3))[..., None]
    chance = rng.random()
    if chance < 0.08:  # leaves between the sign and the sun
        shade = smoothstep(noise(rng, side, rng.uniform(3, 9), 3), -0.3, 0.3)
        colour *= 1 - shade[..., None] * np.float32(rng.uniform(0.2, 0.45))
    elif chance < 0.16:  # the straight shadow of something large
        shade = smoothstep(_slope(rng, side, 1.0) + np.float32(rng.uniform(-0.6, 0.6)), -0.02, 0.02)
        colour *= 1 - shade[..., None] * np.float32(rng.uniform(0.25, 0.5))
    elif chance < 0.3:  # the sun in the paint
        centre, width = rng.uniform(-0.2, 1.2, 2) * side, rng.uniform(0.2, 0.5) * side
        rows, columns = np.mgrid[0:side, 0:side].astype(np.float32)
        square = (columns - centre[0]) ** 2 + (rows - centre[1]) ** 2
        glare = np.exp(-square / np.float32(2 * width**2))
        blend(colour, (255, 252, 240), glare * np.float32(rng.uniform(0.2, 0.55)))


def _slope(rng: Generator, side: int, strength: float) -> NDArray[np.float32]:
    """A ramp across a square in a random direction, from -strength to strength."""
    angle = rng.uniform(0, 2 * np.pi)
    across = np.linspace(-1, 1, side, dtype=np.float32)
    ramp = np.cos(angle) * across[None, :] + np.sin(angle) * across[:, None]
    return np.asarray(ramp * strength, np.float32)


def _perspective(rng: Generator, diameter: float) -> NDArray[np.float64]:
    """The homography from the sign's coordinates (-1 to 1) to pixels.

    The plate is turned in space about all three axes and seen through a pinhole.
    """
    roll = np.radians(np.clip(rng.normal(0, 2.5), -7, 7))
    yaw, pitch = np.radians(rng.uniform(-22, 22)), np.radians(rng.uniform(-9, 9))
    about_x = np.array([(1, 0, 0), (0, np.cos(pitch), -np.sin(pitch)),
                        (0, np.sin(pitch), np.cos(pitch))])  # fmt: skip
    about_y = np.array([(np.cos(yaw), 0, np.sin(yaw)), (0, 1, 0),
                        (-np.sin(yaw), 0, np.cos(yaw))])  # fmt: skip
    about_z = np.array([(np.cos(roll), -np.sin(roll), 0), (np.sin(roll), np.cos(roll), 0),
                        (0, 0, 1)])  # fmt: skip
    turned = about_z @ about_x @ about_y
    distance, radius = rng.uniform(3.2, 7.0), diameter / 2
    room = min(SIZE / 2 - 0.95 * radius, 0.08 * SIZE)
    centre = SIZE / 2 + rng.uniform(-room, room, 2)
    camera = np.array([(radius * distance, 0, centre[0]), (0, radius * distance, centre[1]),
                       (0, 0, 1)])  # fmt: skip
    plate = turned.copy()
    plate[:, 2] = (0, 0, distance)
    return np.asarray(camera @ plate, np.float64)


def _project(matrix: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(cv2.perspectiveTransform(points[None], matrix)[0])


def _post(rng: Generator, picture: Image, matrix: NDArray[np.float64]) -> None:
    if rng.random() < 0.2:
        return  # fixed to something that the picture doesn't show
    half = rng.uniform(0.045, 0.085)
    tone = rng.uniform(60, 190) * rng.normal(1, 0.03, 3)
    for strip in np.linspace(-1, 1, 8)[:-1]:
        left, right = strip * half, (strip + 0.3) * half
        quad = np.array([(left, -0.2), (right, -0.2), (right, 6.0), (left, 6.0)])
        light = 0.6 + 0.5 * np.cos(1.3 * strip - rng.uniform(-0.1, 0.1))
        fixed = np.rint(_project(matrix, quad) * 16).astype(np.int32)
        values = tuple(float(value) for value in tone * light)
        cv2.fillPoly(picture, [fixed], values, cv2.LINE_AA, 4)
    if rng.random() < 0.22:
        _extra_plate(rng, picture, matrix)


def _extra_plate(rng: Generator, picture: Image, matrix: NDArray[np.float64]) -> None:
    """The small plate with some words that often hangs below."""
    half, top, tall = rng.uniform(0.4, 0.75), rng.uniform(1.02, 1.1), rng.uniform(0.25, 0.5)
    white, ink = float(rng.uniform(175, 240)), float(rng.uniform(20, 80))
    lines = rng.integers(1, 3)
    boxes = [(-half, top, half, top + tall, white)]
    for number in range(lines):
        width = half * rng.uniform(0.4, 0.8)
        middle = top + tall * (number + 1) / (lines + 1)
        boxes.append((-width, middle - 0.04, width, middle + 0.04, ink))
    for left, upper, right, lower, tone in boxes:
        quad = np.array([(left, upper), (right, upper), (right, lower), (left, lower)])
        fixed = np.rint(_project(matrix, quad) * 16).astype(np.int32)
        cv2.fillPoly(picture, [fixed], (tone, tone, tone), cv2.LINE_AA, 4)


def _mount(rng: Generator, picture: Image, sign: Image, matrix: NDArray[np.float64]) -> None:
    half = sign.shape[0] / 2
    from_pixels = np.array([(1 / half, 0, 0.5 / half - 1), (0, 1 / half, 0.5 / half - 1),
                            (0, 0, 1)])  # fmt: skip
    warped = cv2.warpPerspective(sign, matrix @ from_pixels, (SIZE, SIZE), flags=cv2.INTER_LINEAR)
    alpha = warped[..., 3]
    shift = np.array([(1, 0, rng.normal(0, 1.6)), (0, 1, abs(rng.normal(0, 1.2)))])
    edge = np.asarray(cv2.warpAffine(alpha, shift, (SIZE, SIZE)), np.float32)
    blend(picture, (62, 62, 64), edge * np.float32(rng.uniform(0.3, 0.9)))
    picture *= 1 - alpha[..., None]
    picture += warped[..., :3]


def _twigs(rng: Generator, picture: Image) -> None:
    """Some leaves that reach into the picture from one side."""
    rise = _slope(rng, SIZE, 1.0) - np.float32(rng.uniform(0.75, 1.0))
    cover = smoothstep(rise * 1.6 + 0.4 * noise(rng, SIZE, rng.uniform(5, 10)), -0.05, 0.1)
    soft = cv2.GaussianBlur(cover, (0, 0), rng.uniform(0.6, 2.5))
    blend(picture, foliage(rng, SIZE), np.asarray(soft, np.float32))


def _lit(rng: Generator, picture: Image) -> Image:
    """Exposure, contrast, a colour cast, haze and an uneven light over the whole picture."""
    cast = np.array(_CASTS[rng.choice(4, p=(0.45, 0.2, 0.25, 0.1))]) * rng.normal(1, 0.025, 3)
    gain = np.exp(np.clip(rng.normal(-0.04, 0.24), -0.7, 0.35))
    picture *= (cast * gain).astype(np.float32)
    picture *= 1 + _slope(rng, SIZE, rng.uniform(0, 0.3))[..., None]
    contrast = np.float32(np.clip(rng.normal(0.98, 0.13), 0.65, 1.3))
    picture *= contrast
    picture += (1 / contrast - 1) * np.float32(cv2.mean(picture)[1])
    if rng.random() < 0.14:
        mist = rng.uniform(165, 215) * cast.astype(np.float32)
        blend(picture, mist, np.full((SIZE, SIZE), rng.uniform(0.1, 0.35), np.float32))
    np.clip(picture, 0, 255, out=picture)
    return np.asarray(cv2.pow(picture / np.float32(255), rng.uniform(0.85, 1.2)) * np.float32(255))


def _blurred(rng: Generator, picture: Image) -> Image:
    focus = abs(rng.normal(0, 1.0))
    if focus > 0.3:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), min(focus, 2.4)), np.float32)
    return _shaken(rng, picture) if rng.random() < 0.22 else picture


def _shaken(rng: Generator, picture: Image) -> Image:
    """Smeared along a line: the camera moved."""
    length, angle = rng.uniform(3, 9), rng.uniform(0, np.pi)
    side = 2 * round(length / 2) + 3
    reach = np.array([np.cos(angle), np.sin(angle)]) * length / 2
    kernel = np.zeros((side, side), np.float32)
    ends = [np.rint((side // 2 + way * reach) * 16).astype(int).tolist() for way in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], (1.0,), 1, cv2.LINE_AA, 4)
    smeared = cv2.filter2D(picture, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REFLECT)
    return np.asarray(smeared, np.float32)


def _sensor_noise(rng: Generator) -> Image:
    strength = np.float32(rng.gamma(2.0, 2.2) + 0.8)
    grain = rng.standard_normal((SIZE, SIZE), dtype=np.float32)
    if rng.random() < 0.4:  # a telephone's own smoothing leaves blotches
        grain = np.asarray(cv2.GaussianBlur(grain, (0, 0), 0.8), np.float32) * np.float32(1.8)
    coarse = rng.standard_normal((SIZE // 2, SIZE // 2, 3), dtype=np.float32)
    colour = cv2.resize(coarse, (SIZE, SIZE), interpolation=cv2.INTER_LINEAR)
    return np.asarray((grain[..., None] + colour) * (strength * np.float32(0.8)), np.float32)
