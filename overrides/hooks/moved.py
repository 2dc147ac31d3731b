"""Pages that moved: each keeps a page at its old address that leads on, with the #part and the query.

Pure functions of `docs/moved.toml`; nothing knows MkDocs.
"""

import posixpath
from html import escape
from pathlib import Path

from errors import GuideError
from facts import Record, read


class Moved(Record):
    """The file: for each old page (page.md) the page that has its sections now."""

    moved: dict[str, str]


def load(path: Path, pages: set[str]) -> dict[str, str]:
    """Old page to new page; GuideError names the line that leads nowhere, or that hides a page."""
    moved = read(path, Moved).moved
    for old, new in moved.items():
        if old in pages:
            raise GuideError(f"{path}: {old} is a page again; take its line out")
        if new not in pages:
            raise GuideError(f"{path}: {old} leads to {new}, which is no page; name one under docs/")
    return moved


def folder(page: str) -> str:
    """The folder of a page in the site: "training/hub.md" is "training/hub", "index.md" is ""."""
    return posixpath.dirname(page) if posixpath.basename(page) == "index.md" else page.removesuffix(".md")


def stub(old: str, new: str) -> str:
    """The page at the old address. Without scripts the reader arrives at the new page's top."""
    target = escape(posixpath.relpath(folder(new) or ".", folder(old) or ".") + "/")
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>This page has moved</title>\n'
        f'<link rel="canonical" href="{target}">\n<meta name="robots" content="noindex">\n'
        f'<noscript><meta http-equiv="refresh" content="0; url={target}"></noscript>\n'
        f'<p>This page has moved: <a href="{target}">read it there</a>.</p>\n'
        f'<script>location.replace("{target}" + location.search + location.hash)</script>\n</html>\n'
    )
