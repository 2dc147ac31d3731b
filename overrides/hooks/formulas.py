"""Formulas become MathML when the site is built: no script, no font, readable by screen readers."""

import html
import re

from errors import GuideError
from latex2mathml.converter import convert

# What pymdownx.arithmatex leaves (generic mode) for `$…$` and `$$…$$`.
INLINE = re.compile(r'<span class="arithmatex">\\\((.*?)\\\)</span>', re.S)
BLOCK = re.compile(r'<div class="arithmatex">\\\[(.*?)\\\]</div>', re.S)


def to_mathml(latex: str, display: str, where: str) -> str:
    """MathML of one formula. Raises GuideError for a macro that the converter does not know (it passes it on)."""
    mathml = convert(html.unescape(latex).strip(), display=display)
    if "\\" in mathml:
        macro = re.search(r"\\\w*", mathml)[0]
        raise GuideError(
            f"{where}: the formula `{latex.strip()}` uses {macro}, which has no MathML; write it otherwise"
        )
    return mathml.replace("<math", "<math data-search-exclude", 1)


def render(page_html: str, where: str) -> str:
    """The page with every formula replaced; `where` names it in an error."""
    page_html = BLOCK.sub(
        lambda m: (
            f'<div class="formula" tabindex="0" role="group" aria-label="Formula">{to_mathml(m[1], "block", where)}</div>'
        ),
        page_html,
    )
    return INLINE.sub(lambda m: to_mathml(m[1], "inline", where), page_html)
