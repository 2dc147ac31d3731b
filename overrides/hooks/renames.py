"""From the course's code to today's: old line, what it says, new line. Data in docs/training/renames.toml, rendered as tables.

The records are what tests/facts/test_renames.py runs; a row that is not true of the pinned libraries fails there.
"""

import re
from pathlib import Path
from typing import Literal

import msgspec
from errors import GuideError
from facts import Record, read

GROUPS = ("arguments", "trainer", "data", "models", "hub", "messages", "keras")


class Rename(Record):
    """A line that fails, or warns, today: what it says, and the line that replaces it."""

    group: Literal["arguments", "trainer", "data", "models", "hub", "messages", "keras"]
    name: str
    old: str
    error: str
    new: str
    course: list[str] = msgspec.field(default_factory=list)
    note: str = ""
    setup: str = ""
    shell: bool = False
    checked: Literal["run", "signature"] = "run"


class Silent(Record):
    """A line that runs and is wrong: what it prints, the line that is right, what that prints."""

    name: str
    old: str
    wrong: str
    new: str
    right: str
    why: str
    course: list[str] = msgspec.field(default_factory=list)
    setup: str = ""


class Renames(Record):
    """The whole file."""

    rename: list[Rename]
    silent: list[Silent]


def load(path: Path) -> Renames:
    """All rows of `path`; GuideError for what the schema does not know and for a name that stands twice."""
    rows = read(path, Renames)
    ids = [anchor(row.name) for row in (*rows.rename, *rows.silent)]
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        raise GuideError(f"{path}: two rows have the address #{twice[0]}; give one of them another name")
    return rows


def anchor(name: str) -> str:
    """The id of a row, from its name: `Accelerator(fp16=True)` is `old-accelerator-fp16-true`."""
    return "old-" + re.sub(r"\W+", "-", name).strip("-").lower()


def code(source: str) -> str:
    """Code in a table's cell: every line a code span of its own, with its indentation."""
    lines = []
    for line in source.strip().splitlines():
        ticks = "``" if "`" in line else "`"
        space = " " if ticks == "``" else ""
        lines.append("&emsp;" * ((len(line) - len(line.lstrip())) // 4) + f"{ticks}{space}{line.strip()}{space}{ticks}")
    return "<br>".join(lines)


def first(row: Rename | Silent) -> str:
    """The first cell: the row's name, which links to itself, and where the course has the line."""
    shown = f"`{row.name}`" if isinstance(row, Rename) and row.group != "messages" else row.name
    where = f"<br>*{', '.join(row.course)}*" if row.course else ""
    return f"[{shown}](#{anchor(row.name)}){{#{anchor(row.name)}}}{where}"


def table(rows: Renames, group: str) -> str:
    """The rows of one group as a Markdown table of three columns; the group `silent` has columns of its own."""
    if group == "silent":
        head = "| What is wrong | The line, and what it prints | The right line, and what it prints |\n|---|---|---|\n"
        lines = [
            f"| {first(row)}<br>{row.why} | {code(row.old)}<br>→ {code(row.wrong)} | {code(row.new)}<br>→ {code(row.right)} |"
            for row in rows.silent
        ]
    elif group in GROUPS:
        head = "| Old line | What it says today | Today's line |\n|---|---|---|\n"
        lines = []
        for row in (row for row in rows.rename if row.group == group):
            notes = [row.note] if row.note else []
            if row.checked == "signature":
                notes.append("*(Names and arguments checked; the network was not asked.)*")
            error = row.error.removeprefix("notice: ")
            lines.append(
                f"| {first(row)}<br>{code(row.old)} | {code(error)} | {'<br>'.join([code(row.new), *notes])} |"
            )
    else:
        raise GuideError(f"no group is called {group!r}; use one of {', '.join((*GROUPS, 'silent'))}")
    return '<div class="renames" markdown>\n\n' + head + "\n".join(lines) + "\n\n</div>"
