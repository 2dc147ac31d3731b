"""Agreement between the two label files of a corpus: `python tools/agreement.py notebooks/data/token-classification`.

Reads PREFIX-first.jsonl and PREFIX-second.jsonl, rows of {"id": …, "spans": [[first word, one past the last, type], …]}.
"""

import json
import sys
from pathlib import Path


def read_spans(path: Path) -> dict[str, set[tuple]]:
    """Row id to its set of (start, end, type)."""
    try:
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        return {row["id"]: {tuple(span) for span in row["spans"]} for row in rows}
    except FileNotFoundError:
        sys.exit(f"{path}: there is no such label file; name the prefix of two of them")
    except (ValueError, KeyError, TypeError) as error:
        sys.exit(f"{path}: not a label file ({error}); each line is {{'id': …, 'spans': […]}}")


def span_f1(first: dict[str, set], second: dict[str, set]) -> dict[str, float]:
    """Span F1 of the second labels against the first, over all and by type; 1.0 is full agreement.

    F1 = 2 |A ∩ B| / (|A| + |B|), A and B the two sets of spans; symmetric, so neither pass counts as the truth
    (Hripcsak and Rothschild, 2005, doi:10.1197/jamia.M1733).
    """
    if first.keys() != second.keys():
        raise ValueError(f"the label files name different rows: {sorted(first.keys() ^ second.keys())[:3]}")
    kinds = sorted({span[2] for spans in first.values() for span in spans})
    found = {}
    for kind in ("all", *kinds):
        pairs = [
            [{span for span in spans[row] if kind in ("all", span[2])} for spans in (first, second)] for row in first
        ]
        both = sum(len(a & b) for a, b in pairs)
        found[kind] = 2 * both / sum(len(a) + len(b) for a, b in pairs)
    return found


def main(prefix: str) -> None:
    """Print agreement by type, and how many rows differ."""
    first, second = (read_spans(Path(f"{prefix}-{which}.jsonl")) for which in ("first", "second"))
    for kind, value in span_f1(first, second).items():
        print(f"{kind:5} span F1 {value:.3f}")
    print(f"{sum(first[row] != second[row] for row in first)} of {len(first)} rows differ")


if __name__ == "__main__":
    main(sys.argv[1])
