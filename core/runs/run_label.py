"""What a person says of a run: its name, a note, a star. ``about.json`` in the run's directory.

The directory keeps its own name, so that nothing that points to it breaks.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.common import files
from core.common.messages import ThawError

ABOUT = "about.json"
LONGEST_NAME, LONGEST_NOTE = 120, 4000  # characters
_MOST_BYTES = 1 << 20


@dataclass(frozen=True)
class RunLabel:
    """``name`` is "" for a run that goes by its directory's name."""

    name: str = ""
    note: str = ""
    star: bool = False


def tidy(label: RunLabel) -> RunLabel:
    """``label`` on one line and in as many characters as are kept; the note keeps its lines."""
    name = " ".join(label.name.split())[:LONGEST_NAME].strip()
    return RunLabel(name, label.note.strip()[:LONGEST_NOTE], label.star)


def read(directory: Path) -> RunLabel:
    """What is said of the run there; nothing, where that is missing or damaged."""
    data = _data(directory)
    name, note = data.get("name"), data.get("note")
    return tidy(
        RunLabel(
            name if isinstance(name, str) else "",
            note if isinstance(note, str) else "",
            data.get("star") is True,
        )
    )


def write(directory: Path, label: RunLabel) -> RunLabel:
    """Keep ``label``, and give it as it was kept. Raises ``ThawError`` (run_label_unwritable)."""
    kept = tidy(label)
    data = {**_data(directory), "schema": 1, **asdict(kept)}
    text = json.dumps(data, indent=2, ensure_ascii=False) + "\n"
    try:
        files.replace(directory / ABOUT, text.encode("utf-8", "replace"))
    except OSError as error:
        path, reason = str(directory / ABOUT), error.strerror or str(error)
        raise ThawError("run_label_unwritable", path=path, reason=reason) from None
    return kept


def _data(directory: Path) -> dict[str, Any]:
    """All of the file's fields, those of later versions too."""
    try:
        with (directory / ABOUT).open("rb") as file:
            data = json.loads(file.read(_MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}
