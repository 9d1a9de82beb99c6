"""A run as the ranks know it that do not write it: in memory, whatever happens to it."""

import json
from pathlib import Path

from core.common.files import Contents
from core.common.messages import ThawError
from core.recipe import files as recipes
from core.runs import history
from core.runs import images as run_images
from core.runs.places import HISTORY
from core.runs.run import Run
from core.training.distributed import Group


class FollowedRun(Run):
    """The run that the first rank writes. Nothing that is done to it reaches a disk."""

    _lines = b""

    def history_bytes(self) -> bytes:
        return self._lines

    def sync_history(self) -> int:
        return len(self._lines)

    def replace(self, name: str, data: Contents) -> None:
        if name == HISTORY:
            self._lines = data if isinstance(data, bytes) else b"".join(data)

    def take_up(self, lines: bytes) -> None:
        """Have the history that the first rank has."""
        self._lines = lines
        self.history = history.of_lines(lines)

    def _add_line(self, line: bytes, *, sync: bool) -> None:
        self._lines += line


def shared(group: Group, run: Run | None, directory: Path, folder: Path | None) -> Run | None:
    """The training's run on every rank: the first one gives ``run``, the others follow it.

    None where the first one has nothing to train. ``folder`` is where another rank finds the
    pictures (None: where the run has them). Raises ``ThawError`` (folder_vanished).
    """
    told = [group.from_first(part) for part in (_parts(run) if run is not None else [b""] * 4)]
    config, environment, table, lines = told
    if group.is_first or not config:
        return run
    about = json.loads(environment)
    folder = folder or Path(about["folder"])
    if not folder.is_dir():
        raise ThawError("folder_vanished", path=str(folder))
    classes = tuple(about["classes"])
    pictures = list(run_images.read(table, classes))
    followed = FollowedRun(directory, recipes.make(json.loads(config)), folder, classes, pictures)
    followed.environment, followed.created = about, about["created"]
    followed.take_up(lines)
    return followed


def _parts(run: Run) -> list[bytes]:
    texts = [json.dumps(one).encode() for one in (run.config.to_data(), run.environment)]
    return [*texts, run_images.write(run.pictures, run.classes), run.history_bytes()]
