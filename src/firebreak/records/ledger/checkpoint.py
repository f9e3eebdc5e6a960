"""Signed statements about the tree, as text that other programs read too.

The form is C2SP's tlog-checkpoint inside its signed note, with Ed25519: <https://c2sp.org/tlog-checkpoint>,
<https://c2sp.org/signed-note>. Pure: no database, no files.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519: Final = b"\x01"
_DASH: Final = "\N{EM DASH} "


class CheckpointError(Exception):
    """A checkpoint, or a key to check one, is not what it should be. The message is one sentence."""


@dataclass(frozen=True, slots=True)
class TreeHead:
    """After `size` entries, the tree of the log `origin` had this root."""

    origin: str
    size: int
    root: bytes

    def body(self) -> str:
        """Return the text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@dataclass(frozen=True, slots=True)
class Verifier:
    """What checks the signatures of one key: its name, which is the log's origin, and its public half."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        """Return the four bytes by which signatures name the key."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    def __str__(self) -> str:
        """Return the key as signed notes write it: `name+id+key`."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(_ED25519 + self.public).decode()}"

    @classmethod
    def parse(cls, text: str) -> Verifier:
        """Read a key as signed notes write it. Raises CheckpointError."""
        name, _, rest = text.strip().partition("+")
        key_id, _, key = rest.partition("+")
        data = _decode(key, "the key")
        verifier = cls(name, data[1:])
        if not name or data[:1] != _ED25519 or len(data) != 33 or verifier.key_id.hex() != key_id:
            raise CheckpointError("this is no Ed25519 key of a signed note: name+id+key")
        return verifier

    def verifies(self, body: str, signature: bytes) -> bool:
        """Tell whether the key signed this text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, body.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


class Signer:
    """The private half of a key."""

    def __init__(self, name: str, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.verifier = Verifier(name, self._key.public_key().public_bytes_raw())

    def sign(self, head: TreeHead) -> str:
        """Return a checkpoint: the statement and its signature."""
        signature = base64.b64encode(self.verifier.key_id + self._key.sign(head.body().encode())).decode()
        return f"{head.body()}\n{_DASH}{self.verifier.name} {signature}\n"


def parse(text: str) -> TreeHead:
    """Read what a checkpoint states, whoever signed it. Raises CheckpointError."""
    return _head(_split(text)[0])


def verify(text: str, verifiers: Iterable[Verifier]) -> TreeHead:
    """Read a checkpoint that one of these keys has signed; signatures of others are passed over.

    Raises CheckpointError for one that none has signed, or that is about another log than the key is for.
    """
    body, signatures = _split(text)
    head = _head(body)
    for verifier in verifiers:
        for name, key_id, signature in signatures:
            if (name, key_id) == (verifier.name, verifier.key_id) and verifier.verifies(body, signature):
                if head.origin != verifier.name:
                    raise CheckpointError(f"the checkpoint is about {head.origin}, its key is for {verifier.name}")
                return head
    raise CheckpointError("no known key has signed the checkpoint")


def _split(text: str) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    body, blank, signatures = text.rpartition("\n\n")
    if not blank or not signatures.endswith("\n") or any(ord(c) < 32 and c != "\n" for c in text):
        raise CheckpointError("this is no signed note: text, an empty line, signatures")
    return body + "\n", [_signature(line) for line in signatures[:-1].split("\n")]


def _signature(line: str) -> tuple[str, bytes, bytes]:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    data = _decode(encoded, "a signature")
    if not line.startswith(_DASH) or not name or "+" in name or len(data) < 5:
        raise CheckpointError("a signature line is not what it should be")
    return name, data[:4], data[4:]


def _head(body: str) -> TreeHead:
    lines = body.removesuffix("\n").split("\n")
    if len(lines) < 3 or not all(lines):
        raise CheckpointError("this is no checkpoint: origin, size and root, a line each")
    origin, size, root = lines[:3]
    if not re.fullmatch(r"0|[1-9][0-9]{0,18}", size):
        raise CheckpointError("the checkpoint's size is no whole number")
    data = _decode(root, "the checkpoint's root")
    if len(data) != 32:
        raise CheckpointError("the checkpoint's root is no SHA-256")
    return TreeHead(origin, int(size), data)


def _decode(text: str, what: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise CheckpointError(f"{what} is not base64") from None
