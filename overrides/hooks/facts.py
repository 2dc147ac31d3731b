"""Facts: TOML beside the pages, decoded into typed records that refuse what they do not know.

Everything here is a pure function of files; nothing knows MkDocs.
"""

import datetime
import re
from pathlib import Path
from typing import Literal, TypeVar

import msgspec
from errors import GuideError

# The order in which tasks are listed everywhere.
SLUGS = (
    "text-classification",
    "token-classification",
    "question-answering",
    "masked-language-modeling",
    "causal-language-modeling",
    "translation",
    "summarization",
)

Cell = str | int | list[str]


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A record that refuses unknown keys and wrong types."""


class Seen(Record):
    """Where a fact about the Hub was last seen; an unknown date stays empty."""

    where: Literal["live", "stored page", "not seen"]
    url: str = ""
    date: str = ""


class HubItem(Record):
    """A checkpoint or a data set of the Hub."""

    id: str
    note: str
    seen: Seen


class Metric(Record):
    """A metric: what it is called, and the function that computes it, importable as `package.module.function`."""

    name: str
    function: str
    why: str


class Use(Record):
    """How a fine-tuned model is used today: the pipeline where there is one, else what replaces it."""

    pipeline: Literal["available", "removed"]
    name: str
    instead: str = ""


class Example(Record):
    """The running example: as a reader sees it, and as a row of a data set."""

    given: str
    wanted: str
    row: dict[str, Cell]


class Task(Record):
    """One task; the file's name is its slug."""

    name: str
    question: str
    also_called: list[str]
    architecture: Literal["encoder", "decoder", "encoder-decoder"]
    because: str
    auto_class: str
    collator: str
    collator_options: dict[str, bool | float]
    labels: str
    trainer: Literal["Trainer", "Seq2SeqTrainer"]
    metric: Metric
    use: Use
    checkpoint: HubItem
    dataset: HubItem
    llm: str
    example: Example


class Figure(Record):
    """A number that a source prints, as it prints it, and what it measures."""

    value: str
    what: str


class Source(Record):
    """A source of figures. `confidence` says how it was read."""

    authors: str
    title: str
    year: int
    url: str
    confidence: Literal["text or table read", "abstract read", "quoted by others"]
    figures: dict[str, Figure] = {}


class Side(Record):
    """One of two systems compared: a figure of the row's source, or a verdict in words where the source prints none."""

    system: str
    kind: Literal["fine-tuned", "tuned LLM", "prompted", "label-free", "pretrained", "people"]
    figure: str = ""
    verdict: str = ""


class Evidence(Record):
    """A published comparison. `{key}` in its texts is a figure of the source; `checked` is what was seen on the day `on`."""

    task: Literal["across", *SLUGS]
    claim: str
    left: Side
    right: Side
    better: Literal["left", "right", "neither"]
    metric: str
    test: str
    shots: str
    source: str
    checked: Literal["paper", "abstract", "quoted", "not re-checked"]
    caveat: str
    on: datetime.date | None = None


T = TypeVar("T")


def read(path: Path, kind: type[T]) -> T:
    """Decode the TOML file at `path` as `kind`; GuideError names the file and the key."""
    try:
        return msgspec.toml.decode(path.read_bytes(), type=kind)
    except FileNotFoundError:
        raise GuideError(f"{path}: the facts file is missing; write it (CONTRIBUTING.md, 'A fact')") from None
    except UnicodeDecodeError as error:
        raise GuideError(f"{path}: not UTF-8 text ({error.reason}); save it as UTF-8") from None
    except msgspec.ValidationError as error:
        raise GuideError(f"{path}: {error}; mend that key") from None
    except (msgspec.DecodeError, ValueError) as error:
        raise GuideError(f"{path}: broken TOML: {error}; mend that line") from None


def load_tasks(folder: Path) -> dict[str, Task]:
    """All tasks of `folder`, in the order of SLUGS."""
    strangers = sorted(path.name for path in folder.glob("*.toml") if path.stem not in SLUGS)
    if strangers:
        raise GuideError(f"{folder / strangers[0]}: no task has this slug; name it one of {', '.join(SLUGS)}")
    return {slug: read(folder / f"{slug}.toml", Task) for slug in SLUGS}


def load_sources(path: Path) -> dict[str, Source]:
    """The sources that pages cite, by their key."""
    return read(path, dict[str, Source])


KEY = re.compile(r"\{([\w-]+)\}")
# How its source was read must allow what a row says was seen.
READ = {
    "paper": ("text or table read",),
    "abstract": ("text or table read", "abstract read"),
    "quoted": ("quoted by others",),
    "not re-checked": ("text or table read", "abstract read", "quoted by others"),
}


def figures_of(row: Evidence) -> list[str]:
    """The keys of all figures of its source that a row shows, in its two sides and in its texts."""
    sides = [side.figure for side in (row.left, row.right) if side.figure]
    return sides + KEY.findall(row.claim + row.caveat + row.metric + row.test + row.shots)


def fault(row: Evidence, sources: dict[str, Source]) -> str:
    """What is wrong with a row, as one sentence; nothing if it may be published."""
    if row.source not in sources:
        return f"no source is called {row.source!r}; add it to docs/sources.toml"
    source = sources[row.source]
    missing = [key for key in figures_of(row) if key not in source.figures]
    if missing:
        return f"source {row.source} has no figure {missing[0]!r}; use one of {', '.join(source.figures) or 'none'}"
    for name, side in (("left", row.left), ("right", row.right)):
        if bool(side.figure) == bool(side.verdict):
            return f"{name} needs either a figure or a verdict"
    if source.confidence not in READ[row.checked]:
        return f"checked says {row.checked!r}, but source {row.source} says {source.confidence!r}; one of them is wrong"
    if (row.on is None) != (row.checked == "not re-checked"):
        return "`on` is the day on which the source was seen: give it with every row but those not re-checked"
    if not row.caveat.strip():
        return "write the caveat: what must one know before quoting this?"
    return ""


def load_evidence(path: Path, sources: dict[str, Source]) -> dict[str, Evidence]:
    """Published comparisons by their key, in the order of the file; GuideError names the file and the row."""
    rows = {}
    for key, raw in read(path, dict[str, dict]).items():
        try:
            rows[key] = msgspec.convert(raw, Evidence)
        except msgspec.ValidationError as error:
            raise GuideError(f"{path}: row {key}: {error}; mend that row") from None
        if said := fault(rows[key], sources):
            raise GuideError(f"{path}: row {key}: {said}")
    return rows
