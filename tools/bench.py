"""Cost of a build and of a first visit: `make bench`.

Prints the CPU seconds and wall time of a cold strict build, and, for the task page and the notebook page, the compressed
bytes of a first load by kind and the number of requests, beside an empty Material page built in the same run.
"""

import collections
import functools
import gzip
import http.server
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import ClassVar

from chromium import chromium
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PAGES = {"task page": "tasks/token-classification/", "notebook page": "notebooks/token-classification/"}
EMPTY = "site_name: Empty\ntheme: {name: material, font: false}\nplugins: [search]\n"
# To be met: the issue of first loads is the reader's phone, not our disk.
HTML_LIMIT, ABOVE_EMPTY_LIMIT, CPU_LIMIT = 100, 45, 0.25  # KB, KiB, CPU seconds a page


class Gzip(http.server.SimpleHTTPRequestHandler):
    """Serves files compressed, as GitHub Pages does, and counts what it sends: kind to bytes."""

    sent: ClassVar = collections.Counter()
    requests: ClassVar = 0

    def log_message(self, *args):
        """Say nothing."""

    def do_GET(self):
        """Send the file compressed, when it is not an image already compressed."""
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if not path.exists():
            self.send_error(404)
            return
        packed = path.suffix not in (".png", ".woff2")
        content = gzip.compress(path.read_bytes(), 6) if packed else path.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Length", str(len(content)))
        if packed:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(content)
        kind = "index" if path.name in ("search_index.json", "index.json") else path.suffix.lstrip(".")
        Gzip.sent[kind] += len(content)
        Gzip.requests += 1


def site_python() -> str:
    """A Python with what builds the site and nothing else, as a reader has it; made once, in .cache/bench."""
    folder = ROOT / ".cache/bench"
    if not (folder / "done").exists():
        print("bench: making an environment with requirements.lock alone", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        pip = [str(folder / "bin/python"), "-m", "pip", "install", "--quiet", "--require-hashes"]
        subprocess.run([*pip, "-r", "requirements.lock"], cwd=ROOT, check=True, stderr=subprocess.DEVNULL)
        (folder / "done").touch()
    return str(folder / "bin/python")


def build(python: str, folder: Path, site: Path) -> tuple[float, float]:
    """Build the site of `folder` strictly into `site`; CPU seconds and wall seconds."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.time()
    command = [python, "-m", "mkdocs", "build", "--strict", "--site-dir", str(site)]
    env = dict(os.environ, NO_MKDOCS_2_WARNING="1")
    subprocess.run(command, cwd=folder, env=env, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, time.time() - began


def first_load(browser, address: str) -> tuple[collections.Counter, int]:
    """Compressed bytes by kind and number of requests of one cold visit."""
    Gzip.sent, Gzip.requests = collections.Counter(), 0
    context = browser.new_context()
    page = context.new_page()
    page.goto(address)
    page.wait_for_load_state("networkidle")
    context.close()
    return Gzip.sent, Gzip.requests


def main() -> int:
    """Measure and print; 1 when a limit is passed."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        work = Path(name)
        (work / "empty/docs").mkdir(parents=True)
        (work / "empty/mkdocs.yml").write_text(EMPTY)
        (work / "empty/docs/index.md").write_text("# Empty\n")
        python = site_python()
        build(python, work / "empty", work / "served/empty")
        runs = sorted(build(python, ROOT, work / "served/guide") for _ in range(3))
        cpu, wall = runs[1]
        pages = len(list((work / "served/guide").rglob("index.html")))
        print(
            f"cold strict build of {pages} pages, median of 3: {cpu:.2f} CPU s, {wall:.2f} s wall; "
            f"{cpu / pages:.2f} CPU s a page (limit {CPU_LIMIT})"
        )
        handler = functools.partial(Gzip, directory=str(work / "served"))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        base = f"http://127.0.0.1:{server.server_port}"
        loads = {"empty page": first_load(browser, f"{base}/empty/")}
        loads |= {label: first_load(browser, f"{base}/guide/{path}") for label, path in PAGES.items()}
        failed = cpu / pages > CPU_LIMIT
        floor = sum(loads["empty page"][0].values()) - loads["empty page"][0]["index"]
        for label, (sent, requests) in loads.items():
            kinds = ", ".join(f"{kind} {size / 1024:.1f}" for kind, size in sorted(sent.items()))
            above = (sum(sent.values()) - sent["index"] - floor) / 1024
            failed |= above > ABOVE_EMPTY_LIMIT
            print(
                f"{label}: {requests} requests; KiB compressed: {kinds}; without the index {above:+.1f} to the empty page"
            )
        html = (work / "served/guide" / PAGES["notebook page"] / "index.html").stat().st_size / 1000
        failed |= html > HTML_LIMIT
        print(
            f"notebook page HTML, not compressed: {html:.1f} KB (limit {HTML_LIMIT}); above empty: limit {ABOVE_EMPTY_LIMIT} KiB"
        )
        browser.close()
        server.shutdown()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
