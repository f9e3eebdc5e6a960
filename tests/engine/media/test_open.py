"""The front door: what a file is, what it may not do, and that nothing else is needed once it is open."""

import gc
import io
import json
import os
import struct
import subprocess
import sys
import textwrap
from pathlib import Path

import av
import numpy as np
import pytest

from firebreak.engine.media.errors import LimitExceeded, MediaError, UnreadableMedia
from firebreak.engine.media.limits import Limits
from firebreak.engine.media.open import open_media
from tests import media
from tests.engine.media.clips import box, opened, sparse

PLAYLISTS = {
    "m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{target}\n#EXT-X-ENDLIST\n",
    "concat": "ffconcat version 1.0\nfile '{target}'\n",
    "mpd": '<?xml version="1.0"?><MPD type="static"><Period><AdaptationSet mimeType="video/mp4">'
    "<Representation><BaseURL>{target}</BaseURL></Representation></AdaptationSet></Period></MPD>",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n",
    "smil": '<smil><body><video src="{target}"/></body></smil>',
    "svg": '<svg xmlns="http://www.w3.org/2000/svg"><image href="{target}"/></svg>',
    "reference": "[Reference]\nRef1=file://{target}\n",
}


@pytest.mark.parametrize("kind", PLAYLISTS)
def test_files_that_name_other_files_are_refused(kind: str, clip: Path) -> None:
    with pytest.raises(UnreadableMedia):
        sparse(PLAYLISTS[kind].format(target=clip).encode())


def alias(path: Path) -> bytes:
    """A QuickTime data reference to another file, by its absolute path."""
    name = str(path).encode() + b"\0" * (len(str(path)) % 2)
    records = struct.pack(">HH", 2, len(name)) + name + bytes(160) + struct.pack(">HH", 0xFFFF, 0)
    head = bytes(4) + bytes(10) + b"\0" + bytes(27) + bytes(12) + b"\0" + bytes(63) + bytes(16) + bytes(4) + bytes(16)
    return box(b"dref", bytes(4), struct.pack(">I", 1), box(b"alis", head, records))


def with_reference(data: bytes, reference: bytes) -> bytes:
    """The movie with another "dref" box, all boxes around it grown to fit."""
    place = data.index(b"dref") - 4
    size = int.from_bytes(data[place : place + 4], "big")
    changed = bytearray(data[:place] + reference + data[place + size :])
    for around in (b"moov", b"trak", b"mdia", b"minf", b"dinf"):
        at = data.index(around, data.index(b"moov")) - 4
        grown = int.from_bytes(data[at : at + 4], "big") + len(reference) - size
        changed[at : at + 4] = grown.to_bytes(4, "big")
    return bytes(changed)


def test_a_movie_that_refers_to_another_file_does_not_open_it(tmp_path: Path) -> None:
    path = media.write_video(tmp_path / "target.mov", 1.0, size=(64, 48))
    data = with_reference(path.read_bytes(), alias(path))
    body, end = data.index(b"mdat") + 4, data.index(b"moov") - 4
    empty = tmp_path / "empty.mov"
    empty.write_bytes(data[:body] + bytes(end - body) + data[end:])
    careless = {"enable_drefs": "1", "use_absolute_path": "1"}
    with av.open(str(empty), options=careless) as container:
        assert len(list(container.decode(video=0))) == 25, "the reference leads to the pictures"
    with pytest.raises(UnreadableMedia):
        sparse(empty)


@pytest.mark.parametrize(
    "data",
    [b"", b"\0", b"hello, world\n" * 100, bytes(100_000), b"\xff\xd8\xff", b"GIF89a", b"\x89PNG\r\n\x1a\n", b"RIFF"],
)
def test_what_is_no_media_is_an_error(data: bytes) -> None:
    with pytest.raises(UnreadableMedia) as caught:
        sparse(data)
    assert caught.value.problem
    assert caught.value.remedy


