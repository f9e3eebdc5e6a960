"""French and Arabic say everything that English says, and what is compiled is what is written."""

from __future__ import annotations

import re

import pytest
from babel.messages.catalog import Message

from tests.messages import LANGUAGES, compiled, po, read, wanted, written

PLACES = re.compile(r"%\((\w+)\)s")
PLURALS = {"fr": 2, "ar": 6}


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_is_translated_and_nothing_is_left_over(language: str) -> None:
    texts = {(each.context, each.id) for each in wanted() if each.id}
    told = {(each.context, each.id): each for each in read(language) if each.id}
    assert texts == set(told), "bring the catalogues up to date with `python -m tests.messages`"
    assert not [each.id for each in told.values() if each.fuzzy or not all(_strings(each))]


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_keep_what_is_filled_in(language: str) -> None:
    for each in read(language):
        if not each.id:
            continue
        wanted_places = set(PLACES.findall(str(each.id)))
        strings = _strings(each)
        if each.pluralizable:
            assert len(strings) == PLURALS[language], each.id
            assert set(PLACES.findall(strings[-1])) == wanted_places, each.id
        else:
            assert set(PLACES.findall(strings[0])) == wanted_places, each.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    catalog = read(language)
    assert po(language).with_suffix(".mo").read_bytes() == compiled(catalog)
    assert po(language).read_bytes() == written(catalog)


def _strings(message: Message) -> list[str]:
    return list(message.string) if isinstance(message.string, tuple | list) else [message.string or ""]
