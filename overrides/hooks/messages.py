"""The error index: message, cause, fix, lines that raise it, lines that do not. Data in docs/debugging/errors.toml.

The records are what tests/facts/test_messages.py runs: `breaks` must say exactly `message`, `works` must not say it.
A silent failure says nothing: there `breaks` prints `wrong`, and `works` prints `right`.
"""

import re
from pathlib import Path
from typing import Literal

import msgspec
from errors import GuideError
from facts import Record, read
from renames import Rename, Renames, Silent, anchor

# The page of docs/debugging on which the entries of a stage stand, and the order of both.
PAGES = {
    "installing": "hub",
    "hub": "hub",
    "loading": "data",
    "tokenizing": "data",
    "batching": "data",
    "model-and-loss": "model",
    "training": "training",
    "evaluating": "training",
    "generating": "writing",
    "llms": "writing",
}
Stage = Literal[
    "installing",
    "hub",
    "loading",
    "tokenizing",
    "batching",
    "model-and-loss",
    "training",
    "evaluating",
    "generating",
    "llms",
]
# What a stage is called in the list of all messages.
TITLES = {
    "installing": "Installing and importing",
    "hub": "The Hub",
    "loading": "Loading data",
    "tokenizing": "Tokenizing",
    "batching": "Batching",
    "model-and-loss": "Model and loss",
    "training": "Training",
    "evaluating": "Evaluating",
    "generating": "Generating",
    "llms": "LLMs and chat templates",
}
# A heading longer than this ends in an ellipsis; a first line shorter than that (`OSError:`) takes in the next. The whole message follows.
LONGEST_HEADING = 110
SAYS_LITTLE = 75


class Older(Record):
    """An older wording that people still paste, the versions that said it, and a public thread that shows it."""

    message: str
    version: str
    url: str


class Entry(Record):
    """One error, warning or silent failure. `…` in a message or output stands for what differs from run to run."""

    id: str
    stage: Stage
    message: str
    cause: str
    fix: str
    breaks: str = ""
    works: str = ""
    kind: Literal["error", "warning", "silent"] = "error"
    when: str = ""
    wrong: str = ""
    right: str = ""
    shell: bool = False
    not_run: str = ""
    older: list[Older] = msgspec.field(default_factory=list)
    see: dict[str, str] = msgspec.field(default_factory=dict)


class Elsewhere(Record):
    """A message that another page explains, tested there; the list of all messages leads to it."""

    message: str
    page: str


class Index(Record):
    """The whole file."""

    entry: list[Entry]
    elsewhere: list[Elsewhere] = msgspec.field(default_factory=list)


def load(path: Path) -> Index:
    """The index at `path`; GuideError names the file and the entry that is not whole."""
    index = read(path, Index)
    ids = [entry.id for entry in index.entry]
    for entry in index.entry:
        if problem := fault(entry) or (ids.count(entry.id) > 1 and "its id stands twice; give it another"):
            raise GuideError(f"{path}: entry {entry.id!r}: {problem}")
    return index


def fault(entry: Entry) -> str:
    """What keeps an entry from being whole, as half a sentence; empty when nothing does."""
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", entry.id):
        return "its id is not small letters and hyphens; published ids never change, so choose it well"
    if not entry.message.strip():
        return "its message is empty; paste what the run printed"
    if entry.not_run:
        return "" if entry.older else "it is not run, so `older` must say where the message was seen"
    if not (entry.breaks.strip() and entry.works.strip()):
        return "`breaks` or `works` is missing; write both, or say in `not_run` why it cannot run"
    if (entry.kind == "silent") != bool(entry.wrong and entry.right):
        return "`wrong` and `right` belong to a silent failure, and both to every one"
    return ""


def matches(expected: str, said: str) -> bool:
    """Whether a run said what is expected, where `…` stands for anything."""
    pattern = ".*?".join(re.escape(part) for part in expected.strip().split("…"))
    return re.fullmatch(pattern, said.strip(), re.S) is not None


def code(text: str) -> str:
    """`text` as a code span."""
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def shorten(message: str) -> str:
    """The beginning of a message, cut at a word: its first line, or more where that says little."""
    first = message.strip().splitlines()[0]
    if len(first) < SAYS_LITTLE:
        first = " ".join(message.split())
    return first if len(first) <= LONGEST_HEADING else first[:LONGEST_HEADING].rsplit(" ", 1)[0] + " …"


def heading(entry: Entry) -> str:
    """The message's first line, shortened, and when it comes where one message has two causes; a silent failure's title."""
    if entry.kind == "silent":
        return entry.message
    return code(shorten(entry.message)) + (f": {entry.when}" if entry.when else "")


def slug(title: str) -> str:
    """A title as an id."""
    return re.sub(r"\W+", "-", title.lower())


