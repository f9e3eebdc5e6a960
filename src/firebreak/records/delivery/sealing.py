"""Secrets at rest: sealed with a key that is not in the database, so that a copy of it cannot forge a take-down."""

from __future__ import annotations

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes


class CannotUnseal(Exception):  # noqa: N818 - said as it is
    """What was sealed was sealed under another secret key."""


def seal(secret: str) -> bytes:
    """Seal under the present secret key."""
    return _box().encrypt(secret.encode())


def unseal(sealed: bytes) -> str:
    """Open what was sealed under the present secret key or one of those before it. Raises CannotUnseal."""
    try:
        return _box().decrypt(sealed).decode()
    except InvalidToken:
        raise CannotUnseal from None


def _box() -> MultiFernet:
    return MultiFernet([Fernet(_derived(key)) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _derived(secret_key: str | bytes) -> bytes:
    derived = HKDF(SHA256(), length=32, salt=None, info=b"firebreak delivery keys").derive(force_bytes(secret_key))
    return urlsafe_b64encode(derived)
