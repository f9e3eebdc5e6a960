from pathlib import Path

import pytest

from firebreak.faces.cli import demo


def test_the_first_verdict_is_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert demo.main() == 0
    told = capsys.readouterr().out
    assert "2 checked, 1 matched" in told
    assert "mirrored" in told
