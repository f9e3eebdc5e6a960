"""Readers of settings: text in, value out, ValueError with what to do."""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import available_timezones


def text(value: str) -> str:
    return value


def folder(value: str) -> Path:
    if not value:
        raise ValueError("name a folder")
    return Path(value).expanduser().absolute()


def default_data() -> Path:
    """Return where data lies when nobody says: in the home of whoever runs it, for root where services keep theirs."""
    if os.geteuid() == 0:
        return Path("/var/lib/firebreak")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "firebreak"


def flag(value: str) -> bool:
    known = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if value.lower() not in known:
        raise ValueError("say yes or no")
    return known[value.lower()]


def whole(least: int, most: int) -> Callable[[str], int]:
    """Return a reader of whole numbers from `least` to `most`."""

    def read(value: str) -> int:
        number = int(value) if value.lstrip("-").isdecimal() else None
        if number is None or not least <= number <= most:
            raise ValueError(f"use a whole number from {least} to {most}")
        return number

    return read


def number(least: float, most: float) -> Callable[[str], float]:
    """Return a reader of numbers from `least` to `most`."""

    def read(value: str) -> float:
        try:
            parsed = float(value)
        except ValueError:
            parsed = float("nan")
        if not least <= parsed <= most:
            raise ValueError(f"use a number from {least:g} to {most:g}")
        return parsed

    return read


def one_of(*choices: str) -> Callable[[str], str]:
    """Return a reader of one of some words."""

    def read(value: str) -> str:
        if value not in choices:
            raise ValueError(f"use one of {', '.join(choices)}")
        return value

    return read


def some_of(*choices: str) -> Callable[[str], tuple[str, ...]]:
    """Return a reader of some of some words."""

    def read(value: str) -> tuple[str, ...]:
        chosen = words(value)
        if not chosen or not set(chosen) <= set(choices):
            raise ValueError(f"use some of {', '.join(choices)}")
        return chosen

    return read


def words(value: str) -> tuple[str, ...]:
    return tuple(word for word in value.replace(",", " ").split() if word)


def secret(value: str) -> str:
    if len(value) < 32:
        raise ValueError("use at least 32 characters that nobody can guess")
    return value


def database(value: str) -> str:
    if value and not value.startswith(("postgresql://", "postgres://")):
        raise ValueError("use an address such as postgresql://user:password@host:5432/name")
    return value


def web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment:
        raise ValueError("use an address such as https://firebreak.example.org")
    return value.rstrip("/")


def time_zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError("use a name such as Europe/Paris")
    return value


def verdicts(value: str) -> dict[str, str]:
    """Read `default=hold,comments=allow`: a verdict by surface, `default` for all others."""
    read = {}
    for word in words(value):
        surface, _, verdict = word.partition("=")
        if not surface or verdict not in {"allow", "hold", "review", "block"}:
            raise ValueError("write surface=verdict, such as default=hold,comments=allow")
        read[surface] = verdict
    if "default" not in read:
        raise ValueError("say what holds for all other surfaces, such as default=hold")
    return read


def networks(value: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Read address ranges; one address is a range of one."""
    try:
        return tuple(ip_network(word) for word in words(value))
    except ValueError:
        raise ValueError("use address ranges such as 10.0.0.0/8, fd00::/8") from None


def key(value: str) -> bytes:
    """Read 32 random bytes in base64."""
    try:
        read = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        read = b""
    if len(read) != 32:
        raise ValueError("use 32 random bytes in base64, such as `openssl rand -base64 32` prints")
    return read


def log_origin(value: str) -> str:
    if not re.fullmatch(r"[!-*,-~]{1,200}", value):
        raise ValueError("use a name without spaces and plus signs, such as firebreak.example.org/ledger")
    return value
