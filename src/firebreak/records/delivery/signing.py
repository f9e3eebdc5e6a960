"""Signatures of deliveries, after Standard Webhooks 1.0.0. What verifies them is `firebreak.client.webhooks`.

A shared secret (`whsec_`) signs by HMAC-SHA256 as `v1`; a key pair signs by Ed25519 as `v1a`, and there the platform
holds only the public half (`whpk_`), so nothing that leaks from it lets anyone speak in Firebreak's name.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from firebreak.records.delivery.models import KeyKind

HMAC_BYTES: Final = 32
_PREFIX: Final = {KeyKind.HMAC: "whsec_", KeyKind.ED25519: "whsk_"}


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key that signs. Its secret stays out of its `repr`, so that no log can show it."""

    kind: KeyKind
    secret: str = field(repr=False)

    @property
    def public(self) -> str:
        """What verifies, as `whpk_`; empty for a shared secret."""
        if self.kind is KeyKind.HMAC:
            return ""
        return f"whpk_{_text(self._private().public_key().public_bytes_raw())}"

    def sign(self, content: bytes) -> str:
        """Return the signature as it stands in the header."""
        if self.kind is KeyKind.HMAC:
            return f"v1,{_text(hmac.digest(self._bytes(), content, hashlib.sha256))}"
        return f"v1a,{_text(self._private().sign(content))}"

    def _bytes(self) -> bytes:
        return b64decode(self.secret.removeprefix(_PREFIX[self.kind]), validate=True)

    def _private(self) -> Ed25519PrivateKey:
        # Seed and public half one after the other, as in NaCl; the seed is all that is needed.
        return Ed25519PrivateKey.from_private_bytes(self._bytes()[:32])


def new_key(kind: KeyKind) -> SigningKey:
    """Make a key from the system's randomness."""
    if kind is KeyKind.HMAC:
        return SigningKey(kind, "whsec_" + _text(secrets.token_bytes(HMAC_BYTES)))
    private = Ed25519PrivateKey.generate()
    return SigningKey(kind, "whsk_" + _text(private.private_bytes_raw() + private.public_key().public_bytes_raw()))


def headers(event: UUID, at: datetime, body: bytes, keys: Iterable[SigningKey]) -> dict[str, str]:
    """Return the headers of one attempt: the id is the event's for ever, the time is the attempt's.

    Several keys make several signatures, so that a receiver may still hold the old key while a new one comes in.
    """
    stamp = str(int(at.timestamp()))
    content = b".".join((str(event).encode(), stamp.encode(), body))
    return {
        "webhook-id": str(event),
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(key.sign(content) for key in keys),
    }


def _text(data: bytes) -> str:
    return b64encode(data).decode()
