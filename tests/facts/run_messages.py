"""Run snippets of the error index: JSON in (whether the Hub's server is wanted, snippets), JSON list of what each said out.

One process for all of them, since imports cost more than the snippets. Each gets a namespace and an empty folder of
its own, in which its page's first lines, its setup, have run.
"""

import contextlib
import io
import json
import logging
import os
import re
import subprocess
import sys
import tempfile
import traceback
import warnings
from pathlib import Path

import hub_server

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/fences"))
LOGS = ("transformers", "datasets", "accelerate", "huggingface_hub", "peft")


class Listener(logging.Handler):
    """Keeps what the libraries log from a warning upwards."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one message."""
        self.said.append(record.getMessage())


def plain(text: str) -> str:
    """`text` without the colors of a terminal."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def in_shell(line: str) -> dict:
    """What a command line said: its last line of errors as `error`."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, env={**os.environ, "PATH": path})
    last = done.stderr.strip().splitlines()[-1:] if done.returncode else []
    return {"error": "".join(last), "notices": [], "printed": done.stdout}


def in_python(setup: str, source: str, where: str) -> dict:
    """What running `source` after `setup` said: the exception, the warnings and notices, and what was printed."""
    import transformers

    space = {"__name__": "__main__"}
    listener, printed, error = Listener(), io.StringIO(), ""
    transformers.utils.logging.warning_once.cache_clear()
    with warnings.catch_warnings(record=True) as warned, contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("always")
        transformers.set_seed(0)
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(setup, f"setup of {where}", "exec"), space)
        for name in LOGS:
            logging.getLogger(name).addHandler(listener)
        del warned[:]
        try:
            with contextlib.redirect_stdout(printed):
                exec(compile(source, where, "exec"), space)
        except BaseException as raised:  # a panic of the tokenizers' Rust is no Exception
            error = f"{type(raised).__name__}: {raised}".removesuffix(": ")
            if os.environ.get("TRACE"):
                print(where, traceback.format_exc(), file=sys.__stderr__)
    for name in LOGS:
        logging.getLogger(name).removeHandler(listener)
    notices = [f"{one.category.__name__}: {one.message}" for one in warned] + listener.said
    return {"error": plain(error), "notices": [plain(one) for one in notices], "printed": printed.getvalue()}


def main() -> None:
    """Read the request, run it, write the answer."""
    request = json.load(sys.stdin)
    home = Path(tempfile.mkdtemp())
    os.environ.update(HF_HOME=str(home), HF_HUB_OFFLINE="1")
    if request["hub"]:
        os.environ.update(HF_HUB_OFFLINE="0", HF_ENDPOINT=hub_server.start())
    import hub

    hub.minilm(hub.place(home, "sentence-transformers/all-MiniLM-L6-v2"))
    answers = []
    for one in request["snippets"]:
        os.chdir(tempfile.mkdtemp(dir=home))
        said = in_shell(one["source"]) if one["shell"] else in_python(one["setup"], one["source"], one["id"])
        answers.append(said)
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
