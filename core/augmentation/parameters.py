"""What is done to a picture: the parameters of one, and those of many as arrays."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from core.augmentation.geometry import Geometric
from core.augmentation.photometric_ import Photometric
from core.augmentation.photometric_sampling import photometric_of


@dataclass(frozen=True)
class Parameters(Geometric):
    """What is done to one picture: where its pixels go, and then its ``photometric`` changes;
    the default is nothing."""

    photometric: Photometric = field(default_factory=Photometric)

    @property
    def is_identity(self) -> bool:
        """Whether the picture stays as it is."""
        return self.moves_nothing and self.photometric.is_identity


class Table:
    """What N pictures have of each of some fields, by the fields' names.

    ``values`` holds an array with a row for each picture, or one value that all of them have.
    """

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values

    @cached_property
    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Those of the values that are arrays: where pictures differ."""
        values = self.values.items()
        return {name: value for name, value in values if isinstance(value, np.ndarray)}

    def row(self, picture: int) -> dict[str, Any]:
        """What one picture has, in Python's own numbers and tuples."""
        return self.values | {name: rows[picture] for name, rows in self._rows.items()}

    def replaced(self, pictures: int, parts: Iterable[tuple[Sequence[int], "Table"]]) -> "Table":
        """The same of that many pictures, but with what each of the ``parts`` has in its arrays,
        whose rows are those of the pictures that stand before it."""
        arrays: dict[str, npt.NDArray[Any]] = {}
        for which, part in parts:
            for name, rows in part.arrays.items():
                if name not in arrays:
                    shape = (pictures, *rows.shape[1:])
                    arrays[name] = np.full(shape, self.values[name], rows.dtype)
                arrays[name][which] = rows
        return Table(self.values | arrays)

    @cached_property
    def _rows(self) -> dict[str, list[Any]]:
        """The arrays, converted at once: number by number it takes longer than all the rest."""
        return {name: _rows(array) for name, array in self.arrays.items()}


class ManyParameters:
    """The parameters of N pictures as arrays; ``many[n]`` are those of the one at n.

    ``geometric`` has the fields of ``Geometric``, ``photometric`` those of ``Photometric``.
    """

    def __init__(self, pictures: int, geometric: Table, photometric: Table) -> None:
        self._pictures = range(pictures)
        self.geometric, self.photometric = geometric, photometric

    def __len__(self) -> int:
        return len(self._pictures)

    def __getitem__(self, picture: int) -> Parameters:
        at = self._pictures[picture]
        photometric = self._shared or photometric_of(self.photometric.row(at))
        return Parameters(**self.geometric.row(at), photometric=photometric)

    def __iter__(self) -> Iterator[Parameters]:
        return (self[at] for at in self._pictures)

    def replaced(self, parts: Iterable[tuple[Sequence[int], "ManyParameters"]]) -> "ManyParameters":
        """These, but with what the pictures of each part have there of their own; the part's
        pictures are those that stand before it."""
        parts, pictures = list(parts), len(self)
        return ManyParameters(
            pictures,
            self.geometric.replaced(pictures, [(at, part.geometric) for at, part in parts]),
            self.photometric.replaced(pictures, [(at, part.photometric) for at, part in parts]),
        )

    @cached_property
    def _shared(self) -> Photometric | None:
        """What is done to the colours of all of them alike; None where they differ in that."""
        return None if self.photometric.arrays else photometric_of(self.photometric.values)


def _rows(array: npt.NDArray[Any]) -> list[Any]:
    rows: list[Any] = array.tolist()
    return rows if array.ndim == 1 else [_tuples(row, array.ndim - 1) for row in rows]


def _tuples(row: list[Any], depth: int) -> tuple[Any, ...]:
    return tuple(row) if depth == 1 else tuple([_tuples(one, depth - 1) for one in row])
