"""Only regular files come through, and nothing that is none makes anyone wait."""

import os
import socket
import tempfile
from pathlib import Path

import pytest

from firebreak.engine.media.errors import UnreadableMedia
from firebreak.engine.media.sandbox.input_file import input_descriptor


def content(source: Path | bytes) -> bytes:
    with input_descriptor(source) as descriptor:
        return os.read(descriptor, 100)


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def refusal(path: Path) -> str:
    before = descriptors()
    with pytest.raises(UnreadableMedia) as refused, input_descriptor(path):
        pass
    assert descriptors() == before
    return refused.value.problem


def test_files_links_to_them_and_bytes_come_through(tmp_path: Path) -> None:
    path = tmp_path / "wörd \udcff\n.mp4"
    path.write_bytes(b"some bytes")
    link = tmp_path / "link"
    link.symlink_to(path)
    assert content(path) == content(link) == content(b"some bytes") == b"some bytes"


def test_a_descriptor_cannot_be_used_to_write(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"some bytes")
    for source in (path, b"some bytes"):
        with input_descriptor(source) as descriptor:
            with pytest.raises(OSError, match=r"Bad file descriptor|not permitted"):
                os.write(descriptor, b"x")
            with pytest.raises(OSError, match=r"Invalid argument|not permitted"):
                os.ftruncate(descriptor, 0)


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
    assert refusal(tmp_path / "pipe") == "this is a named pipe, not a regular file"
    assert refusal(tmp_path / "socket") == "this is a socket, not a regular file"
    assert refusal(tmp_path) == "this is a directory, not a regular file"
    assert refusal(Path("/dev/null")) == "this is a character device, not a regular file"
    assert refusal(tmp_path / "nothing") == "this cannot be opened: no such file or directory"
    assert refusal(tmp_path / "dangling") == "this cannot be opened: no such file or directory"
    assert refusal(tmp_path / "loop") == "this cannot be opened: too many levels of symbolic links"
    assert refusal(tmp_path / ("n" * 300)) == "this cannot be opened: file name too long"
    assert refusal(Path("a\0b")) == "this cannot be opened: embedded null byte"


def test_a_pipe_put_in_the_files_place_meanwhile_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"some bytes")
    os.mkfifo(tmp_path / "pipe")
    regular = (tmp_path / "file").stat()
    monkeypatch.setattr(Path, "stat", lambda _: regular)
    assert refusal(tmp_path / "pipe") == "this is a named pipe, not a regular file"


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"some bytes")

    def denied(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", denied)  # root, who may run this, may read all
    assert refusal(tmp_path / "file") == "this cannot be opened: permission denied"


def test_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert refusal(tmp_path / "file") == "this is empty: it holds no bytes"
    with pytest.raises(UnreadableMedia, match="empty"):
        content(b"")


class TestDescriptors:
    def test_are_read_from_the_start_and_stay_where_they_are(self, tmp_path: Path) -> None:
        path = tmp_path / "file"
        path.write_bytes(b"content")
        with path.open("r+b") as file:
            file.seek(3)
            with input_descriptor(file.fileno()) as descriptor:
                assert os.read(descriptor, 100) == b"content"
                with pytest.raises(OSError, match="Bad file descriptor"):
                    os.write(descriptor, b"x")
            assert os.lseek(file.fileno(), 0, os.SEEK_CUR) == 3

    def test_need_no_name(self) -> None:
        with tempfile.TemporaryFile() as file:
            file.write(b"content")
            file.flush()
            with input_descriptor(file.fileno()) as descriptor:
                assert os.read(descriptor, 100) == b"content"

    def test_that_are_closed_or_no_file_are_refused(self) -> None:
        reader, writer = os.pipe()
        with pytest.raises(UnreadableMedia, match="named pipe"), input_descriptor(reader):
            pass
        os.close(writer)
        os.close(reader)
        with pytest.raises(UnreadableMedia, match="bad file descriptor"), input_descriptor(reader):
            pass
