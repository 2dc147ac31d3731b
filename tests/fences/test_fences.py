"""Every Python fence of every page runs, and prints what the page shows after it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md"))


def run(page: str, sources: list[str]) -> list[str]:
    """What each fence printed; the test fails with the traceback when one raises."""
    done = subprocess.run(
        [sys.executable, "tests/fences/run_page.py"],
        cwd=ROOT,
        input=json.dumps({"page": page, "sources": sources}),
        capture_output=True,
        text=True,
        env=dict(os.environ, TRANSFORMERS_VERBOSITY="error", TQDM_DISABLE="1", PYTHONHASHSEED="0"),
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


@pytest.mark.parametrize("page", PAGES)
def test_the_fences_of_a_page_run_and_print_what_it_shows(site, page):
    fences = site.fences[page]
    ours = [(at, fence) for at, fence in enumerate(fences) if fence.language == "python"]
    in_html = len(re.findall(r'<div class="[^"]*\blanguage-python\b', site.html(page)))
    run_here = [(at, fence) for at, fence in ours if not fence.excused]
    assert len(run_here) + sum(bool(fence.excused) for _, fence in ours) == in_html
    if not run_here:
        return
    outputs = run(page, [fence.source for _, fence in run_here])
    for (at, fence), printed in zip(run_here, outputs, strict=True):
        follows = fences[at + 1] if at + 1 < len(fences) else None
        shown = follows.source if follows and follows.language == "text" and "run" not in follows.classes else ""
        assert printed.strip() == shown.strip(), fence.source


def test_a_fence_that_raises_is_named():
    with pytest.raises(AssertionError, match=r"tasks/x.md, Python fence 2"):
        run("tasks/x.md", ["print(1)", "1 / 0"])


def test_the_stand_in_has_the_names_and_the_schema():
    sources = [
        "from transformers import AutoModel\nprint(type(AutoModel.from_pretrained('sentence-transformers/all-MiniLM-L6-v2')).__name__)",
        "from datasets import load_dataset\nprint(load_dataset('lhoestq/conll2003')['train'].features['ner_tags'].feature.names[1])",
    ]
    assert run("stand-in", sources) == ["BertModel", "B-PER"]
