"""What is checked in the HTML of every built page; each finding is one sentence."""

import re
from html.parser import HTMLParser


class Reader(HTMLParser):
    """Collects what the checks need from one page."""

    def __init__(self):
        super().__init__()
        self.ids: list[str] = []
        self.images: list[dict] = []
        self.comments: list[str] = []

    def handle_starttag(self, tag, attrs):
        """Note ids and images."""
        attributes = dict(attrs)
        if attributes.get("id"):
            self.ids.append(attributes["id"])
        if tag == "img":
            self.images.append(attributes)

    def handle_comment(self, data):
        """Note comments: a shortcode that was misspelt would otherwise vanish without a word."""
        self.comments.append(data.strip())


def findings(page_html: str) -> list[str]:
    """Sentences about what is wrong with a built page."""
    reader = Reader()
    reader.feed(page_html)
    twice = sorted({one for one in reader.ids if reader.ids.count(one) > 1})
    said = [
        f"a comment was left in the page, `{text[:60]}`: take it out, or mend the shortcode" for text in reader.comments
    ]
    said += [f"the id `{one}` stands twice on the page: give one of the headings another {{#id}}" for one in twice]
    said += [
        f"the image {one.get('src', '')} has no alternative text: describe it"
        for one in reader.images
        if not (one.get("alt") or "").strip()
    ]
    if re.search(r"<th[^>]*>\s*</th>", page_html):
        said.append("a column of a table has no name: a screen reader says nothing there; name it")
    if re.search(r"<math[^>]*>[^<]*(?:<(?!/math>)[^>]*>[^<\\]*)*\\", page_html):
        said.append("a backslash was left in a formula: write it otherwise")
    return said
