import hashlib
import io
from collections.abc import Callable
from typing import Any

import pytest

from firebreak.engine.errors import SignalError
from firebreak.engine.signals.kind import FileKind
from firebreak.engine.signals.md5 import KIND as MD5
from firebreak.engine.signals.sha256 import KIND as SHA256

BOTH = pytest.mark.parametrize(("kind", "peer"), [(SHA256, hashlib.sha256), (MD5, hashlib.md5)], ids=["sha256", "md5"])


class Endless(io.RawIOBase):
    """A file of zeros that notes the largest piece anyone asked for."""

    def __init__(self, size: int) -> None:
        self.left = size
        self.largest = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = min(len(buffer), self.left)
        buffer[:count] = bytes(count)
        self.left -= count
        self.largest = max(self.largest, len(buffer))
        return count


@BOTH
@pytest.mark.parametrize("size", [0, 1, 1 << 20, (1 << 20) + 1])
def test_agrees_with_hashlib(kind: FileKind, peer: Callable[[bytes], Any], size: int) -> None:
    content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    assert kind.hash_file(io.BytesIO(content)) == peer(content).hexdigest()


@BOTH
def test_reads_a_long_file_piece_by_piece(kind: FileKind, peer: Callable[[bytes], Any]) -> None:
    file = Endless(40_000_000)
    assert kind.hash_file(file) == peer(bytes(40_000_000)).hexdigest()  # type: ignore[arg-type] # a file all the same
    assert file.largest <= 1 << 20


@BOTH
def test_begins_where_the_file_stands(kind: FileKind, peer: Callable[[bytes], Any]) -> None:
    file = io.BytesIO(b"head and tail")
    file.seek(9)
    assert kind.hash_file(file) == peer(b"tail").hexdigest()


def test_another_file_is_at_distance_one() -> None:
    comparison = MD5.compare("0" * 32, "1" * 32)
    assert (comparison.matched, comparison.distance) == (False, 1)


def test_a_refusal_says_what_is_wrong_and_what_was_expected() -> None:
    with pytest.raises(SignalError, match=r"'abc' has 3 characters; a md5 is 32 hexadecimal digits"):
        MD5.parse("abc")
    with pytest.raises(SignalError, match=r"has other characters than 0-9 and a-f; a sha256 is 64 hexadecimal digits"):
        SHA256.parse("0x" + "0" * 62)
