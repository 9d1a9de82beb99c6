"""The picture of a run's first batch."""

import cv2
import numpy as np

from core.training.network_file import contact_sheet


def test_the_first_batch_is_shown_as_the_network_saw_it() -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (10, 32, 32, 3), dtype=np.uint8)
    data = np.frombuffer(contact_sheet(pictures), np.uint8)
    sheet = cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    assert sheet.shape == (64, 256, 3)
    assert np.array_equal(sheet[:32, 32:64], pictures[1])
    assert np.array_equal(sheet[32:, 32:64], pictures[9])


def test_a_batch_of_thousands_is_shown_in_part() -> None:
    data = np.frombuffer(contact_sheet(np.zeros((4096, 32, 32, 3), np.uint8)), np.uint8)
    assert cv2.imdecode(data, cv2.IMREAD_COLOR).shape == (8 * 32, 8 * 32, 3)
