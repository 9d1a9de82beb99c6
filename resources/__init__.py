"""Files that come with Thaw: icons, translations, weights, lessons, the sample dataset."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent
ICONS = ROOT / "icons"
TRANSLATIONS = ROOT / "i18n"
WEIGHTS = ROOT / "weights"
LESSONS = ROOT / "lessons"
REPORT = ROOT / "report"
SAMPLE = ROOT / "sample"
