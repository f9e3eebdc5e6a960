"""Looking signals up: what a platform may ask a thousand times a second, so each step here was measured."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from firebreak.desks.intake.references import Named, named
from firebreak.desks.intake.schemas import MOST_SIGNALS
from firebreak.engine.errors import SignalError
from firebreak.engine.signals.hexadecimal import parse_hex
from firebreak.engine.signals.pdq.code import codes
from firebreak.engine.signals.pdq.kind import RADIUS
from firebreak.records.banks import library
from firebreak.records.common.errors import Invalid, TooLarge

DIGITS: Final[Mapping[str, int]] = {"pdq": 64, "sha256": 64, "md5": 32}

PARAMETERS: Final[list[dict[str, Any]]] = [
    {"in": "query", "name": "kind", "required": True, "schema": {"type": "string", "enum": list(DIGITS)}},
    {
        "in": "query",
        "name": "value",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9a-fA-F]+$", "maxLength": 64},
        "description": "Hexadecimal digits",
    },
]

Hit = tuple[int, int]  # a reference's row, and its distance in bits


def one(kind: str, value: str) -> bytes:
    """Return the JSON of what one signal matches. Raises Invalid, Unavailable."""
    hits = _hits([kind], [_parsed(kind, value, "")])[0]
    known = named([row for row, _ in hits]) if hits else {}
    return b'{"matches":' + _matches(hits, known) + b"}"


def many(body: Any) -> bytes:
    """Return the JSON of what each of many signals matches. Raises Invalid, TooLarge, Unavailable."""
    kinds, values = _read(body)
    hits = _hits(kinds, values)
    known = named({row for each in hits for row, _ in each})
    return b'{"matches":[' + b",".join(_matches(each, known) if each else b"[]" for each in hits) + b"]}"


def _read(body: Any) -> tuple[list[str], list[str]]:
    given = body.get("signals") if isinstance(body, dict) else None
    if not isinstance(given, list):
        raise Invalid("there are no signals", 'send {"signals": [{"kind": "pdq", "value": "..."}]}', field="signals")
    if len(given) > MOST_SIGNALS:
        raise TooLarge(f"there are {len(given)} signals", f"send up to {MOST_SIGNALS} a request", field="signals")
    try:
        kinds = [each["kind"] for each in given]
        values = [each["value"] for each in given]
    except (TypeError, KeyError, IndexError):
        how = "compare it with the documentation"
        raise Invalid("a signal is an object with kind and value", how, field="signals") from None
    pairs = enumerate(zip(kinds, values, strict=True))
    return kinds, [_parsed(kind, value, f"signals.{n}.") for n, (kind, value) in pairs]


def _parsed(kind: Any, value: Any, place: str) -> str:
    """Return digits in lower case. Raises Invalid, naming which."""
    digits = DIGITS.get(kind) if isinstance(kind, str) else None
    if digits is None:
        raise Invalid(f"there is no kind {str(kind)[:40]!r}", f"use one of {', '.join(DIGITS)}", field=f"{place}kind")
    if not isinstance(value, str):
        raise Invalid("a signal is text", f"send {digits} hexadecimal digits", field=f"{place}value")
    try:
        return parse_hex(value, digits, f"{kind} signal")
    except SignalError as problem:
        raise Invalid(problem.problem, problem.remedy, field=f"{place}value") from None


def _hits(kinds: Sequence[str], values: Sequence[str]) -> list[list[Hit]]:
    known = library.current()
    found: list[list[Hit]] = [[] for _ in values]
    pictures = [n for n, kind in enumerate(kinds) if kind == "pdq"]
    if pictures:
        hits = known.search(codes([values[n] for n in pictures]), RADIUS)
        order = np.lexsort((hits.distance, hits.query))
        triples = zip(hits.query[order].tolist(), hits.row[order].tolist(), hits.distance[order].tolist(), strict=True)
        seen: set[tuple[int, int]] = set()
        for query, row, distance in triples:  # of a reference's frames, the nearest counts
            if (query, row) not in seen:
                seen.add((query, row))
                found[pictures[query]].append((row, distance))
    for n, kind in enumerate(kinds):
        if kind != "pdq":
            found[n] = [(row, 0) for row in known.exact(**{kind: values[n]})]
    return found


def _matches(hits: Sequence[Hit], known: Mapping[int, Named]) -> bytes:
    told = [
        {"reference": str(known[row].id), "name": known[row].name, "bank": known[row].bank, "distance": distance}
        for row, distance in hits
        if row in known
    ]
    return json.dumps(told).encode()
