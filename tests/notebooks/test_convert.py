"""Notebook to Markdown: one case for each kind of output, and what is refused."""

import base64
import json
import re
from pathlib import Path

import errors
import notebook
import pytest

import notebooks

ROOT = Path(__file__).resolve().parents[2]
REPOSITORY = "https://github.com/a/b"


def convert(*cells, name="notebooks/x.ipynb"):
    return notebook.convert(json.dumps({"cells": list(cells), "metadata": {}}), name, REPOSITORY)


def code(*outputs, source="x", **metadata):
    return {"cell_type": "code", "source": source, "metadata": metadata, "outputs": list(outputs)}


def text(source, **more):
    return {"cell_type": "markdown", "source": source, "metadata": {}, **more}


def data(**kinds):
    return {"output_type": "display_data", "data": {kind.replace("_", "/", 1): value for kind, value in kinds.items()}}


def stream(value):
    return {"output_type": "stream", "name": "stdout", "text": value}


def test_streams_are_one_block_and_progress_is_its_last_state():
    out = convert(code(stream("a 10%\ra 100%\n"), stream("\x1b[31mred\x1b[0m\n")))
    assert "``` {.text .run}\na 100%\nred\n```" in out.markdown


def test_a_fence_is_longer_than_the_backticks_inside_it():
    assert "```` {.python}\n```\n````" in convert(code(source="```")).markdown


def test_tables_lose_their_style():
    table = '<div><style>x{}</style><table border="1" class="dataframe"><tr><th></th><th>f1</th></tr></table></div>'
    assert "<table><tr><td></td><th>f1</th></tr></table>" in convert(code(data(text_html=table))).markdown


def test_errors_keep_their_text():
    error = {"output_type": "error", "traceback": ["\x1b[31mValueError\x1b[0m: no"]}
    assert "``` {.pytb .run}\nValueError: no\n```" in convert(code(error)).markdown


def test_figures_become_files_with_alternative_text():
    png = {"output_type": "display_data", "data": {"image/png": base64.b64encode(b"png").decode()}}
    out = convert(code(png, alt="A line."))
    assert "![A line.](x-0-0.png)" in out.markdown and out.files == {"x-0-0.png": b"png"}
    with pytest.raises(errors.GuideError, match=r"x\.ipynb.*screen readers"):
        convert(code(png))


def test_attachments_become_files():
    out = convert(text("![a](attachment:p.png)", attachments={"p.png": {"image/png": base64.b64encode(b"1").decode()}}))
    assert "![a](x-0-p.png)" in out.markdown and out.files == {"x-0-p.png": b"1"}


def test_latex_markdown_and_plain_text():
    out = convert(code(data(text_latex="$x$"), data(text_markdown="**b**"), data(text_plain="7")))
    assert "$x$" in out.markdown and "**b**" in out.markdown and "``` {.text .run}\n7\n```" in out.markdown


def test_tags_hide_cells_inputs_and_outputs():
    out = convert(
        code(stream("one"), source="aa", tags=["remove-cell"]),
        code(stream("two"), source="bb", tags=["hide-input"]),
        code(stream("three"), source="cc", tags=["hide-output"]),
    )
    assert re.findall(r"^\w+$", out.markdown, re.M) == ["two", "cc"]


def test_links_are_made_the_sites():
    out = convert(text("[p](../docs/tasks/x.md#y) [d](data/x.md) [s](x.py) [r](../README.md)"))
    assert out.markdown.strip() == (
        f"[p](../tasks/x.md#y) [d]({REPOSITORY}/blob/main/notebooks/data/x.md) "
        f"[s]({REPOSITORY}/blob/main/notebooks/x.py) [r]({REPOSITORY}/blob/main/README.md)"
    )


def test_half_a_notebook_is_named():
    with pytest.raises(errors.GuideError, match=r"x\.ipynb: not a whole notebook"):
        notebook.convert('{"cells": [', "notebooks/x.ipynb", REPOSITORY)


SOURCES = notebooks.slugs([])


def test_the_setup_cell_is_the_same_in_all():
    setups = {notebooks.code_of(notebooks.read_source(slug))[0] for slug in SOURCES}
    assert len(setups) == 1
    repository = re.search(r"^repo_url:.*\"(.*)\"", (ROOT / "mkdocs.yml").read_text("utf-8"), re.M)[1]
    assert repository.replace("github.com", "raw.githubusercontent.com") + "/main/notebooks" in setups.pop()


@pytest.mark.parametrize("slug", SOURCES)
def test_a_notebook_is_small_and_says_nothing_of_the_machine_it_ran_on(slug):
    path = ROOT / f"notebooks/{slug}.ipynb"
    assert path.stat().st_size < 200_000
    whole = path.read_text("utf-8")
    assert not re.search(r"/tmp/|/home/|/root/|site-packages|\.venv", whole)
    cells = json.loads(whole)["cells"]
    assert (
        sum(cell["cell_type"] == "code" and "hide-input" not in cell["metadata"].get("tags", []) for cell in cells)
        <= 25
    )
    assert [cell["source"].count("\n# ") for cell in cells if cell["cell_type"] == "markdown"].count(1) == 0


@pytest.mark.parametrize("slug", SOURCES)
def test_a_changed_code_cell_makes_it_stale_and_changed_text_does_not(slug):
    source = notebooks.read_source(slug)
    first = notebooks.stamp(slug, source)
    next(cell for cell in source.cells if cell.cell_type == "markdown")["source"] += " more"
    assert notebooks.stamp(slug, source) == first
    next(cell for cell in source.cells if cell.cell_type == "code")["source"] += "\n1"
    assert notebooks.stamp(slug, source) != first


def test_a_notebook_without_a_corpus_of_its_own_is_stale_when_one_that_it_names_changes(monkeypatch, tmp_path):
    (tmp_path / "data").mkdir()
    for name in (*notebooks.REQUIREMENTS, "data/mine.jsonl", "data/other.jsonl"):
        (tmp_path / name).write_text("")
    (tmp_path / "x.py").write_text('# %%\nread("mine")\n')
    monkeypatch.setattr(notebooks, "NOTEBOOKS", tmp_path)
    first = notebooks.stamp("x", notebooks.read_source("x"))
    (tmp_path / "data/other.jsonl").write_text("new")
    assert notebooks.stamp("x", notebooks.read_source("x")) == first
    (tmp_path / "data/mine.jsonl").write_text("new")
    assert notebooks.stamp("x", notebooks.read_source("x")) != first


def test_a_notebook_that_fails_leaves_the_committed_files(monkeypatch, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "results").mkdir()
    for name in notebooks.REQUIREMENTS:
        (tmp_path / name).write_text("")
    (tmp_path / "x.py").write_text("# %%\n1 / 0\n")
    (tmp_path / "x.ipynb").write_text("old")
    monkeypatch.setattr(notebooks, "NOTEBOOKS", tmp_path)
    with pytest.raises(notebooks.NotebookError, match="ZeroDivisionError"):
        notebooks.run("x")
    assert (tmp_path / "x.ipynb").read_text() == "old" and not list((tmp_path / "results").iterdir())


def test_figures_that_a_notebook_takes_from_others_are_theirs():
    path = ROOT / "notebooks/results/one-decoder.json"
    for task, found in json.loads(path.read_text("utf-8"))["scores"]["special"].items():
        slug, *keys = found["from"].split("/")
        there = json.loads((ROOT / f"notebooks/results/{slug}.json").read_text("utf-8"))["scores"]
        for key in keys:
            there = there[key]
        assert abs(float(found["score"]) - float(there)) < 0.006, (task, "run the notebook one-decoder again")
