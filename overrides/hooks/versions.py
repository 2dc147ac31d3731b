"""For which versions the site is true: the pins of the notebooks, and the day of their last run."""

import json
import re
from pathlib import Path

SPOKEN = {
    "transformers": "Transformers",
    "datasets": "Datasets",
    "accelerate": "Accelerate",
    "torch": "PyTorch",
}


def pins(requirements: Path) -> dict[str, str]:
    """Package to version, from the lines `name==version` of a requirements file."""
    return dict(re.findall(r"^([\w-]+)==(\S+)$", requirements.read_text("utf-8"), re.M))


def last_run(results: Path) -> str:
    """The latest day on which a notebook ran, as YYYY-MM-DD; empty when none did."""
    days = [json.loads(path.read_text("utf-8"))["run"]["date"] for path in results.glob("*.json")]
    return max(days, default="")


def true_for(requirements: Path, results: Path) -> str:
    """The sentence at the foot of every page."""
    found = pins(requirements)
    names = ", ".join(f"{spoken} {found[name]}" for name, spoken in SPOKEN.items())
    day = last_run(results)
    return f"True for {names}" + (f"; notebooks last run on {day}." if day else ".")