def test_names_are_ignored(clip: Path, tmp_path: Path) -> None:
    for name in ("x.jpg", "x.m3u8", "x.txt", "x%d.png", "-"):
        path = tmp_path / name
        path.write_bytes(clip.read_bytes())
        with path.open("rb") as file:
            source = open_media(file, Limits())
            assert source.info.container == "mp4"
            assert next(source.sparse_frames(1.0)).luma.shape == (90, 160)
            source.close()


def test_the_file_may_stand_anywhere(clip: Path) -> None:
    file = io.BytesIO(clip.read_bytes())
    file.seek(1000)
    source = open_media(file, Limits())
    assert len(list(source.sparse_frames(2.0))) == 4
    source.close()


def test_a_file_that_cannot_be_read_is_an_error() -> None:
    class Broken(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def seekable(self) -> bool:
            return True

        def seek(self, *_: int) -> int:
            return 0

        def readinto(self, _: object) -> int:
            raise OSError(5, "Input/output error")

    with pytest.raises(UnreadableMedia, match="Input/output error"):
        open_media(io.BufferedReader(Broken()), Limits())


def test_containers_are_closed(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    live: list[object] = []
    real = open_media.__globals__["open_container"]

    def counted(*arguments: object) -> object:
        container = real(*arguments)
        live.append(container)
        return container

    for module in ("open", "video", "audio"):
        monkeypatch.setattr(f"firebreak.engine.media.{module}.open_container", counted)
    with opened(clip) as source:
        list(source.sparse_frames(1.0))
        list(source.frames(1.0, 2.0))
        list(source.audio())
        next(source.sparse_frames(1.0))
    with pytest.raises(LimitExceeded):
        sparse(clip, limits=Limits(pixels=1))
    gc.collect()
    assert len(live) == 5
    assert all(not container.streams.video for container in live)  # type: ignore[attr-defined]  # closed: none


CHILD = """
import io, json, os, sys
from firebreak.engine.media.errors import MediaError
from firebreak.engine.media.limits import Limits
from firebreak.engine.media.open import open_media, preload

files = {path: open(path, "rb").read() for path in sys.argv[1:]}
preload()
threads, late = set(), set()

def watch(event, arguments):
    if event in {"import", "open"} or event.startswith(("socket", "subprocess", "os.")):
        late.add(f"{event} {arguments[0]}")

sys.addaudithook(watch)
seen = {}
for path, data in files.items():
    for length in (len(data), len(data) * 2 // 3):
        try:
            source = open_media(io.BytesIO(data[:length]), Limits())
            for stream in (source.sparse_frames(0.5), source.frames(0.2, 0.8, 0.1), source.audio()):
                for item in stream:
                    seen[path] = seen.get(path, 0) + 1
                    late_before = set(late)
                    threads.add(len(os.listdir("/proc/self/task")))
                    late = late_before
            source.close()
        except MediaError:
            pass
late = {one for one in late if not one.startswith("os.listdir")}
print(json.dumps({"late": sorted(late), "threads": sorted(threads), "seen": seen, "numba": "numba" in sys.modules}))
"""


def test_once_preloaded_nothing_is_imported_opened_or_started(every_format: list[Path]) -> None:
    """All formats, whole and truncated: no module, no file, no socket, no thread is asked for."""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(CHILD), *map(str, every_format)],
        capture_output=True, text=True, check=True, env=environment,
    )  # fmt: skip
    report = json.loads(run.stdout)
    assert report["late"] == []
    assert report["threads"] == [1]
    assert sorted(report["seen"]) == sorted(map(str, every_format))
    assert not report["numba"]
    assert run.stderr == ""


def test_every_error_is_a_media_error(clip: Path, tmp_path: Path) -> None:
    """A few hundred changed files of every kind: frames, or one clear error."""
    still = media.write_still(tmp_path / "x.png", 1, (64, 48)).read_bytes()
    rng = np.random.default_rng(1)
    for data in (clip.read_bytes(), still):
        for _ in range(100):
            changed = bytearray(data)
            for place in rng.integers(0, min(len(data), 2000), 8):
                changed[int(place)] = int(rng.integers(256))
            try:
                sparse(bytes(changed))
            except MediaError as error:
                assert str(error)  # noqa: PT017 - most of them are frames
