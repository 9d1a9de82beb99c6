"""Which class transformed pictures look like: the nearest class mean, and how sure that is.

Fisher's linear discriminant, shrunk (Friedman, JASA 84, 1989, 165-175), each picture judged by
means and a scatter that were fitted without it, transformed or not.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.floating]
Labels = npt.NDArray[np.intp]

FOLDS = 5
FEWEST = 5  # pictures of a class: with fewer, one fold would hold none of it
MOST_DIMENSIONS = 1024

_SHRINKAGE = 0.1
_USUAL = 0.95  # of a class's own pictures are as near to its mean as one that is taken for it


@dataclass(frozen=True)
class Likeness:
    """What became of pictures whose classes are told apart by their vectors.

    ``right`` [C] counts each class's untouched pictures that are recognised. ``turned`` has for
    each transformation counts [from class, to class] of those of them that, transformed, are
    nearest to another class, and no farther from its mean than its own pictures usually are.
    """

    right: npt.NDArray[np.intp]
    turned: tuple[npt.NDArray[np.intp], ...]


def compare(
    vectors: Numbers,
    labels: Labels,
    transformed: Iterable[Numbers],
) -> Likeness:
    """How the classes of ``vectors`` [N, D] change where those of ``transformed`` take their place.

    ``labels`` [N] are 0 to C - 1, each of at least ``FEWEST`` pictures; each of ``transformed``
    (taken one at a time) is of the same pictures in the same order. The vectors' scale makes no
    difference, so features of a network are as good as descriptors.
    """
    judge = _Judge(_folded(vectors), labels)
    own = judge.distances(_folded(vectors))
    known = own.argmin(axis=1) == labels
    usual = np.array([np.quantile(own[labels == c, c], _USUAL) for c in range(judge.classes)])
    turned = []
    for one in transformed:
        changed = judge.distances(_folded(one))
        nearest = changed.argmin(axis=1)
        near = changed[np.arange(len(labels)), nearest] <= usual[nearest]
        counted = known & near & (nearest != labels)
        counts = np.zeros((judge.classes, judge.classes), np.intp)
        np.add.at(counts, (labels[counted], nearest[counted]), 1)
        turned.append(counts)
    return Likeness(np.bincount(labels[known], minlength=judge.classes), tuple(turned))


class _Judge:
    """The discriminants that judge each picture, fitted without it."""

    def __init__(self, vectors: Numbers, labels: Labels) -> None:
        self.classes = int(labels.max()) + 1
        self._fold = np.empty(len(labels), np.intp)
        for one in range(self.classes):
            (members,) = np.nonzero(labels == one)
            self._fold[members] = np.arange(len(members)) % FOLDS
        self._fits = []
        for number in range(FOLDS):
            kept = self._fold != number
            self._fits.append(_fit(vectors[kept], labels[kept], self.classes))

    def distances(self, vectors: Numbers) -> Numbers:
        """The squared distances [N, C] of each picture's vector to the means of the classes."""
        found = np.empty((len(vectors), self.classes))
        for number, (centres, whitening) in enumerate(self._fits):
            judged = self._fold == number
            points = vectors[judged] @ whitening
            lengths = (points**2).sum(axis=1)[:, None] + (centres**2).sum(axis=1)
            found[judged] = lengths - 2 * points @ centres.T
        return found


def _fit(vectors: Numbers, labels: Labels, classes: int) -> tuple[Numbers, Numbers]:
    """The whitened class means [C, D], and the whitening [D, D]: the inverse root of the shrunk
    scatter within the classes."""
    means = np.stack([vectors[labels == one].mean(axis=0) for one in range(classes)])
    apart = vectors - means[labels]
    scatter = apart.T @ apart / max(len(vectors) - classes, 1)
    average = max(float(np.trace(scatter)) / len(scatter), 1e-12)  # equal pictures scatter nowhere
    scatter *= 1 - _SHRINKAGE
    scatter.flat[:: len(scatter) + 1] += _SHRINKAGE * average
    whitening = np.linalg.inv(np.linalg.cholesky(scatter)).T
    return means @ whitening, whitening


def _folded(vectors: Numbers) -> Numbers:
    """Vectors [N, D] with at most ``MOST_DIMENSIONS``, at nearly the same distances.

    Sums of entries with random signs (feature hashing: Weinberger et al., ICML 2009).
    """
    length = vectors.shape[1]
    if length <= MOST_DIMENSIONS:
        return vectors.astype(np.float64)
    rng = np.random.default_rng(length)  # all vectors of one length are folded alike
    each = -(-length // MOST_DIMENSIONS)
    signed = np.zeros((len(vectors), MOST_DIMENSIONS * each), np.float32)
    signed[:, :length] = vectors[:, rng.permutation(length)] * rng.choice((-1.0, 1.0), length)
    folded: Numbers = signed.reshape(len(vectors), MOST_DIMENSIONS, each).sum(axis=2)
    return folded.astype(np.float64)
