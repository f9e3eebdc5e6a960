"""`firebreak check` as a user runs it: copies are blocked and placed, everything else passes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests import media

FIREBREAK = Path(sys.executable).with_name("firebreak")


@dataclass(frozen=True)
class Footage:
    """A folder with one reference, edited copies of it, and clips that have nothing to do with it."""

    folder: Path

    @property
    def refs(self) -> Path:
        return self.folder / "refs"


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([FIREBREAK, *map(str, arguments)], capture_output=True, text=True, timeout=300)


def verdicts(*arguments: object, exit_code: int) -> dict[str, dict[str, Any]]:
    done = run("check", *arguments, "--json")
    assert done.returncode == exit_code, done.stderr
    return {told["file"]: told for told in map(json.loads, done.stdout.splitlines())}


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Footage:
    folder = tmp_path_factory.mktemp("footage")
    refs, copies = folder / "refs", folder / "copies"
    refs.mkdir()
    copies.mkdir()
    reference = media.write_video(refs / "attack.mp4", 60, size=(1280, 720), fps=12, seed=1, audio=True)
    other = media.write_video(folder / "other.mp4", 50, size=(640, 360), fps=12, seed=2, audio=True)
    media.reencode(reference, copies / "crf40.mp4", crf=40)
    media.reencode(reference, copies / "240p.mp4", size=(426, 240))
    media.reencode(reference, copies / "mirror.mp4", size=(640, 360), mirror=True)
    excerpt = media.reencode(reference, copies / "excerpt.mp4", start=20, end=30, size=(640, 360))
    media.edit(
        copies / "embedded.mp4",
        [media.Cut(other, 0, 25), media.Cut(excerpt), media.Cut(other, 25, 50)],
        size=(640, 360),
    )
    media.edit(
        copies / "cut.mp4",
        [media.Cut(reference, 5, 20), media.Cut(reference, 40, 55)],
        size=(640, 360),
    )
    return Footage(folder)


@pytest.fixture(scope="module")
def answers(footage: Footage) -> dict[str, dict[str, Any]]:
    return verdicts(footage.folder / "copies", "--refs", footage.refs, exit_code=1)


WHOLE = [((0, 60), (0, 60))]


@pytest.mark.parametrize(
    ("name", "mirrored", "segments"),
    [
        ("crf40.mp4", False, WHOLE),
        ("240p.mp4", False, WHOLE),
        ("mirror.mp4", True, WHOLE),
        ("excerpt.mp4", False, [((0, 10), (20, 30))]),
        ("embedded.mp4", False, [((25, 35), (20, 30))]),
        ("cut.mp4", False, [((0, 15), (5, 20)), ((15, 30), (40, 55))]),
    ],
)
def test_a_copy_is_blocked_and_placed_to_the_second(
    answers: dict[str, dict[str, Any]], name: str, mirrored: bool, segments: list[Any]
) -> None:
    told = answers[name]
    assert told["verdict"] == "block"
    assert told["error"] is None
    (finding,) = told["findings"]
    assert (finding["reference"], finding["bank"], finding["kinds"]) == ("attack.mp4", "refs", ["pdq"])
    assert finding["confidence"] == told["confidence"] >= 0.999
    assert len(finding["segments"]) == len(segments)
    for found, (query, reference) in zip(finding["segments"], segments, strict=True):
        assert found["query"] == pytest.approx(query, abs=1)
        assert found["reference"] == pytest.approx(reference, abs=1)
        assert (found["mirrored"], found["kind"]) == (mirrored, "video")
        assert found["speed"] == pytest.approx(1.0, abs=0.02)


def test_json_has_the_contract_s_keys_in_their_order(answers: dict[str, dict[str, Any]]) -> None:
    told = answers["crf40.mp4"]
    assert list(told) == ["file", "verdict", "confidence", "ms", "error", "findings"]
    assert list(told["findings"][0]) == ["reference", "bank", "confidence", "kinds", "segments"]
    assert list(told["findings"][0]["segments"][0]) == ["query", "reference", "speed", "mirrored", "kind"]


def test_the_very_same_file_is_known_without_decoding(footage: Footage) -> None:
    told = verdicts(footage.refs / "attack.mp4", "--refs", footage.refs, exit_code=1)["attack.mp4"]
    assert told["verdict"] == "block"
    assert told["findings"][0]["kinds"] == ["sha256"]


def test_fifty_unrelated_clips_match_nothing(footage: Footage) -> None:
    clips = footage.folder / "unrelated"
    clips.mkdir()
    for seed in range(100, 150):
        media.write_video(clips / f"{seed}.mp4", 5, size=(256, 144), fps=8, seed=seed)
    refs = footage.folder / "unrelated-refs"
    shutil.copytree(clips, refs)
    for path in list(refs.iterdir())[::2]:
        path.unlink()
    names = {path.name for path in clips.iterdir()}
    alone = verdicts(clips, "--refs", footage.refs, exit_code=0)
    assert {name: told["verdict"] for name, told in alone.items()} == dict.fromkeys(names, "allow")
    among = verdicts(clips, "--refs", refs, exit_code=1)
    found = {name: [f["reference"] for f in told["findings"]] for name, told in among.items()}
    known = {path.name for path in refs.iterdir()}
    assert found == {name: [name] if name in known else [] for name in names}


def test_stills_are_recognised_and_a_picture_of_the_video_too(footage: Footage, tmp_path: Path) -> None:
    refs, files = tmp_path / "refs", tmp_path / "files"
    refs.mkdir()
    files.mkdir()
    media.write_still(refs / "poster.png", seed=11)
    media.still(11).resize((320, 240)).save(files / "small.jpg", quality=60)
    media.still(11).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(files / "mirrored.webp", quality=80)
    media.write_still(files / "other.png", seed=12)
    told = verdicts(files, "--refs", refs, exit_code=1)
    assert {name: t["verdict"] for name, t in told.items()} == {
        "small.jpg": "block",
        "mirrored.webp": "block",
        "other.png": "allow",
    }
    (segment,) = told["mirrored.webp"]["findings"][0]["segments"]
    assert (segment["kind"], segment["mirrored"]) == ("image", True)


def test_unreadable_files_are_named_and_the_rest_is_done(footage: Footage, tmp_path: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    os.mkfifo(tmp_path / "pipe.mp4")
    (tmp_path / "text.jpg").write_text("not a picture")
    shutil.copy(footage.folder / "copies" / "excerpt.mp4", tmp_path / "real.mp4")
    told = verdicts(tmp_path, "--refs", footage.refs, exit_code=1)
    assert told["real.mp4"]["verdict"] == "block"
    for name in ("empty.mp4", "text.jpg"):
        assert (told[name]["verdict"], told[name]["findings"]) == (None, [])
        assert told[name]["error"]
    (tmp_path / "real.mp4").unlink()
    assert len(verdicts(tmp_path, "--refs", footage.refs, exit_code=2)) == 2
    (pipe,) = verdicts(tmp_path / "pipe.mp4", "--refs", footage.refs, exit_code=2).values()
    assert "named pipe" in pipe["error"]


def test_people_get_a_table(footage: Footage) -> None:
    done = run("check", footage.folder / "copies" / "excerpt.mp4", "--refs", footage.refs)
    assert done.returncode == 1
    assert "block" in done.stdout
    assert "attack.mp4" in done.stdout
    assert "1 checked, 1 matched" in done.stdout


@pytest.mark.parametrize("refs", ["missing", "empty"])
def test_without_references_nothing_is_said_to_be_clear(footage: Footage, tmp_path: Path, refs: str) -> None:
    (tmp_path / "empty").mkdir()
    done = run("check", footage.folder / "other.mp4", "--refs", tmp_path / refs)
    assert done.returncode == 2
    assert f"{tmp_path / refs}" in done.stderr
