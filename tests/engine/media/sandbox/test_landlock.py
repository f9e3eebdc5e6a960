"""The ruleset handles what each kernel knows, and not a bit more, which that kernel would refuse."""

import struct

import pytest

from firebreak.engine.media.sandbox.landlock import ruleset


@pytest.mark.parametrize(
    ("abi", "files", "network", "scopes"),
    [
        (1, 0x1FFF, 0, 0),
        (2, 0x3FFF, 0, 0),
        (3, 0x7FFF, 0, 0),
        (4, 0x7FFF, 3, 0),
        (5, 0xFFFF, 3, 0),
        (6, 0xFFFF, 3, 3),
        (99, 0xFFFF, 3, 3),
    ],
)
def test_a_ruleset_asks_for_all_its_abi_knows(abi: int, files: int, network: int, scopes: int) -> None:
    assert struct.unpack("=QQQ", ruleset(abi)) == (files, network, scopes)
