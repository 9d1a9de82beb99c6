"""The contents of a run's files that need arrays: the network, the first batch's picture."""

import json
import math
from collections.abc import Iterator

import cv2
import numpy as np

from core.compute.features.source import SHEET_PICTURES
from core.training import tensor_files
from core.training.setup import Setup

METADATA_KEY = "thaw"
_COLUMNS = 8


def network_parts(setup: Setup) -> Iterator[tensor_files.Part]:
    """``best.safetensors``: ``features.*`` by torchvision's names and ``head.*``, in float32.

    All metadata is one key, JSON with sorted keys: equal weights are equal bytes. It comes in
    parts, to be written before the next step.
    """
    backbone, head, config = setup.backbone, setup.head, setup.config
    tensors = {f"features.{name}": one for name, one in backbone.features.named_parameters()}
    tensors |= {f"head.{name}": one for name, one in head.named_parameters()}
    metadata = {
        "schema": 1,
        "classes": list(setup.classes),
        "image_size": config.dataset.image_size,
        "fit": config.dataset.fit,
        "background_color": list(config.dataset.background_color),
        "mean": list(backbone.mean),
        "std": list(backbone.std),
        "depth": backbone.depth,
        **head.description(),
    }
    return tensor_files.parts(tensors, {METADATA_KEY: json.dumps(metadata, sort_keys=True)})


def contact_sheet(pictures: np.ndarray) -> bytes:
    """A PNG of uint8 pictures [N, S, S, 3] side by side; of more than 64, the first 64."""
    pictures = pictures[:SHEET_PICTURES]
    count, size = len(pictures), pictures.shape[1]
    rows = math.ceil(count / _COLUMNS)
    sheet = np.full((rows * size, min(count, _COLUMNS) * size, 3), 255, np.uint8)
    for number, picture in enumerate(pictures):
        top, left = number // _COLUMNS * size, number % _COLUMNS * size
        sheet[top : top + size, left : left + size] = picture
    done, data = cv2.imencode(".png", cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))
    assert done
    return data.tobytes()
