"""Signatures are those of Standard Webhooks: its own package verifies ours, and ours verifies its."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from firebreak.client.webhooks import WebhookRefused, verify
from firebreak.records.common.ids import new_id
from firebreak.records.delivery.models import KeyKind
from firebreak.records.delivery.signing import SigningKey, headers, new_key

BODY = '{"type":"endpoint.test","timestamp":"2026-11-25T12:00:00.000Z","data":{"message":"caf\u00e9"}}'.encode()
# The example key pair of the specification's authors.
PRIVATE = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="
PUBLIC = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4="


def now() -> datetime:
    return datetime.now(UTC)


def signed(*keys: SigningKey, at: datetime | None = None) -> dict[str, str]:
    return headers(new_id(), at or now(), BODY, keys)


def test_the_package_verifies_ours() -> None:
    key = new_key(KeyKind.HMAC)
    told = Webhook(key.secret).verify(BODY, signed(key))
    assert told["data"] == {"message": "caf\u00e9"}
    with pytest.raises(WebhookVerificationError):
        Webhook(new_key(KeyKind.HMAC).secret).verify(BODY, signed(key))


def test_the_package_verifies_the_old_key_while_a_new_one_signs_too() -> None:
    old, new, pair = new_key(KeyKind.HMAC), new_key(KeyKind.HMAC), new_key(KeyKind.ED25519)
    both = signed(new, pair, old)
    assert [s.split(",")[0] for s in both["webhook-signature"].split(" ")] == ["v1", "v1a", "v1"]
    for key in (old, new):
        assert Webhook(key.secret).verify(BODY, both)


def test_ours_verifies_the_package() -> None:
    key, at = new_key(KeyKind.HMAC), now()
    signature = Webhook(key.secret).sign("msg_1", at, BODY.decode())
    told = {"Webhook-Id": "msg_1", "Webhook-Timestamp": str(int(at.timestamp())), "Webhook-Signature": signature}
    event = verify(told, BODY, key.secret)
    assert (event.id, event.type, event.data) == ("msg_1", "endpoint.test", {"message": "caf\u00e9"})


def test_a_key_pair_verifies_by_its_public_half() -> None:
    pair = new_key(KeyKind.ED25519)
    assert verify(signed(pair), BODY, [pair.public]).type == "endpoint.test"
    with pytest.raises(WebhookRefused):
        verify(signed(pair), BODY, [new_key(KeyKind.ED25519).public])


def test_the_example_pair_belongs_together() -> None:
    assert SigningKey(KeyKind.ED25519, PRIVATE).public == PUBLIC


@given(st.binary(min_size=1, max_size=200), st.integers(0, 10**6))
def test_one_changed_byte_is_noticed(body: bytes, position: int) -> None:
    secret, pair = new_key(KeyKind.HMAC), new_key(KeyKind.ED25519)
    made = headers(new_id(), now(), body, [secret, pair])
    changed = bytearray(body)
    changed[position % len(body)] ^= 1
    for key in (secret.secret, pair.public):
        with pytest.raises(WebhookRefused, match="no signature"):
            verify(made, bytes(changed), key)


@pytest.mark.parametrize("off", [timedelta(minutes=-6), timedelta(minutes=6)])
def test_what_was_signed_at_another_time_is_refused(off: timedelta) -> None:
    key = new_key(KeyKind.HMAC)
    with pytest.raises(WebhookRefused, match="seconds from now"):
        verify(signed(key, at=now() + off), BODY, key.secret)


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": ""},
        {"webhook-id": "another"},
        {"webhook-timestamp": "yesterday"},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,%%%"},
        {"webhook-signature": "v1a,AAAA v1 v2,x ,"},
    ],
)
def test_forged_headers_are_refused(change: dict[str, str]) -> None:
    key, pair = new_key(KeyKind.HMAC), new_key(KeyKind.ED25519)
    with pytest.raises(WebhookRefused):
        verify(signed(key, pair) | change, BODY, [key.secret, pair.public])


@pytest.mark.parametrize("key", ["", "secret", "whsec_", "whsec_%%", "whpk_AAAA", "whsk_AAAA"])
def test_what_is_no_key_is_told(key: str) -> None:
    with pytest.raises(ValueError, match=r"key|base64"):
        verify({}, b"", key)


def test_no_key_at_all_is_told() -> None:
    with pytest.raises(ValueError, match="at least one"):
        verify({}, b"", [])


def test_a_secret_is_in_no_text_of_its_key() -> None:
    key = new_key(KeyKind.HMAC)
    assert key.secret not in repr(key)
    assert key.secret not in str(key)
