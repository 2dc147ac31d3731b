"""Make the environment: `python3 tools/env.py site` or `python3 tools/env.py test`.

Creates `.venv` and installs the pinned packages; a second call finds its stamp and installs nothing.
Written so that an old Python can still read it and say that it is too old.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
NEEDED = (3, 11)
# The lock holds requirements.txt and all that it needs, with hashes: `make lock` writes it.
SITE = ["requirements.txt", "requirements.lock"]
TEST = ["notebooks/requirements.txt", "tests/requirements.txt"]
MODELS = "notebooks/requirements-models.txt"


def stop(sentence):
    """Print one sentence and leave."""
    sys.exit("guide: " + sentence)


def check_python():
    """Stop unless this Python can make the environment."""
    if sys.version_info < NEEDED:
        have = "{}.{}.{}".format(*sys.version_info[:3])
        stop(f"Python {have} ({sys.executable}) is too old: 3.11 or newer is needed. "
             "Name another one: make serve PYTHON=python3.12")  # fmt: skip
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        stop("this Python cannot make environments. On Debian and Ubuntu: sudo apt install python3-venv")


def python():
    """Path of the environment's Python."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def digest(files):
    """Hash of the Python version and of the requirement files."""
    text = sys.version + "".join((ROOT / name).read_text("utf-8") for name in files)
    return hashlib.sha256(text.encode()).hexdigest()


def pip(*arguments, index=None):
    """Run pip in the environment; a failure becomes one sentence under pip's own last lines."""
    env = dict(os.environ, PIP_DISABLE_PIP_VERSION_CHECK="1")
    if index:
        env["PIP_INDEX_URL"] = index
    command = [str(python()), "-m", "pip", "install", "--quiet", *arguments]
    done = subprocess.run(command, cwd=str(ROOT), env=env, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        sys.stderr.write("\n".join(done.stderr.strip().splitlines()[-4:]) + "\n")
        unreachable = ("NewConnectionError", "ConnectTimeout", "Max retries", "name resolution", "ProxyError",
                       "No matching distribution found", "Could not fetch URL")  # fmt: skip
        if any(word in done.stderr for word in unreachable):
            stop("the package index is out of reach, or lacks a pinned package (pip's words are above). "
                 "Check the network, the proxy or pip's settings, and run the same command again.")  # fmt: skip
        stop("pip could not install the pinned packages; its words are above.")


def torch_pin():
    """The line `torch==…` of the notebooks' requirements."""
    lines = (ROOT / "notebooks/requirements.txt").read_text("utf-8").splitlines()
    return next(line for line in lines if line.startswith("torch=="))


def install_site():
    """What builds the site, every package pinned by hash."""
    pip("--require-hashes", "-r", "requirements.lock")


def install(kind):
    """Install the pins of `kind` ("site" or "test") unless the stamp says that they are there."""
    files = SITE if kind == "site" else [*SITE, *TEST, MODELS]
    stamp = VENV / f"{kind}.stamp"
    if stamp.exists() and stamp.read_text() == digest(files) and python().exists():
        return
    check_python()
    if not python().exists():
        print("guide: making the environment in .venv", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    if kind == "site":
        print("guide: installing what builds the site (about 40 MB to download)", flush=True)
        install_site()
    else:
        print("guide: installing what tests the site: PyTorch, Transformers and two small models, about 800 MB to "
              "download and 2.4 GB on disk with PyTorch's CPU build, and a Chromium if there is none. On Linux, "
              "PyPI's own PyTorch is the CUDA build, about 3 GB more: set TORCH_INDEX (README.md).", flush=True)  # fmt: skip
        # First and alone: any later requirement on torch is then met, and only torch comes from the other index.
        pip(torch_pin(), index=os.environ.get("TORCH_INDEX"))
        pip(*(part for name in TEST for part in ("-r", name)))
        pip("--no-deps", "-r", MODELS)
        install_site()
        (VENV / "site.stamp").write_text(digest(SITE))
    stamp.write_text(digest(files))


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in ("site", "test"):
        stop("usage: python3 tools/env.py site|test")
    install(sys.argv[1])
