"""Verify what Firebreak delivers, after Standard Webhooks 1.0.0.

    event = verify(request.headers, request.body, ["whsec_..."])
    if event.type == "item.remove":
        take_down(event.data["content_id"])

The body must be the bytes as they came: parsing and writing them again makes other bytes. An event may come more than
once; `event.id` stays the same, so whoever has seen it before may answer 200 and do nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

TOLERANCE: Final = 300
"""The seconds by which the sender's clock may differ from ours; what is older may be a replay."""


class WebhookRefused(Exception):  # noqa: N818 - what the receiver does
    """A request that is not, or not provably, from Firebreak, or was sent long ago. Answer 400 and do nothing."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. `id` is the same at every attempt to tell it."""

    id: str
    type: str
    timestamp: datetime
    data: Mapping[str, Any]


def verify(
    headers: Mapping[str, str],
    body: bytes,
    keys: str | Iterable[str],
    *,
    tolerance: float = TOLERANCE,
    now: float | None = None,
) -> Event:
    """Return the event of a request if one of `keys` (`whsec_...` or `whpk_...`) signed it.

    Raises WebhookRefused, and ValueError for a key that is none. `now` is the time in Unix seconds, for tests.
    """
    checks = [_check(key) for key in ([keys] if isinstance(keys, str) else keys)]
    if not checks:
        raise ValueError("name at least one key")
    lower = {name.lower(): value for name, value in headers.items()}
    id_, stamp, signatures = (lower.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    if not (id_ and stamp and signatures):
        raise WebhookRefused("the headers webhook-id, webhook-timestamp and webhook-signature belong to a delivery")
    _require_recent(stamp, time.time() if now is None else now, tolerance)
    content = b".".join((id_.encode(), stamp.encode(), body))
    if not any(check.accepts(signatures, content) for check in checks):
        raise WebhookRefused("no signature was made with one of the keys")
    return _read(id_, body)


@dataclass(frozen=True, slots=True)
class _Check:
    version: str
    key: bytes

    def accepts(self, signatures: str, content: bytes) -> bool:
        return any(self._fits(signature, content) for signature in signatures.split())

    def _fits(self, signature: str, content: bytes) -> bool:
        version, _, text = signature.partition(",")
        if version != self.version:
            return False
        try:
            given = b64decode(text, validate=True)
        except (NotBase64, ValueError):
            return False
        if self.version == "v1":
            return hmac.compare_digest(hmac.digest(self.key, content, hashlib.sha256), given)
        return _ed25519(self.key, given, content)


def _check(key: str) -> _Check:
    prefix, _, text = key.partition("_")
    version = {"whsec": "v1", "whpk": "v1a"}.get(prefix)
    if version is None:
        raise ValueError("a key begins with whsec_ or whpk_")
    try:
        raw = b64decode(text, validate=True)
    except (NotBase64, ValueError):
        raise ValueError("what follows whsec_ or whpk_ is not base64") from None
    if not raw or (version == "v1a" and len(raw) != 32):
        raise ValueError("this key has not the length of one")
    return _Check(version, raw)


def _ed25519(key: bytes, signature: bytes, content: bytes) -> bool:
    # Only who uses key pairs needs `cryptography`, and waits for it.
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415

    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, content)
    except InvalidSignature:
        return False
    return True


def _require_recent(stamp: str, now: float, tolerance: float) -> None:
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 15):
        raise WebhookRefused("webhook-timestamp is no time in seconds")
    if abs(int(stamp) - now) > tolerance:
        raise WebhookRefused(f"webhook-timestamp is more than {tolerance:g} seconds from now: compare the clocks")


def _read(id_: str, body: bytes) -> Event:
    try:
        told = json.loads(body)
        return Event(id_, str(told["type"]), datetime.fromisoformat(told["timestamp"]), dict(told["data"]))
    except (ValueError, TypeError, KeyError):
        raise WebhookRefused("the body is no event") from None
