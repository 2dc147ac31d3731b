"""The decoder of facts refuses what it does not know, and says where."""

import errors
import facts
import pytest

GOOD = """
authors = "A"
title = "T"
year = 2020
url = "https://example.org"
confidence = "abstract read"
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD + 'colour = "red"', "colour"),
        (GOOD.replace("2020", '"2020"'), "year"),
        (GOOD.replace('title = "T"', ""), "title"),
        (GOOD.replace("abstract read", "from memory"), "confidence"),
        (GOOD + "= 1", "broken TOML"),
    ],
)
def test_a_wrong_key_is_named_with_its_file(tmp_path, text, said):
    path = tmp_path / "source.toml"
    path.write_text(text)
    with pytest.raises(errors.GuideError) as error:
        facts.read(path, facts.Source)
    assert "source.toml" in str(error.value) and said in str(error.value)


def test_bytes_that_are_no_text(tmp_path):
    (tmp_path / "source.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(errors.GuideError, match="UTF-8"):
        facts.read(tmp_path / "source.toml", facts.Source)
