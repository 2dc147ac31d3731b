"""Run the parts of the test suite in order, the quick ones first: `python tools/parts.py check|test`."""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTEST = [sys.executable, "-m", "pytest"]
# No model and no browser: what to run after every edit.
CHECK = {
    "lint": [[sys.executable, "-m", "ruff", "check", "."], [sys.executable, "-m", "ruff", "format", "--check", "."]],
    "stamps": [[sys.executable, "tools/notebooks.py", "check"]],
    "pages: strict build, anatomy, numbers, bad input, commands": [
        [*PYTEST, "tests/pages", "tests/notebooks", "tests/tools"]
    ],
}
REST = {
    "facts, against the libraries": [[*PYTEST, "tests/facts"]],
    "fences: every code block of the pages": [[*PYTEST, "tests/fences"]],
    "browser: search, schemes, 360 px, axe, widgets": [[*PYTEST, "tests/browser"]],
    "notebooks, smoke run": [[sys.executable, "tools/notebooks.py", "smoke"]],
}


def run(name: str, commands: list[list[str]]) -> bool:
    """Run one part and print how long it took; whether it passed."""
    print(f"== {name}", flush=True)
    began = time.time()
    env = dict(os.environ, HF_HUB_OFFLINE="1", NO_MKDOCS_2_WARNING="1", OMP_NUM_THREADS="2")
    codes = [subprocess.run(command, cwd=ROOT, env=env).returncode for command in commands]
    passed = not any(codes)
    print(f"== {name}: {'passed' if passed else 'FAILED'} in {time.time() - began:.0f} s\n", flush=True)
    return passed


def main(which: str) -> int:
    """Run all parts even when one fails; 1 when one did."""
    parts = CHECK if which == "check" else {**CHECK, **REST}
    began = time.time()
    failed = [name for name, commands in parts.items() if not run(name, commands)]
    print(f"{len(parts)} parts in {time.time() - began:.0f} s" + (f"; FAILED: {', '.join(failed)}" if failed else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
