"""TOTP secrets are kept sealed, so that a copy of the database alone signs nobody in."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class Unsealable(Exception):  # noqa: N818 - it says what the secret is
    """A secret was sealed with another secret key than the one in use."""


def _box() -> Fernet:
    derived = HKDF(SHA256(), 32, salt=None, info=b"firebreak totp secrets").derive(settings.SECRET_KEY.encode())
    return Fernet(base64.urlsafe_b64encode(derived))


def seal(text: str) -> str:
    return _box().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Return what was sealed. Raises Unsealable when the secret key has changed since."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Unsealable(
            "the secret key is not the one that this was sealed with: restore it, or reset the factor"
        ) from None
