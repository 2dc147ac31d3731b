"""What is no longer true on the newest releases: `make upgrade`.

Makes an environment of its own in .cache/upgrade with the newest releases of every pinned package, runs facts and fences
there, and lists what failed. Changes no pin.
"""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".cache/upgrade"
FILES = ("requirements.txt", "notebooks/requirements.txt", "tests/requirements.txt")
MODELS = "notebooks/requirements-models.txt"


def newest(requirements: str) -> list[str]:
    """The package names of a requirements file, without their pins."""
    return re.findall(r"^([\w-]+)==", (ROOT / requirements).read_text("utf-8"), re.M)


def main() -> int:
    """Install, run, list."""
    python = FOLDER / "bin/python"
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(FOLDER)], check=True)
    pip = [str(python), "-m", "pip", "install", "--quiet"]
    names = [name for file in FILES for name in newest(file)]
    print(f"upgrade: installing the newest {len(names)} packages into {FOLDER.relative_to(ROOT)}", flush=True)
    # MkDocs 2 is another program; everything else may move.
    subprocess.run([*pip, *names, "mkdocs<2"], check=True)
    subprocess.run([*pip, "--no-deps", *newest(MODELS)], check=True)
    subprocess.run([str(python), "-m", "pip", "list", "--format=freeze"], check=True)
    tests = [str(python), "-m", "pytest", "tests/facts", "tests/fences", "--tb=line", "-rf"]
    return subprocess.run(tests, cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main())
