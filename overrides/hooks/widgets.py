"""Widgets that the site puts in by itself; all others are written in a page, around a table or list of it."""

import re

HEADING_LINK = re.compile(r'<a class="headerlink"[^>]*>.*?</a>')


def wrap_heading_links(page_html: str) -> str:
    """Wrap the link that stands at every heading in <section-link>, which offers to copy its address."""
    return HEADING_LINK.sub(lambda match: f"<section-link>{match[0]}</section-link>", page_html)
