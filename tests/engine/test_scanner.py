"""What a scan answers: from the path or the bytes, whole or damaged, known or not."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from firebreak.engine import Bank, DecoderPool, Scanner
from firebreak.engine.banks.reference import Reference
from firebreak.engine.errors import PoolBusy, ScanDeadline
from firebreak.engine.findings import Thresholds
from firebreak.engine.fingerprint import fingerprint
from tests import media


@dataclass(frozen=True)
class Known:
    """A clip, a bank that holds its pictures but not its digests, and a scanner of that bank."""

    clip: Path
    bank: Bank
    scanner: Scanner
    pool: DecoderPool


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Known]:
    clip = media.write_video(tmp_path_factory.mktemp("scanner") / "clip.ts", 12, fps=12, seed=1)
    with DecoderPool() as pool:
        seen = fingerprint(clip, pool)
        bank = Bank("known")
        bank.add(Reference("clip", "video", seen.duration), seen.times[seen.usable()], seen.codes[seen.usable()])
        yield Known(clip, bank, Scanner(bank, pool=pool), pool)


def test_a_reference_finds_itself_from_beginning_to_end(known: Known) -> None:
    scan = known.scanner.scan(known.clip)
    assert (scan.verdict, scan.error) == ("block", None)
    (segment,) = scan.findings[0].segments
    assert segment.query == pytest.approx((0, 12), abs=0.6)
    assert segment.reference == pytest.approx((0, 12), abs=0.6)


def test_bytes_are_as_good_as_a_path(known: Known) -> None:
    from_bytes, from_path = known.scanner.scan(known.clip.read_bytes()), known.scanner.scan(known.clip)
    assert from_bytes.findings == from_path.findings


def test_a_copy_that_is_cut_off_is_still_a_copy(known: Known) -> None:
    data = known.clip.read_bytes()
    scan = known.scanner.scan(data[: len(data) * 2 // 3])
    assert scan.verdict == "block"
    assert scan.findings[0].segments[0].query[1] < 10


def test_an_empty_bank_allows_what_can_be_read(known: Known) -> None:
    scan = Scanner(Bank("empty"), pool=known.pool).scan(known.clip)
    assert (scan.verdict, scan.confidence, scan.findings) == ("allow", 0.0, ())


@pytest.mark.parametrize("data", [b"", b"no medium at all", os.urandom(5000)])
def test_what_cannot_be_read_is_never_allowed(known: Known, data: bytes) -> None:
    scan = known.scanner.scan(data)
    assert scan.verdict is None
    assert scan.error


def test_a_scan_tells_what_it_saw(known: Known) -> None:
    data = known.clip.read_bytes()
    seen = known.scanner.scan(known.clip).seen
    assert seen is not None
    assert (seen.sha256, seen.md5) == (hashlib.sha256(data).hexdigest(), None)
    assert seen.info is not None
    assert (seen.info.kind, seen.info.container, seen.info.width, seen.info.height) == ("video", "mpegts", 320, 180)
    assert seen.codes.shape == (len(seen.times), 4)
    assert seen.quality.shape == seen.times.shape
    assert (np.diff(seen.times) > 0).all()
    alike = known.bank.search(seen.codes, 31).query
    assert len(np.unique(alike)) == len(seen.times)


def test_what_was_read_before_an_error_was_seen(known: Known) -> None:
    unread = known.scanner.scan(b"no medium").seen
    assert unread is not None
    assert (unread.sha256, unread.info, len(unread.times)) == (hashlib.sha256(b"no medium").hexdigest(), None, 0)
    assert known.scanner.scan(Path("/no/such/file")).seen is None


def test_md5_is_reckoned_only_for_a_bank_that_needs_it(known: Known) -> None:
    bank = Bank("old")
    data = known.clip.read_bytes()
    md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
    bank.add(Reference("clip", "video", 12.0, md5=md5), np.empty(0), np.empty((0, 4), np.uint64))
    scan = Scanner(bank, pool=known.pool).scan(data)
    assert [(f.kinds, f.key, f.distance) for f in scan.findings] == [(("md5",), 0, 0)]
    assert scan.seen is not None
    assert scan.seen.md5 == md5


def test_an_open_file_is_as_good_as_a_path(known: Known) -> None:
    with known.clip.open("rb") as file:
        file.seek(10)
        assert known.scanner.scan(file.fileno()).findings == known.scanner.scan(known.clip).findings
        assert file.tell() == 10


def test_a_deadline_that_is_over_gives_no_verdict(known: Known) -> None:
    with pytest.raises(ScanDeadline):
        known.scanner.scan(known.clip, time.monotonic())
    assert known.scanner.scan(known.clip, time.monotonic() + 60) is not None


def test_a_busy_pool_gives_no_verdict(known: Known) -> None:
    with known.pool.open(known.clip), pytest.raises(PoolBusy):
        known.scanner.scan(known.clip, wait=0.0)


def test_a_removed_reference_is_found_no_more(known: Known) -> None:
    bank = Bank("short")
    bank.add(Reference("clip", "video", 12.0), *known.bank.codes("clip"))
    scanner = Scanner(bank, pool=known.pool)
    assert scanner.scan(known.clip).verdict == "block"
    bank.remove("clip")
    assert scanner.scan(known.clip).verdict == "allow"


def test_every_bank_is_asked(known: Known) -> None:
    other = Bank("other")
    other.add(Reference("same", "video", 12.0), *known.bank.codes("clip"))
    scan = Scanner([known.bank, other], pool=known.pool).scan(known.clip)
    assert {(f.bank, f.reference) for f in scan.findings} == {("known", "clip"), ("other", "same")}


def test_the_very_same_file_is_known_by_its_digest_alone(known: Known, tmp_path: Path) -> None:
    sound = media.write_sound(tmp_path / "sound.flac", 1, seed=3)
    seen = fingerprint(sound, known.pool)
    bank = Bank("sounds")
    bank.add(Reference("sound", "audio", seen.duration, seen.sha256), seen.times, seen.codes)
    (finding,) = Scanner(bank, pool=known.pool).scan(sound).findings
    assert finding.kinds == ("sha256",)


def test_a_picture_without_detail_matches_nothing(known: Known, tmp_path: Path) -> None:
    bank = Bank("flat")
    bank.add(Reference("black", "image"), np.zeros(1), np.zeros((1, 4), np.uint64))
    black = media.still(1).point(lambda _: 0)
    black.save(tmp_path / "black.png")
    assert Scanner(bank, pool=known.pool).scan(tmp_path / "black.png").verdict == "allow"


@pytest.mark.parametrize(
    ("confidence", "verdict"),
    [
        (0.9999, "block"),
        (0.99, "block"),
        (0.9899, "hold"),
        (0.9, "hold"),
        (0.5, "review"),
        (0.49, "allow"),
        (0, "allow"),
    ],
)
def test_thresholds(confidence: float, verdict: str) -> None:
    assert Thresholds().verdict(confidence) == verdict


def test_one_frame_in_a_video_holds_but_never_blocks(known: Known, tmp_path: Path) -> None:
    """A report that shows a known picture for a moment, and a picture out of a known video, are for people."""
    picture = media.write_still(tmp_path / "picture.png", 9, (320, 180))
    seen = fingerprint(picture, known.pool)
    pictures = Bank("pictures")
    pictures.add(Reference("picture", "image", 0.0), seen.times, seen.codes)
    shown = tmp_path / "shown.webp"
    media.still(9, (320, 180)).save(
        shown, save_all=True, append_images=[media.still(s, (320, 180)) for s in (10, 11, 12)], duration=1000
    )
    assert Scanner(pictures, pool=known.pool).scan(shown).verdict == "hold"
    assert Scanner(pictures, pool=known.pool).scan(picture).verdict == "block"
    with known.pool.open(known.clip) as source:
        frame = next(source.frames(start=6.0)).luma.copy()
    Image.fromarray(frame).save(tmp_path / "frame.png")
    scan = known.scanner.scan(tmp_path / "frame.png")
    assert scan.verdict == "hold"
    assert scan.findings[0].segments[0].reference[0] == pytest.approx(6.0, abs=0.3)