def fence(language: str, source: str, attributes: str = "") -> str:
    """A fence that can hold any source."""
    ticks = "````" if "```" in source else "```"
    return f"{ticks}{language}{attributes}\n{source.strip()}\n{ticks}"


def sides_of(entry: Entry) -> list[tuple[str, str, str, bool]]:
    """Both snippets of an entry: what to call it, its source, what it prints, whether a shell runs it."""
    labels = {
        "error": ("Raises it:", "Does not:"),
        "warning": ("Warns:", "Does not:"),
        "silent": ("Prints the wrong thing:", "Prints the right one:"),
    }[entry.kind]
    sources, printed = (entry.breaks, entry.works), (entry.wrong, entry.right)
    return [(*side, entry.shell) for side in zip(labels, sources, printed, strict=True)]


def snippet(label: str, source: str, printed: str, shell: bool) -> str:
    """Lines that the test of this index runs, and what they print."""
    language, excused = ("bash", "") if shell else ("python", ' excused="run by the test of the error index"')
    parts = [label, fence(language, source, excused)]
    if printed:
        parts.append(fence("", printed, " {.text .run}"))
    return "\n\n".join(parts)


def link(target: str, words: str, root: str) -> str:
    """A link to a page of docs/, `root` being the way there."""
    return f"[{words}]({root}{target})"


def render(entry: Entry) -> str:
    """One entry as Markdown, for a page of docs/debugging."""
    whole = entry.message.strip()
    parts = [f"### {heading(entry)} {{#{entry.id}}}"]
    if entry.kind != "silent" and shorten(whole) != whole:
        parts.append(fence("", whole, " {.text .run .message}"))
    see = "".join(f" More: {link(target, words, '../')}." for target, words in entry.see.items())
    parts.append(f"{entry.cause} **Fix:** {entry.fix}{see}")
    for older in entry.older:
        said = "Seen" if entry.not_run else "Also pasted as"
        parts.append(f"{said} {code(older.message)} ({older.version}, [thread]({older.url})).")
    if entry.not_run:
        parts.append(f"*Not run here: {entry.not_run}.*")
    sides = [snippet(*side) for side in sides_of(entry) if side[1]]
    if sides:
        # Search finds an entry by its message; the names in its code would find it for other questions.
        parts.append("<section data-search-exclude markdown>\n\n" + "\n\n".join(sides) + "\n\n</section>")
    return "\n\n".join(parts)


def stage_of(index: Index, stage: str) -> str:
    """All entries of one stage as Markdown: what runs and is wrong comes last."""
    if stage not in PAGES:
        raise GuideError(f"no stage is called {stage!r}; use one of {', '.join(PAGES)}")
    chosen = [entry for entry in index.entry if entry.stage == stage]
    return "\n\n".join(render(entry) for entry in sorted(chosen, key=lambda entry: entry.kind == "silent"))


def renamed_at(one: Rename | Silent) -> str:
    """Where a renamed line stands: what is left of Keras has a page of its own."""
    keras = isinstance(one, Rename) and one.group == "keras"
    return f"../training/{'keras' if keras else 'renames'}.md#{anchor(one.name)}"


def listed(found: list[tuple[str, str]]) -> str:
    """Messages and where they stand, as a list of links."""
    return "\n".join(f"- [{shown}]({target})" for shown, target in found)


def lists(index: Index, renames: Renames, which: str) -> str:
    """`silent` or `all`: links to the entries, to messages that other pages explain, and to renamed lines."""
    entries = [entry for entry in index.entry if entry.kind == "silent" or which == "all"]
    silent = [(entry.message, f"{PAGES[entry.stage]}.md#{entry.id}") for entry in entries if entry.kind == "silent"]
    silent += [(f"{one.name[0].upper()}{one.name[1:]}", renamed_at(one)) for one in renames.silent]
    if which == "silent":
        return listed(silent)
    if which != "all":
        raise GuideError(f"no list is called {which!r}; use silent or all")
    parts = []
    for stage in PAGES:
        found = [
            (heading(one), f"{PAGES[stage]}.md#{one.id}")
            for one in entries
            if (one.stage, one.kind == "silent") == (stage, False)
        ]
        parts.append((TITLES[stage], found))
    parts.append(("On other pages", [(code(one.message), f"../{one.page}") for one in index.elsewhere]))
    renamed = [(code(shorten(one.error)), renamed_at(one)) for one in renames.rename]
    parts.append(("Lines that were renamed or removed", renamed))
    # An entry is found by its message; a list that holds them all would be found by every one.
    return "\n\n".join(
        f"### {title}: messages {{#all-{slug(title)} data-search-exclude}}\n\n{listed(found)}" for title, found in parts
    )
