"""Geometric augmentation: all effects as one 3 x 3 matrix and one warp; and the share of fill.

What one effect moves out and a later one brings back is not lost, and only what lies outside the
image is filled. Directions are as seen, with y down.
"""

from dataclasses import replace
from functools import reduce

import numpy as np

from core.augmentation.effects.code import BORDERS
from core.augmentation.effects.record import Image, Matrix
from core.augmentation.parameters import Parameters
from core.common.lazy import opencv

_COUNTED_SIDE = 72  # pixels, of the image whose fill is counted


def matrix(parameters: Parameters, width: int, height: int) -> Matrix:
    """The float64 [3, 3] matrix from input (x, y, 1) to output, for an image of that size.

    Coordinates are in pixels, x to the right and y down, with the centre of the first pixel at
    (0, 0), as in OpenCV. Without perspective the last row is (0, 0, 1). Flips and quarter turns
    are exact.
    """
    steps = [
        record.matrix(value, width, height)
        for record, value in reversed(parameters.geometric)
        if record.matrix is not None
    ]
    # What is multiplied first decides the last bits, and so some pixels of a seed: both flips, then
    # from the last effect to the first, then the perspective, which is the last of all.
    if "horizontal_flip" in parameters and "vertical_flip" in parameters:
        steps[-2:] = [steps[-2] @ steps[-1]]
    affine = steps[1:] if "perspective" in parameters else steps
    product = reduce(np.matmul, affine) if affine else np.eye(3)
    return product if affine is steps else steps[0] @ product


def warp(image: Image, parameters: Parameters) -> Image:
    """``image`` (uint8 [H, W, 3]) with its pixels moved, same shape, bilinear.

    Reflect repeats the edge pixel. Where nothing moves the same array comes back.
    """
    moves = parameters.geometric
    if all(record.reordered is not None for record, _ in moves):
        turned = image  # without an interpolation: the same pixels, many times faster
        for record, value in moves:
            turned = record.reordered(turned, value) if record.reordered else turned
        if turned.shape == image.shape:
            return turned
    cv2 = opencv()
    height, width = image.shape[:2]
    whole = matrix(parameters, width, height)
    is_affine = "perspective" not in parameters
    # OpenCV 5 warps four channels more than twice as fast as three, to the same bits.
    warped = (cv2.warpAffine if is_affine else cv2.warpPerspective)(
        cv2.cvtColor(image, cv2.COLOR_RGB2RGBA),
        whole[:2] if is_affine else whole,
        (width, height),
        flags=cv2.INTER_LINEAR,
        borderMode=getattr(cv2, BORDERS[parameters.fill_mode]),
        borderValue=(*parameters.fill_color, 0),
    )
    rgb: Image = cv2.cvtColor(warped, cv2.COLOR_RGBA2RGB)
    return rgb


def fill_share(parameters: Parameters) -> float:
    """The share, 0 to 1, of a square output's area that shows nothing of the image, only fill;
    counted, to about a thousandth."""
    if all(record.reordered is not None for record, _ in parameters.geometric):
        return 0.0
    white = np.full((_COUNTED_SIDE, _COUNTED_SIDE, 3), 255, np.uint8)
    black = replace(parameters, fill_mode="constant", fill_color=(0, 0, 0))
    return 1 - float(warp(white, black).mean()) / 255
