"""A file of arrays comes back as it was written, or says what is wrong with it; nothing in between."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from firebreak.engine.errors import IndexFileError
from firebreak.engine.matching import arrayfile
from firebreak.engine.matching.arrayfile import read_arrays, releaser, write_arrays

ARRAYS: dict[str, NDArray[Any]] = {
    "words": np.arange(12, dtype=np.uint64).reshape(4, 3),
    "keys": np.array([3, 5, 2**32 - 1], np.uint32),
    "times": np.array([0.5], np.float32),
    "none": np.empty((4, 0), np.uint8),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    written = tmp_path / "some.arrays"
    write_arrays(written, "test", 3, ARRAYS, {"name": "ü", "n": [1, None]})
    return written


def forge(path: Path, header: object) -> None:
    """Put another header, with the right checksum, before the arrays of `path`."""
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    prelude = struct.pack("<8sIIQ", b"FBARRAYS", 1, zlib.crc32(raw), len(raw))
    path.write_bytes((prelude + raw).ljust(4096, b"\0"))


def described(**change: Any) -> dict[str, Any]:
    entry = {"name": "a", "dtype": "<u4", "shape": [4], "offset": 0, "crc32": 0} | change
    return {"kind": "test", "version": 3, "meta": {}, "arrays": [entry]}


def test_what_was_written_is_read(path: Path) -> None:
    arrays, meta = read_arrays(path, "test", 3)
    assert meta == {"name": "ü", "n": [1, None]}
    assert list(arrays) == list(ARRAYS)
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, ARRAYS[name])
        assert array.dtype == ARRAYS[name].dtype


def test_arrays_are_aligned_and_cannot_be_written(path: Path) -> None:
    arrays, _ = read_arrays(path, "test", 3)
    for name in ("words", "keys", "times"):
        assert arrays[name].ctypes.data % 64 == 0
        with pytest.raises(ValueError, match="read-only"):
            arrays[name].flat[0] = 1


def test_a_file_can_be_replaced_by_arrays_of_itself(path: Path) -> None:
    arrays, _ = read_arrays(path, "test", 3)
    write_arrays(path, "test", 3, {"words": arrays["words"][:, 1:]}, {})
    again, _ = read_arrays(path, "test", 3)
    np.testing.assert_array_equal(again["words"], ARRAYS["words"][:, 1:])
    np.testing.assert_array_equal(arrays["words"], ARRAYS["words"])  # the old map is of the old file


def test_released_arrays_take_no_memory_and_come_back(tmp_path: Path) -> None:
    path = tmp_path / "large.arrays"
    wanted = {name: np.arange(1 << 20, dtype=np.uint32) + np.uint32(i) for i, name in enumerate("abc")}
    write_arrays(path, "test", 1, wanted, {})
    arrays, _ = read_arrays(path, "test", 1)
    assert _resident(path) < 2**20  # checksums are compared without the map
    sums = [int(array.sum()) for array in arrays.values()]
    assert _resident(path) >= 3 * 2**22
    releaser([arrays["a"], np.ones(3), arrays["b"][5:]])()
    assert _resident(path) <= 2**22 + 2**16
    assert [int(array.sum()) for array in arrays.values()] == sums


def _resident(path: Path) -> int:
    """Return how many bytes of a mapped file this process holds."""
    (kilobytes,) = re.findall(rf"{path}\n(?:.*\n)*?Rss: +(\d+) kB", Path("/proc/self/smaps").read_text())
    return int(kilobytes) * 1024


def test_every_flipped_bit_is_noticed(path: Path) -> None:
    whole = path.read_bytes()
    padding = {i for i in range(len(whole)) if not _matters(whole, i)}
    for i in range(len(whole)):
        path.write_bytes(whole[:i] + bytes([whole[i] ^ 1 << i % 8]) + whole[i + 1 :])
        if i in padding:
            read_arrays(path, "test", 3)
        else:
            with pytest.raises(IndexFileError):
                read_arrays(path, "test", 3)


def _matters(whole: bytes, i: int) -> bool:
    """Tell whether byte `i` belongs to the prelude, the header or an array."""
    length = struct.unpack_from("<Q", whole, 16)[0]
    data = -(-(24 + length) // 64) * 64
    entries = json.loads(whole[24 : 24 + length])["arrays"]
    spans = [(data + e["offset"], data + e["offset"] + ARRAYS[e["name"]].nbytes) for e in entries]
    return i < 24 + length or any(a <= i < b for a, b in spans)


def test_every_cut_is_noticed(path: Path) -> None:
    whole = path.read_bytes()
    for length in range(len(whole) - 64):
        path.write_bytes(whole[:length])
        with pytest.raises(IndexFileError, match=re.escape(str(path))):
            read_arrays(path, "test", 3)


def test_unverified_arrays_are_still_within_the_file(path: Path) -> None:
    whole = path.read_bytes()
    at = whole.index(np.uint64(11).tobytes())
    path.write_bytes(whole[:at] + b"\xff" + whole[at + 1 :])
    arrays, _ = read_arrays(path, "test", 3, verify=False)
    assert arrays["words"][3, 2] == 255
    path.write_bytes(whole[:at])
    with pytest.raises(IndexFileError, match="should end at byte"):
        read_arrays(path, "test", 3, verify=False)


def test_another_kind_or_version_is_refused(path: Path) -> None:
    with pytest.raises(IndexFileError, match="holds 'test', not 'bank'"):
        read_arrays(path, "bank", 3)
    with pytest.raises(IndexFileError, match="version 3, this program reads version 4"):
        read_arrays(path, "test", 4)
    path.write_bytes(b"\x7fELF".ljust(100, b"\0"))
    with pytest.raises(IndexFileError, match="no file of arrays"):
        read_arrays(path, "test", 3)
    path.write_bytes(struct.pack("<8sIIQ", b"FBARRAYS", 2, 0, 0))
    with pytest.raises(IndexFileError, match="layout 2"):
        read_arrays(path, "test", 3)


@pytest.mark.parametrize(
    "header",
    [
        b"\xff\xfe",
        b"[" * 100_000,
        [],
        {"kind": "test", "version": 3},
        {"kind": "test", "version": 3, "meta": {}, "arrays": {}},
        {"kind": "test", "version": 3, "meta": [], "arrays": []},
        {"kind": "test", "version": 3, "meta": {}, "arrays": [7]},
        described(dtype="O"),
        described(dtype="<u4,<u4"),
        described(dtype=">u4"),
        described(dtype=4),
        described(shape=[-4]),
        described(shape=[2**64]),
        described(shape=[2**40, 2**40]),
        described(shape=[0, 2**62, 2**62]),
        described(shape=[1] * 9),
        described(shape=[1.5]),
        described(shape="4"),
        described(shape=[4096]),
        described(offset=-64),
        described(offset=4),
        described(offset=2**62),
        described(offset="0"),
        described(crc32=1),
        described(crc32=None),
        described(name=None),
    ],
    ids=lambda header: str(header)[-70:],
)
def test_a_forged_header_is_refused(path: Path, header: object) -> None:
    forge(path, header)
    with pytest.raises(IndexFileError, match=re.escape(str(path))):
        read_arrays(path, "test", 3)


def test_a_forged_header_that_claims_no_more_than_there_is_passes(path: Path) -> None:
    forge(path, described(crc32=zlib.crc32(bytes(16))))
    assert read_arrays(path, "test", 3)[0]["a"].tolist() == [0] * 4


def test_a_header_longer_than_the_file_is_refused(path: Path) -> None:
    path.write_bytes(struct.pack("<8sIIQ", b"FBARRAYS", 1, 0, 2**63))
    with pytest.raises(IndexFileError, match="claims"):
        read_arrays(path, "test", 3)


def test_a_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_arrays(tmp_path / "none", "test", 3)


def test_types_that_the_format_does_not_have_are_refused(path: Path) -> None:
    with pytest.raises(ValueError, match="complex128"):
        write_arrays(path, "test", 3, {"a": np.zeros(1, complex)}, {})
    assert read_arrays(path, "test", 3)[1]["name"] == "ü"


def test_a_failed_write_leaves_the_old_file_and_nothing_else(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_arrays(path, "test", 3, {}, {})
    assert read_arrays(path, "test", 3)[1]["name"] == "ü"
    assert list(path.parent.iterdir()) == [path]


def test_the_new_file_is_on_the_disk_before_it_takes_the_place(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[tuple[bool, bool]] = []

    def fsync(descriptor: int) -> None:
        flushed.append((stat.S_ISDIR(os.fstat(descriptor).st_mode), b"newer" in path.read_bytes()))

    monkeypatch.setattr(os, "fsync", fsync)
    write_arrays(path, "test", 3, ARRAYS, {"is": "newer"})
    assert flushed == [(False, False), (True, True)], "first the file, then, once renamed, the folder"


def test_what_a_dead_writer_left_is_swept_and_what_a_live_one_writes_is_not(path: Path) -> None:
    dead = path.with_name(".some.arrays.0a0a0a0a.new")
    dead.write_bytes(b"half")
    other = path.with_name(".other.arrays.0a0a0a0a.new")
    other.write_bytes(b"half")
    with arrayfile._replacing(path) as live:
        write_arrays(path, "test", 3, {}, {"by": "another"})
        assert Path(live.name).exists()
        live.write(path.read_bytes().replace(b"another", b"himself"))
    assert b"himself" in path.read_bytes()
    assert sorted(path.parent.iterdir()) == sorted([path, other])


WRITER = """
import sys, numpy as np
from pathlib import Path
from firebreak.engine.matching.arrayfile import write_arrays
for turn in range(int(sys.argv[2]), 1 << 31):
    write_arrays(Path(sys.argv[1]), "test", 3, {"a": np.full(200_000, turn, np.uint32)}, {"turn": turn})
    print(turn, flush=True)
