"""Fingerprints of a dataset's pictures, each computed once and kept until its file changes."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from core.dataset import duplicates
from core.dataset.duplicates import FINGERPRINT_VERSION, Fingerprint
from core.dataset.scan_cache import ScanCache
from core.dataset.summary import Sample
from core.images.load import MAX_MEGAPIXELS

_PART = 1000  # pictures between two times of keeping what is done


def fingerprints(
    folder: Path,
    samples: Sequence[Sample],
    *,
    stop: threading.Event | None = None,
    progress: Callable[[int, int], None] | None = None,
    max_megapixels: float = MAX_MEGAPIXELS,
) -> dict[str, Fingerprint]:
    """As ``core.duplicates.fingerprints``; what an earlier call computed is not computed again,
    even if it was stopped half-way.

    Raises ``ThawError`` (stopped) once ``stop`` is set.
    """
    with ScanCache.open(folder) as cache:
        kept = cache.fingerprints(samples, FINGERPRINT_VERSION)
        found = {path: Fingerprint(*one) for path, one in kept.items()}
        missing = [one for one in samples if one.path not in found]
        done, total = len(samples) - len(missing), len(samples)
        for start in range(0, len(missing), _PART):
            part = missing[start : start + _PART]
            new = duplicates.fingerprints(
                folder,
                part,
                stop=stop,
                progress=_shifted(progress, done + start, total),
                max_megapixels=max_megapixels,
            )
            found |= new
            plain = {path: (one.content, one.perceptual, one.gray) for path, one in new.items()}
            cache.write_fingerprints(part, plain, FINGERPRINT_VERSION)
    if progress is not None:
        progress(total, total)
    return found


def _shifted(
    progress: Callable[[int, int], None] | None, before: int, total: int
) -> Callable[[int, int], None] | None:
    """``progress`` of a part as that of the whole."""
    if progress is None:
        return None
    return lambda done, _part: progress(before + done, total)
