"""Numbers that the notebooks measured, read from `notebooks/results/<slug>.json`."""

import json
from pathlib import Path

from errors import GuideError


def load(folder: Path, slug: str) -> dict:
    """The results of one notebook: `scores` (repeat exactly), `shown` (our own text) and `run` (do not repeat)."""
    path = folder / f"{slug}.json"
    try:
        return json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise GuideError(f"{path}: the results file is missing; make it with `make notebooks`") from None
    except ValueError as error:
        raise GuideError(f"{path}: broken JSON: {error}; make it again with `make notebooks`") from None


def look_up(folder: Path, slug: str, key: str):
    """The value at the dotted `key` of one notebook's results."""
    value = load(folder, slug)
    for part in key.split("."):
        if not isinstance(value, dict) or part not in value:
            raise GuideError(f"{folder / slug}.json: no result {key!r}; quote one that the notebook writes")
        value = value[part]
    return value


def spell(value, timed=False) -> str:
    """A result as prose shows it: shares with three decimals, other fractions with one, whole numbers with separators.

    What was `timed` does not repeat: two digits are enough below ten.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if isinstance(value, int):
        return f"{value:,}"
    if timed and abs(value) < 10:
        return f"{value:.2g}"
    return f"{value:.3f}" if abs(value) <= 1 else f"{value:,.1f}"
