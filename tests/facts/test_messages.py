"""Every entry of docs/debugging/errors.toml: `breaks` says exactly the message, `works` does not, on the pinned versions.

They run in two processes, since imports cost more than the snippets (tests/facts/run_messages.py): those of the Hub's page
against a local server, all others offline.
"""

import functools
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import errors
import messages
import pytest
import renames

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
INDEX = messages.load(DOCS / "debugging/errors.toml")
RENAMES = renames.load(DOCS / "training/renames.toml")
RUN = [entry for entry in INDEX.entry if not entry.not_run]
QUIET = {"TQDM_DISABLE": "1", "TRANSFORMERS_VERBOSITY": "warning", "PYTHONHASHSEED": "0"}


def setup_of(page: str) -> str:
    """The lines that a page says come before each of its snippets: its own Python fences."""
    text = (DOCS / f"debugging/{page}.md").read_text("utf-8")
    return "\n".join(re.findall(r"^```python\n(.*?)^```", text, re.M | re.S))


@functools.cache
def answers(hub: bool) -> dict[tuple[str, str], dict]:
    """What both sides of the entries said, by id and side: those of the Hub's page, or all others."""
    chosen = [entry for entry in RUN if (messages.PAGES[entry.stage] == "hub") == hub]
    keys = [(entry, side) for entry in chosen for side in ("breaks", "works")]
    setups = {page: setup_of(page) for page in messages.PAGES.values()}
    snippets = [
        {
            "id": f"{entry.id}, {side}",
            "setup": setups[messages.PAGES[entry.stage]],
            "source": getattr(entry, side),
            "shell": entry.shell,
        }
        for entry, side in keys
    ]
    done = subprocess.run(
        [sys.executable, "tests/facts/run_messages.py"],
        cwd=ROOT,
        input=json.dumps({"hub": hub, "snippets": snippets}),
        capture_output=True,
        text=True,
        env=os.environ | QUIET,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    said = json.loads(done.stdout)
    return {(entry.id, side): answer for (entry, side), answer in zip(keys, said, strict=True)}


@pytest.mark.parametrize("entry", RUN, ids=lambda entry: entry.id)
def test_the_first_snippet_says_the_message_and_the_second_does_not(entry):
    said = answers(messages.PAGES[entry.stage] == "hub")
    breaks, works = said[entry.id, "breaks"], said[entry.id, "works"]
    assert works["error"] == ""
    if entry.kind == "silent":
        assert breaks["error"] == ""
        assert messages.matches(entry.wrong, breaks["printed"]), breaks["printed"]
        assert messages.matches(entry.right, works["printed"]), works["printed"]
    elif entry.kind == "warning":
        assert breaks["error"] == ""
        assert any(messages.matches(entry.message, one) for one in breaks["notices"]), breaks["notices"]
        assert not any(messages.matches(entry.message, one) for one in works["notices"])
    else:
        assert messages.matches(entry.message, breaks["error"]), breaks["error"]


def test_the_index_is_as_large_as_it_promises():
    assert len(INDEX.entry) >= 60
    assert sum(entry.kind == "silent" for entry in INDEX.entry) >= 10
    assert {entry.stage for entry in INDEX.entry} == set(messages.PAGES)


def test_every_stage_stands_on_its_page_and_every_id_is_published():
    published = (ROOT / "tests/pages/published-ids.txt").read_text("utf-8").split()
    for stage, page in messages.PAGES.items():
        assert f"<!-- guide:errors {stage} -->" in (DOCS / f"debugging/{page}.md").read_text("utf-8")
    for entry in INDEX.entry:
        assert f"debugging/{messages.PAGES[entry.stage]}.md#{entry.id}" in published, "append it"


def test_a_message_that_another_page_explains_stands_there():
    for one in INDEX.elsewhere:
        page, _, section = one.page.partition("#")
        text = (DOCS / page).read_text("utf-8")
        assert one.message in text and f"{{#{section}}}" in text, one


def test_a_snippet_is_short_and_its_page_is_light(site):
    for entry in INDEX.entry:
        assert max(len(side.strip().splitlines()) for side in (entry.breaks, entry.works)) <= 15, entry.id
    for path in (DOCS / "debugging").glob("*.md"):
        assert len(site.html(f"debugging/{path.name}").encode()) < 150_000, path.name


ENTRY = '[[entry]]\nid = "one"\nstage = "hub"\nmessage = "m"\ncause = "c"\nfix = "f"\nbreaks = "1"\nworks = "1"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ENTRY * 2, "entry 'one': its id stands twice"),
        (ENTRY.replace('"one"', '"One two"'), "entry 'One two': its id is not small letters"),
        (ENTRY.replace('works = "1"\n', ""), "entry 'one': `breaks` or `works` is missing"),
        (ENTRY.replace('message = "m"', 'message = ""'), "entry 'one': its message is empty"),
        (ENTRY + 'kind = "silent"\n', "entry 'one': `wrong` and `right` belong to a silent failure"),
        (ENTRY + 'wrong = "1"\nright = "2"\n', "entry 'one': `wrong` and `right` belong to a silent failure"),
        (ENTRY + 'not_run = "needs a GPU"\n', "entry 'one': it is not run, so `older` must say"),
        (ENTRY.replace('"hub"', '"nowhere"'), "'nowhere'"),
        (ENTRY + "colour = 1\n", "colour"),
    ],
)
def test_an_entry_that_is_not_whole_stops_the_build_in_one_sentence(text, said, tmp_path):
    path = tmp_path / "errors.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(errors.GuideError) as error:
        messages.load(path)
    assert str(path) in str(error.value) and said in str(error.value)


def test_an_ellipsis_stands_for_what_differs():
    assert messages.matches("no file …/a.json found", "no file /tmp/x/a.json found")
    assert not messages.matches("no file …/a.json found", "no file /tmp/x/b.json found")
    assert not messages.matches("no file", "no file found")


def test_headings_hold_the_message_and_differ():
    headings = [messages.heading(entry) for entry in INDEX.entry]
    assert len(set(headings)) == len(headings)
    long = messages.Entry("one", "hub", "A `name` " + "word " * 40, "c", "f", when="in a loop")
    assert messages.heading(long).startswith("`` A `name` word") and messages.heading(long).endswith("… ``: in a loop")
    assert "{.text .run .message}" in messages.render(long)


def test_every_entry_is_listed_and_an_unknown_list_or_stage_is_refused():
    listed = messages.lists(INDEX, RENAMES, "all") + messages.lists(INDEX, RENAMES, "silent")
    for entry in INDEX.entry:
        assert f".md#{entry.id})" in listed
    for line in RENAMES.rename:
        assert f"#{renames.anchor(line.name)})" in listed
    with pytest.raises(errors.GuideError, match="no list"):
        messages.lists(INDEX, RENAMES, "nothing")
    with pytest.raises(errors.GuideError, match="no stage"):
        messages.stage_of(INDEX, "nothing")
