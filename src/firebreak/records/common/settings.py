"""All settings: read from the environment once, typed, refused at start when they make no sense.

A setting is one field of `Settings`. `NAME_FILE` may name a file that holds the value of any of them; for secrets that
is the way to go, since an environment can be read by others.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from functools import cache
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any, Final

from firebreak.records.common import parsing as parse

PREFIX: Final = "FIREBREAK_"


class SettingError(Exception):
    """A setting has a value that makes no sense. The message names it and says what to do."""


def _setting(default: object, reader: Callable[[str], object], help_: str, *, secret: bool = False) -> Any:
    metadata = {"reader": reader, "help": help_, "secret": secret}
    if callable(default):
        return field(default_factory=default, metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set; `FIREBREAK_` and the field's name in capitals is the variable."""

    data: Path = _setting(parse.default_data, parse.folder, "the folder for everything Firebreak keeps")
    example: bool = _setting(True, parse.flag, "whether a first start makes an example bank")
    host: str = _setting("127.0.0.1", parse.text, "the address that the web server listens on")
    port: int = _setting(8080, parse.whole(0, 65535), "its port")
    web_processes: int = _setting(1, parse.whole(1, 64), "how many processes answer requests")
    web_threads: int = _setting(32, parse.whole(1, 256), "how many requests each of them answers at once")
    worker_processes: int = _setting(1, parse.whole(0, 64), "how many processes work on jobs")
    worker_threads: int = _setting(4, parse.whole(1, 64), "how many scans each of them works on at once")
    database_url: str = _setting(
        "", parse.database, "a PostgreSQL (15 or newer) to use in place of the embedded one", secret=True
    )
    secret_key: str = _setting(
        "", parse.secret, "signs sessions; made and kept in the data folder when not set", secret=True
    )
    url: str = _setting("", parse.web_address, "the address under which people and programs reach Firebreak")
    allowed_hosts: tuple[str, ...] = _setting(
        ("localhost", "127.0.0.1", "[::1]"), parse.words, "the host names that requests may be made to"
    )
    log_level: str = _setting("info", parse.one_of("debug", "info", "warning", "error"), "the least that is logged")
    language: str = _setting("en", parse.one_of("en", "fr", "ar"), "the language where a person has chosen none")
    time_zone: str = _setting("UTC", parse.time_zone, "the zone in which pages show times")
    require_totp: str = _setting(
        "nobody",
        parse.one_of("nobody", "administrators", "everyone"),
        "whose sign-in must ask for a code of an authenticator app",
    )
    trusted_proxies: int = _setting(
        0, parse.whole(0, 10), "the proxies in front of Firebreak whose X-Forwarded-For and -Proto are believed"
    )
    rate_limit: int = _setting(
        3000, parse.whole(0, 10**9), "the requests a second that one token may send to one web process; 0 for no limit"
    )
    decoders: int = _setting(
        lambda: max(2, os.cpu_count() or 1), parse.whole(1, 256), "the files that one process decodes at the same time"
    )
    scans_at_once: int = _setting(
        32, parse.whole(1, 10_000), "the scans that one web process works on at once; more are answered 429"
    )
    scan_wait: float = _setting(30.0, parse.number(0, 600), "the longest that a scan may be waited for (s)")
    scan_tries: int = _setting(3, parse.whole(1, 100), "how often a scan that breaks off is tried before it has failed")
    upload_bytes: int = _setting(2**30, parse.whole(1024, 2**40), "the largest file that may be uploaded (bytes)")
    fetch_urls: bool = _setting(False, parse.flag, "whether scans may name an address that Firebreak then fetches")
    when_broken: Mapping[str, str] = _setting(
        lambda: {"default": "hold"},
        parse.verdicts,
        "what scans are answered, by surface, when Firebreak is overloaded or broken",
    )
    private_targets: tuple[IPv4Network | IPv6Network, ...] = _setting(
        (), parse.networks, "address ranges, not of the public internet, that Firebreak may deliver to and fetch from"
    )
    delivery_days: int = _setting(
        30, parse.whole(4, 36_500), "the days for which events and the attempts to deliver them are kept"
    )
    when_unreadable: Mapping[str, str] = _setting(
        lambda: {"default": "review"},
        parse.verdicts,
        "what scans of files that cannot be read are answered, by surface",
    )
    upload_kinds: tuple[str, ...] = _setting(
        ("image", "video", "audio", "other"),
        parse.some_of("image", "video", "audio", "other"),
        "the kinds of files that may be uploaded",
    )
    scans_waiting: int = _setting(
        10_000, parse.whole(1, 10**9), "the scans that may wait for a worker; more are answered 429"
    )
    fingerprint_days: int = _setting(
        30, parse.whole(0, 36_500), "the days for which fingerprints of what was seen are kept; 0 keeps none"
    )
    ledger_key: bytes = _setting(
        b"", parse.key, "signs the ledger's checkpoints; made and kept in the data folder when not set", secret=True
    )
    ledger_origin: str = _setting(
        "", parse.log_origin, "the ledger's name in its checkpoints; from the address when not set"
    )


def variable(of: Field[Any]) -> str:
    """Return the environment variable of a field of `Settings`."""
    return PREFIX + of.name.upper()


def load(environment: Mapping[str, str]) -> Settings:
    """Read settings. Raises SettingError for a value, or a name, that makes no sense."""
    known = {variable(f): f for f in fields(Settings)}
    _refuse_unknown(environment, known)
    values: dict[str, Any] = {f.name: _read(environment, name, f) for name, f in known.items()}
    return Settings(**{name: value for name, value in values.items() if value is not MISSING})


@cache
def settings() -> Settings:
    """Return the settings of this process."""
    return load(os.environ)


def _read(environment: Mapping[str, str], name: str, of: Field[Any]) -> Any:
    text = environment.get(name)
    if path := environment.get(f"{name}_FILE"):
        if text is not None:
            raise SettingError(f"{name} and {name}_FILE are both set: keep one of them")
        text = _content(f"{name}_FILE", path)
    if text is None:
        return MISSING
    try:
        return of.metadata["reader"](text)
    except ValueError as problem:
        shown = "" if of.metadata["secret"] else f" {text!r}"
        raise SettingError(f"{name}{shown}: {problem}") from None


def _content(name: str, path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except (OSError, UnicodeDecodeError) as problem:
        raise SettingError(f"{name} names {path!r}, which cannot be read: {problem}") from None


def _refuse_unknown(environment: Mapping[str, str], known: Mapping[str, object]) -> None:
    for name in environment:
        if name.startswith(PREFIX) and name.removesuffix("_FILE") not in known:
            raise SettingError(f"{name} is no setting: see docs/reference/settings.md for those there are")
