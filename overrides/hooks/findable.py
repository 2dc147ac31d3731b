"""What the search index holds beyond Material's: rows and terms with an address of their own, and the words people use.

Material cuts a page at its headings. A row of a table (an old name, its error, the new line) or a term of the glossary that
has an id is an answer by itself: it becomes an entry of its own. Pure functions; nothing knows MkDocs.
"""

from html import escape
from html.parser import HTMLParser
from pathlib import Path

from errors import GuideError
from facts import Record, read
from moved import folder

# The lead of a page that is a list of entries answers nothing.
LISTS = {f"debugging/{page}/" for page in ("data", "model", "training", "writing", "hub")}
# How much an entry counts, by what it is: answers before pointers to them. A notebook shows the work behind a page.
POINTERS = {"notebooks/": 0.6, "review/asked/": 0.5, "review/course/": 0.6, "llms/evidence/": 0.75}
SECTIONS = {"next": 0.3, "check": 0.6, "gamed": 0.9, "idea": 1.1, "problem": 1.1}
# A section whose rows or terms stand in the index by themselves.
WITH_PARTS = 0.6


class Words(Record):
    """The file of other names for a section, by page.md#id or page.md: terms, models, options that it does not say."""

    also: dict[str, str]


class Phrases(Record):
    """The file of ways to ask for a section in everyday words, by page.md#id or page.md."""

    said: dict[str, list[str]]


def load_words(path: Path) -> dict[str, list[str]]:
    """`docs/search.toml` by address in the site ("training/hub/#push"); GuideError names file and key."""
    return {address(section): [also] for section, also in read(path, Words).also.items()}


def load_phrases(path: Path) -> dict[str, list[str]]:
    """`docs/phrases.toml` by address in the site; GuideError names file and key."""
    return {address(section): said for section, said in read(path, Phrases).said.items()}


def address(section: str) -> str:
    """The site's address of a section: "metrics/index.md#paired" is "metrics/#paired"."""
    page, _, part = section.partition("#")
    place = folder(page)
    return (f"{place}/" if place else "") + (f"#{part}" if part else "")


class Parts(HTMLParser):
    """Collects `parts`: [section, id, title, text] of table rows that hold an id, and of terms (dt, with their dd)."""

    def __init__(self):
        super().__init__()
        self.parts: list[list[str]] = []
        self.section = ""  # "#id" of the last heading
        self.row: list[str] | None = None  # the texts of the row being read
        self.named: list[str] | None = None  # id and title of the row
        self.titling = ""  # tag whose text is the title being read
        self.term = False  # between a dt with an id and the end of its dd
        self.aside = False  # in an <em> of a row: where else the row belongs, not what it says

    def handle_starttag(self, tag, attributes):
        """Notice a heading, a row, a term, or what names a row."""
        own = dict(attributes).get("id")
        if tag in ("h2", "h3", "h4") and own:
            self.section = f"#{own}"
        elif tag == "tr":
            self.row, self.named = [], None
        elif tag == "dt":
            self.term = bool(own)
            if own:
                self.parts.append([self.section, own, "", ""])
                self.titling = "dt"
        elif tag == "em" and self.row is not None:
            self.aside = True
        elif own and self.row is not None and self.named is None:
            self.named, self.titling = [own, ""], tag

    def handle_endtag(self, tag):
        """Close what the tag opened; a named row is a part."""
        if tag == self.titling:
            self.titling = ""
        if tag == "tr":
            if self.named:
                self.parts.append([self.section, *self.named, " ".join(self.row)])
            self.row = None
        elif tag == "dd" and self.term:
            self.parts[-1][3] += " "
        elif tag == "dl":
            self.term = False
        elif tag == "em":
            self.aside = False

    def handle_data(self, data):
        """Take text into the row or the term that is open."""
        if self.aside:
            return
        if self.row is not None:
            self.row.append(data)
            if self.titling and self.named:
                self.named[1] += data
        elif self.term:
            self.parts[-1][2 if self.titling == "dt" else 3] += data


def parts(page_html: str) -> list[tuple[str, str, str, str]]:
    """(section, id, title, text) of each row and term of a page that has an address of its own, without markup."""
    reader = Parts()
    reader.feed(page_html)
    return [tuple(" ".join(one.split()) for one in part) for part in reader.parts]


def boost(location: str) -> float:
    """What an entry counts for beside others that hold the same words."""
    if location in LISTS:
        return 0.5
    for start, factor in POINTERS.items():
        if location.startswith(start):
            return factor
    return SECTIONS.get(location.partition("#")[2], 1)


def enrich(
    docs: list[dict], found: dict[str, list], also: dict, said: dict, asked: list[tuple[str, str]]
) -> list[dict]:
    """The index's entries with `boost`, `also` and `said`, and an entry for each part.

    `found` maps a page's location to its `parts`; `also` and `said` map a section's address to what people type for it;
    `asked` are questions, each after the section that answers it.
    Raises GuideError when `also` or `said` names a section that the index does not hold.
    """
    tags = {doc["location"]: doc.get("tags", []) for doc in docs}
    whole = {f"{page}{section}" for page, inside in found.items() for section, *_ in inside}
    entries = [
        {**doc, "boost": boost(doc["location"]) * (WITH_PARTS if doc["location"] in whole else 1)} for doc in docs
    ]
    for page, inside in found.items():
        for _, part, title, text in inside:
            rest = escape(text.removeprefix(title).strip(), quote=False)
            entry = {"location": f"{page}#{part}", "title": escape(title, quote=False), "text": rest}
            entries.append({**entry, "tags": tags.get(page, []), "boost": boost(page)})
    known = {entry["location"]: entry for entry in entries}
    for field, file, table in (("also", "search.toml", also), ("said", "phrases.toml", said)):
        for location, typed in table.items():
            if location not in known:
                raise GuideError(f"docs/{file}: no section has the address {location}")
            known[location][field] = [*typed]
    for section, question in asked:
        location = address(section)
        # The id of a page's title is the page.
        entry = known.get(location) or known[location.partition("#")[0]]
        entry.setdefault("also", []).append(question)
    return entries
