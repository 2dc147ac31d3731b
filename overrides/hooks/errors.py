"""The one error that readers of the build see."""


class GuideError(Exception):
    """Bad input, told in one sentence that names the file and what to do about it."""