"""


def test_a_writer_killed_at_any_instant_leaves_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "killed.arrays"
    rng = np.random.default_rng(5)
    turn = left_behind = 0
    for _ in range(12):
        with subprocess.Popen([sys.executable, "-c", WRITER, path, str(turn)], stdout=subprocess.PIPE) as writer:
            assert writer.stdout
            told = int(writer.stdout.readline())
            time.sleep(rng.uniform(0, 0.02))
            writer.send_signal(signal.SIGKILL)
            told = max([told, *(int(line) for line in writer.stdout if line.endswith(b"\n"))])
        left_behind += len(list(tmp_path.glob(".*.new")))
        arrays, meta = read_arrays(path, "test", 3)
        turn = int(str(meta["turn"]))
        assert turn >= told, "a write that was reported is lost"
        assert (arrays["a"] == turn).all()
        assert len(list(tmp_path.iterdir())) <= 2, "what dead writers leave does not pile up"
    assert left_behind, "no writer was killed in the middle of a write"


READER = """
import sys
from pathlib import Path
from firebreak.engine.matching.arrayfile import read_arrays
arrays, _ = read_arrays(Path(sys.argv[1]), "test", 3)
print(arrays["a"].sum(), flush=True)
sys.stdin.read()
"""


def test_processes_share_the_pages_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "shared.arrays"
    write_arrays(path, "test", 3, {"a": np.ones(1_000_000, np.uint32)}, {})
    arrays, _ = read_arrays(path, "test", 3)
    with subprocess.Popen(
        [sys.executable, "-c", READER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as reader:
        assert reader.stdout
        assert int(reader.stdout.readline()) == arrays["a"].sum()
        kibibytes = _mapping(path)
        reader.communicate()
    assert kibibytes["Shared_Clean"] >= 3900  # 4 MB, in memory once for both
    assert kibibytes["Private_Dirty"] == kibibytes["Anonymous"] == 0


def _mapping(path: Path) -> dict[str, int]:
    """Return what the kernel says of this process's map of a file, in KiB."""
    text = Path("/proc/self/smaps").read_text(encoding="ascii", errors="replace")
    entry = text.partition(f"{path}\n")[2]
    return {name: int(size) for name, size in re.findall(r"^(\w+): +(\d+) kB$", entry[:1000], re.MULTILINE)[:20]}
