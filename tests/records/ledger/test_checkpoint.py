"""Checkpoints are text that other programs read, and only the right key's signature counts."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firebreak.records.ledger.checkpoint import CheckpointError, Signer, TreeHead, Verifier, parse, verify

SIGNER = Signer("log.example.org/ledger", bytes(range(32)))
HEAD = TreeHead("log.example.org/ledger", 42, bytes(32))


def test_a_checkpoint_is_the_text_of_the_standard() -> None:
    lines = SIGNER.sign(HEAD).split("\n")
    assert lines[:4] == ["log.example.org/ledger", "42", base64.b64encode(bytes(32)).decode(), ""]
    assert lines[4].startswith("\u2014 log.example.org/ledger ")
    assert lines[5:] == [""]
    signature = base64.b64decode(lines[4].split(" ")[2])
    assert signature[:4] == SIGNER.verifier.key_id
    assert len(signature) == 4 + 64


def test_the_key_of_the_standards_example_is_read() -> None:
    """The key id is SHA-256 over name, line feed, algorithm and key: as Go's checksum database publishes its own."""
    text = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
    assert str(Verifier.parse(text)) == text


def test_a_signature_by_another_implementation_is_verified() -> None:
    """The example of Go's `note` package, golang.org/x/mod/sumdb/note, where the format comes from."""
    key = Verifier.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    body = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    encoded = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    signature = base64.b64decode(encoded)
    assert signature[:4] == key.key_id
    assert key.verifies(body, signature[4:])
    assert not key.verifies(body + "\n", signature[4:])


@given(st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32))
def test_what_was_signed_is_read_back(size: int, root: bytes) -> None:
    head = TreeHead(SIGNER.verifier.name, size, root)
    text = SIGNER.sign(head)
    assert parse(text) == head
    assert verify(text, [Verifier.parse(str(SIGNER.verifier))]) == head


def test_a_signature_of_another_key_does_not_count() -> None:
    other = Signer("log.example.org/ledger", bytes(32))
    with pytest.raises(CheckpointError, match="no known key"):
        verify(other.sign(HEAD), [SIGNER.verifier])


def test_witnesses_may_sign_along() -> None:
    witness = Signer("witness.example.net", bytes(32))
    together = SIGNER.sign(HEAD) + witness.sign(HEAD).rpartition("\n\n")[2]
    assert verify(together, [SIGNER.verifier]) == HEAD


def test_a_key_signs_for_its_own_log_alone() -> None:
    with pytest.raises(CheckpointError, match="is about another"):
        verify(SIGNER.sign(TreeHead("another", 1, bytes(32))), [SIGNER.verifier])


@pytest.mark.parametrize("was", ["42", "log.example.org/ledger\n", "AAAA"])
def test_any_change_breaks_the_signature(was: str) -> None:
    changed = SIGNER.sign(HEAD).replace(was, was.replace("4", "5").replace("log", "lag").replace("A", "B"), 1)
    with pytest.raises(CheckpointError):
        verify(changed, [SIGNER.verifier])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n1\nAAAA\n",
        "a\n\n\u2014 a AAAAAAAA\n",
        f"a\n01\n{'A' * 43}=\n\n\u2014 a AAAAAAAA\n",
        f"a\n{'1' * 5000}\n{'A' * 43}=\n\n\u2014 a AAAAAAAA\n",
        f"a\n-1\n{'A' * 43}=\n\n\u2014 a AAAAAAAA\n",
        f"a\n1\n{'A' * 40}\n\n\u2014 a AAAAAAAA\n",
        f"a\n1\n{'A' * 43}=\n\na AAAAAAAA\n",
        f"a\n1\n{'A' * 43}=\n\n\u2014 a !\n",
        f"a\t\n1\n{'A' * 43}=\n\n\u2014 a AAAAAAAA\n",
        f"a\n1\n{'A' * 43}=\n\n\u2014 a AAAAAAAA",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(CheckpointError):
        parse(text)


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    with pytest.raises(CheckpointError):
        verify(text, [SIGNER.verifier])


@pytest.mark.parametrize(
    "text", ["", "a+b+c", "a+00000000+AQ==", "+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"]
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(CheckpointError):
        Verifier.parse(text)
