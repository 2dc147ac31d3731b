"""Agreement between the two label files of a corpus: `python tools/agreement.py notebooks/data/token-classification`.

Reads PREFIX-first.jsonl and PREFIX-second.jsonl, one row a line: `id`, and any of
  spans    [[start, one past the end, type], …], in words or in characters   F1 of whole spans, and of the places they cover
  topics   ["…", …]                                                          F1 of the names
  label    a name, or true and false                                         Cohen's kappa
  urgency  a whole number                                                    kappa with quadratic weights
"""

import json
import sys
from pathlib import Path


def read_labels(path: Path) -> dict[str, dict]:
    """Row id to its labels by field; lists become sets."""
    try:
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        return {row.pop("id"): {field: as_label(value) for field, value in row.items()} for row in rows}
    except FileNotFoundError:
        sys.exit(f"{path}: there is no such label file; name the prefix of two of them")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        sys.exit(f"{path}: not a label file ({error}); each line is {{'id': …, 'spans': […]}} or has other labels")


def as_label(value):
    """A list as a set, its inner lists as tuples; anything else as it is."""
    if not isinstance(value, list):
        return value
    return {tuple(one) if isinstance(one, list) else one for one in value}


def set_f1(first: list[set], second: list[set]) -> float:
    """F1 of the second sets against the first, row by row; 1.0 is full agreement.

    F1 = 2 |A ∩ B| / (|A| + |B|); symmetric, so neither pass counts as the truth
    (Hripcsak and Rothschild, 2005, doi:10.1197/jamia.M1733).
    """
    both = sum(len(a & b) for a, b in zip(first, second, strict=True))
    return 2 * both / sum(len(a) + len(b) for a, b in zip(first, second, strict=True))


def covered(spans: set[tuple]) -> set[tuple]:
    """The places that spans cover, each with its type: {(0, 2, "x")} covers {(0, "x"), (1, "x")}."""
    return {(at, kind) for start, end, kind in spans for at in range(start, end)}


def agreement(first: dict[str, dict], second: dict[str, dict]) -> dict[str, float]:
    """Measure to value, for every field of the rows. ValueError when the files name different rows."""
    if first.keys() != second.keys():
        raise ValueError(f"the label files name different rows: {sorted(first.keys() ^ second.keys())[:3]}")
    found = {}
    for field in next(iter(first.values())):
        a, b = ([rows[row][field] for row in first] for rows in (first, second))
        if field == "spans":
            found["span F1"] = set_f1(a, b)
            kinds = sorted({kind for spans in a for _, _, kind in spans})
            for kind in kinds if len(kinds) > 1 else ():
                keep = [[{span for span in spans if span[2] == kind} for spans in rows] for rows in (a, b)]
                found[f"span F1, {kind}"] = set_f1(*keep)
            found["F1 of covered places"] = set_f1([covered(one) for one in a], [covered(one) for one in b])
        elif isinstance(a[0], set):
            found[f"F1 of {field}"] = set_f1(a, b)
        else:
            from sklearn.metrics import cohen_kappa_score

            ordered = isinstance(a[0], int) and not isinstance(a[0], bool)
            found[f"kappa of {field}"] = float(cohen_kappa_score(a, b, weights="quadratic" if ordered else None))
    return found


def main(prefix: str) -> None:
    """Print each measure, and how many rows differ."""
    first, second = (read_labels(Path(f"{prefix}-{which}.jsonl")) for which in ("first", "second"))
    for measure, value in agreement(first, second).items():
        print(f"{measure} {value:.3f}")
    print(f"{sum(first[row] != second[row] for row in first)} of {len(first)} rows differ")


if __name__ == "__main__":
    main(sys.argv[1])
