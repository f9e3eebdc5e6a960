"""The catalogues of translations: what is to be translated, and what is not yet.

`python -m tests.messages` brings the .po files up to date with the code and compiles them; translators fill in what is
empty then. The compiled files are kept in the repository, so that a clone runs without tools.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT: Final = Path(__file__).parent.parent / "src" / "firebreak"
LOCALE: Final = ROOT / "locale"
_AR: Final = "n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 && n%100<=99 ? 4 : 5"
PLURALS: Final = {"fr": "nplurals=2; plural=(n > 1)", "ar": f"nplurals=6; plural=({_AR})"}
LANGUAGES: Final = tuple(PLURALS)
_NO_DATE: Final = datetime(2000, 1, 1, tzinfo=UTC)
KEYWORDS: Final = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "pgettext_lazy": ((1, "c"), 2),
    "ngettext_lazy": (1, 2),
    "npgettext": ((1, "c"), 2, 3),
}
# What a catalogue's head has to say; all else in it would only change.
_HEAD: Final = r"""msgid ""
msgstr ""
"Language: {language}\n"
"Plural-Forms: {plural};\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"

"""


def _sources() -> Iterator[tuple[Path, str]]:
    """Give every file with texts as Python; templates are turned into it as Django does."""
    for path in sorted(ROOT.rglob("*.py")):
        if "engine" not in path.relative_to(ROOT).parts and "migrations" not in path.parts:
            yield path, path.read_text()
    for path in sorted([*ROOT.rglob("templates/**/*.html"), *ROOT.rglob("templates/**/*.txt")]):
        yield path, templatize(path.read_text(), origin=str(path))


def wanted() -> Catalog:
    """Return everything that the code wants translated, without line numbers, which would change all the time."""
    catalog = Catalog(fuzzy=False)
    for path, source in _sources():
        where = str(path.relative_to(ROOT))
        found = extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS, comment_tags=("Translators:",))
        for _, message, comments, context in found:
            catalog.add(message, locations=[(where, 0)], auto_comments=comments, context=context)
    return catalog


def po(language: str) -> Path:
    """Return where a language's catalogue is written."""
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def read(language: str) -> Catalog:
    """Return a language's catalogue."""
    with po(language).open("rb") as file:
        return read_po(file, locale=language)


def compiled(catalog: Catalog) -> bytes:
    """Return a catalogue as programs read it."""
    catalog.creation_date = catalog.revision_date = _NO_DATE  # a time would make every compilation another
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def written(catalog: Catalog) -> bytes:
    """Return a catalogue as people read it."""
    out = io.BytesIO()
    write_po(out, catalog, width=110, sort_output=True, include_lineno=False, ignore_obsolete=True)
    _, _, rest = out.getvalue().partition(b"\n\n")
    return _HEAD.format(language=catalog.locale, plural=PLURALS[str(catalog.locale)]).encode() + rest


def bring_up_to_date() -> None:
    """Take in new texts and drop old ones, then compile."""
    texts = wanted()
    for language in LANGUAGES:
        catalog = read(language) if po(language).exists() else Catalog(locale=language, fuzzy=False)
        catalog.update(texts, no_fuzzy_matching=True)
        catalog.fuzzy = False
        po(language).parent.mkdir(parents=True, exist_ok=True)
        po(language).write_bytes(written(catalog))
        po(language).with_suffix(".mo").write_bytes(compiled(read(language)))


if __name__ == "__main__":
    bring_up_to_date()
