"""The strict build: it is silent on this repository, and names the file where something is wrong."""

import os
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from building import SUB_PATH

ROOT = Path(__file__).resolve().parents[2]
PAGE = "docs/tasks/token-classification.md"
FACTS = "docs/tasks/token-classification.toml"
NOTEBOOK = "notebooks/token-classification.ipynb"


def test_builds_without_a_warning(site):
    assert site.warnings == []


def test_a_pasted_link_has_a_title_a_sentence_and_a_picture(site):
    seen = set()
    for page in site.fences:
        html = site.html(page)
        said = dict(re.findall(r'<meta (?:property|name)="?((?:og|twitter):[a-z_]+)"? content="([^"]*)"', html))
        title, description = said["og:title"], said["og:description"]
        assert 4 <= len(title) <= 110 and 40 <= len(description) <= 170, page
        assert (title, description) not in seen, page
        seen.add((title, description))
        canonical = re.search(r'<link rel="?canonical"? href="([^"]+)"', html)[1]
        assert said["og:url"] == canonical and f"/{SUB_PATH}/" in canonical, page
        assert said["og:image"].endswith(f"/{SUB_PATH}/assets/og.png"), page
    picture = (site.folder / "assets/og.png").read_bytes()
    assert struct.unpack(">II", picture[16:24]) == (1200, 630) and len(picture) < 200_000


def append(text):
    return lambda path: path.write_text(path.read_text("utf-8") + text, "utf-8")


def change(old, new):
    def edit(path):
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")

    return edit


def truncate(path):
    path.write_bytes(path.read_bytes()[:2000])


def twin(path):
    (path.parent / "token-classification").mkdir()
    shutil.copy(path, path.parent / "token-classification/index.md")


BAD_INPUT = {
    "moved to nowhere": ("docs/moved.toml", append('"old.md" = "gone.md"\n'), ["docs/moved.toml", "old.md", "gone.md"]),
    "moved and still there": ("docs/moved.toml", append('"about.md" = "index.md"\n'), ["docs/moved.toml", "about.md"]),
    "search words for no section": (
        "docs/search.toml",
        append('"about.md#gone" = "words"\n'),
        ["docs/search.toml", "about/#gone"],
    ),
    "phrases for no section": (
        "docs/phrases.toml",
        append('"about.md#gone" = ["what now"]\n'),
        ["docs/phrases.toml", "about/#gone"],
    ),
    "truncated notebook": (NOTEBOOK, truncate, ["notebooks/token-classification.ipynb", "make notebooks"]),
    "broken TOML": (FACTS, append("\nname = = 1\n"), [FACTS, "broken TOML"]),
    "unknown key": (FACTS, change('name = "Token', 'colour = "red"\nname = "Token'), [FACTS, "colour"]),
    "wrong type": (FACTS, change('trainer = "Trainer"', "trainer = 3"), [FACTS, "trainer"]),
    "missing fact": (FACTS, change('trainer = "Trainer"', ""), [FACTS, "trainer"]),
    "facts without a task": (FACTS, lambda path: path.rename(path.with_name("ner.toml")), ["ner.toml", "slug"]),
    "missing facts file": (FACTS, Path.unlink, [FACTS, "missing"]),
    "binary in a page": (PAGE, lambda path: path.write_bytes(b"\xff\xfe\x00\x89PNG"), [PAGE, "UTF-8"]),
    "evidence without its figure": (
        "docs/llms/evidence.toml",
        change('figure = "random"', 'figure = "randm"'),
        ["docs/llms/evidence.toml", "names-random", "gpt-ner", "randm"],
    ),
    "missing results file": (
        "notebooks/results/token-classification.json",
        Path.unlink,
        ["results/token-class", "missing"],
    ),
    "unknown result": (PAGE, append("\n<!-- guide:score token-classification no.such -->\n"), [PAGE, "no.such"]),
    "unknown shortcode": (PAGE, append("\n<!-- guide:shet token-classification -->\n"), [PAGE, "shet"]),
    "comment left in the site": (
        PAGE,
        append("\n<!-- giude:sheet x -->\n"),
        ["tasks/token-classification.md", "comment"],
    ),
    "two pages with one address": (PAGE, twin, ["tasks/token-classification.md", "address"]),
    "one id twice on a page": (PAGE, append("\n## Again {#next}\n"), ["tasks/token-classification.md", "`next`"]),
    "link to a missing anchor in a notebook": (
        PAGE,
        append("\n[x](../notebooks/token-classification.ipynb#nowhere)\n"),
        ["tasks/token-classification.md", "nowhere"],
    ),
    "link from a notebook to a missing anchor": (
        NOTEBOOK,
        change("token-classification.md#pitfalls", "token-classification.md#nowhere"),
        ["notebooks/token-classification.ipynb", "nowhere"],
    ),
    "figure without alt text": (NOTEBOOK, change('"alt": "', '"alternative": "'), ["notebooks/token-class", "alt"]),
    "formula without MathML": (PAGE, append("\n$\\nosuchmacro$\n"), ["tasks/token-classification.md", "nosuchmacro"]),
    "excuse without a reason": (PAGE, append('\n```python excused="no"\nx\n```\n'), ["tasks/token-class", "reason"]),
}


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input_stops_the_build_and_names_the_file(case, tmp_path):
    file, spoil, said = BAD_INPUT[case]
    for name in ("docs", "notebooks", "overrides", "mkdocs.yml"):
        source, target = ROOT / name, tmp_path / name
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    spoil(tmp_path / file)
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env=dict(os.environ, NO_MKDOCS_2_WARNING="1"),
    )
    output = done.stdout + done.stderr
    assert done.returncode != 0
    assert all(word in output for word in said), output
    assert "Traceback" not in output
