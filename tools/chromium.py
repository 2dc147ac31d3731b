"""Find a Chromium, or install one; one sentence where neither works."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def find() -> str | None:
    """Path of a browser that is there: $CHROMIUM, then the PATH, then Playwright's own."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named if Path(named).exists() else None
    for name in NAMES:
        if path := shutil.which(name):
            return path
    caches = (Path.home() / ".cache/ms-playwright", Path.home() / "Library/Caches/ms-playwright")
    patterns = ("chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/*.app/Contents/MacOS/*")
    return next((str(path) for cache in caches for pattern in patterns for path in cache.glob(pattern)), None)


def try_to_install() -> None:
    """Debian's or Ubuntu's package where this user may install it, else Playwright's download."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        print("guide: installing Debian's chromium for the browser tests", flush=True)
        for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium"]):
            subprocess.run(["apt-get", *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    if not find():
        print("guide: downloading Chromium through Playwright for the browser tests", flush=True)
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], capture_output=True, check=False)


def chromium() -> str:
    """Path of a Chromium. SystemExit with one sentence when there is none and none can be installed."""
    path = find()
    if not path:
        try_to_install()
        path = find()
    if not path:
        sys.exit(
            "guide: no Chromium was found and none could be installed; install one (apt install chromium), "
            "or name one: CHROMIUM=/path/to/chromium make test"
        )
    return path
