"""Names for the landmarks that Material leaves without one, or gives the name of another; axe reports each.

Kept out of overrides/partials: a copied partial would have to follow every release of the theme.
"""

import re

SECTION = re.compile(
    r'aria-labelledby="__nav_\d+_label"(?P<rest>[^>]*>\s*<label class="md-nav__title"[^>]*>'
    r'\s*<span class="md-nav__icon md-icon"></span>\s*(?P<title>[^<]+?)\s*</label>)'
)


def name(page_html: str) -> str:
    """The page with a name for the search dialog, the breadcrumbs, and each section of the navigation."""
    page_html = page_html.replace(
        'data-md-component="search" role="dialog"', 'data-md-component="search" role="dialog" aria-label="Search"'
    )
    page_html = page_html.replace(
        '<nav class="md-path" aria-label="Navigation"', '<nav class="md-path" aria-label="Breadcrumbs"'
    )
    return SECTION.sub(r'aria-label="\g<title>"\g<rest>', page_html)
