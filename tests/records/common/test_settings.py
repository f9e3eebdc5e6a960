"""Settings are read once, typed, and refused with what to do."""

from pathlib import Path

import pytest

from firebreak.records.common.settings import SettingError, Settings, load


def test_nothing_set_is_the_defaults() -> None:
    assert load({}) == Settings()


def test_a_value_is_read_as_its_type(tmp_path: Path) -> None:
    read = load({"FIREBREAK_DATA": str(tmp_path), "FIREBREAK_ALLOWED_HOSTS": "a.example, b.example"})
    assert read.data == tmp_path
    assert read.allowed_hosts == ("a.example", "b.example")


def test_a_secret_is_read_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "key"
    secret.write_text("k" * 40 + "\n")
    assert load({"FIREBREAK_SECRET_KEY_FILE": str(secret)}).secret_key == "k" * 40


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"FIREBREAK_LOG_LEVEL": "loud"}, "FIREBREAK_LOG_LEVEL 'loud': use one of debug"),
        ({"FIREBREAK_DATABASE_URL": "mysql://x"}, "FIREBREAK_DATABASE_URL: use an address such as postgresql://"),
        ({"FIREBREAK_URL": "example.org"}, "use an address such as https://"),
        ({"FIREBREAK_TIME_ZONE": "Paris"}, "Europe/Paris"),
        ({"FIREBREAK_SECRET_KEY": "short"}, "FIREBREAK_SECRET_KEY: use at least 32"),
        ({"FIREBREAK_SECRET_KEY_FILE": "/nowhere"}, "FIREBREAK_SECRET_KEY_FILE names '/nowhere'"),
        ({"FIREBREAK_URL": "https://a.example", "FIREBREAK_URL_FILE": "/x"}, "both set"),
        ({"FIREBREAK_PROT": "80"}, "FIREBREAK_PROT is no setting"),
    ],
)
def test_what_makes_no_sense_is_refused(environment: dict[str, str], says: str) -> None:
    with pytest.raises(SettingError) as refused:
        load(environment)
    assert says in str(refused.value)


def test_a_secret_is_never_repeated() -> None:
    with pytest.raises(SettingError) as refused:
        load({"FIREBREAK_SECRET_KEY": "hush"})
    assert "hush" not in str(refused.value)
