"""Every container and codec that the test encoders can write; damage, rotation, time stamps, memory."""

import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import psutil
import pytest

from firebreak.engine.media.errors import LimitExceeded, UnreadableMedia
from firebreak.engine.media.limits import Limits
from firebreak.engine.media.open import open_media
from firebreak.engine.media.source import Frame
from tests import media
from tests.engine.media.clips import frames, gaps, kept, opened, patched, reference, remux, sparse, times

SIZE = (96, 64)
ENCODINGS = [
    ("mp4", "libx264", "mp4"),
    ("mov", "libx264", "mov"),
    ("mkv", "libx264", "matroska"),
    ("ts", "libx264", "mpegts"),
    ("flv", "libx264", "flv"),
    ("mp4", "libx265", "mp4"),
    ("webm", "libvpx", "webm"),
    ("webm", "libvpx-vp9", "webm"),
    ("mkv", "libsvtav1", "matroska"),
    ("avi", "mpeg4", "avi"),
    ("mpg", "mpeg2video", "mpeg"),
    ("asf", "wmv2", "asf"),
    ("flv", "flv", "flv"),
    ("3gp", "h263", "mp4"),
]


def all_true(found: list[Frame], clip: Path) -> bool:
    """Whether every frame is the one that a plain decoder shows at its time."""
    expected = {round(time, 2): luma for time, luma in reference(clip)}
    return bool(found) and all(np.array_equal(frame.luma, expected[round(frame.time, 2)]) for frame in found)


@pytest.mark.parametrize(("suffix", "codec", "container"), ENCODINGS)
def test_every_container_gives_its_frames(suffix: str, codec: str, container: str, tmp_path: Path) -> None:
    size = (176, 144) if codec == "h263" else SIZE
    path = media.write_video(tmp_path / f"x.{suffix}", 2, size=size, seed=2, codec=codec, keyint=10)
    expected = reference(path)
    with opened(path) as source:
        assert (source.info.kind, source.info.container) == ("video", container)
        assert (source.info.width, source.info.height) == size
        assert source.info.duration == pytest.approx(2.0, abs=0.15) or container == "mpeg"  # it only guesses
        found = [(frame.time, frame.luma.copy()) for frame in source.frames(step=0)]
        assert source.warnings == []
    assert len(found) == len(expected) == 50
    for (time, luma), (expected_time, expected_luma) in zip(found, expected, strict=True):
        assert time == pytest.approx(expected_time, abs=0.002)
        assert np.array_equal(luma, expected_luma)
    assert np.all(gaps(sparse(path, 0.5), 2.0) <= 0.5 + 0.05)


@pytest.mark.parametrize("codec", ["ffv1", "prores_ks", "mjpeg"])
def test_codecs_of_keyframes_alone_are_thinned(codec: str, tmp_path: Path) -> None:
    pix_fmt = {"ffv1": "yuv420p", "prores_ks": "yuv422p10le", "mjpeg": "yuvj420p"}[codec]
    suffix = "mkv" if codec == "ffv1" else "mov"
    path = media.write_video(tmp_path / f"x.{suffix}", 4, size=SIZE, codec=codec, pix_fmt=pix_fmt)
    found = sparse(path, max_gap=1.0)
    assert times(found)[0] == 0.0
    assert np.all(np.diff(times(found)) >= 0.2 - 1e-6)
    assert np.all(gaps(found, 4.0) <= 1.0)
    assert all(frame.keyframe for frame in found)


def test_sparse_frames_are_the_keyframes_where_those_suffice(clip: Path) -> None:
    found = sparse(clip, max_gap=2.0)
    assert times(found) == [0.0, 2.0, 4.0, 6.0]
    assert all(frame.keyframe for frame in found)
    assert all_true(found, clip)


def test_gaps_are_filled_evenly_with_true_frames(clip: Path) -> None:
    found = sparse(clip, max_gap=0.7)
    assert times(found)[:4] == pytest.approx([0.0, 0.68, 1.36, 2.0])
    assert all_true(found, clip)
    assert [frame.time for frame in found if frame.keyframe] == [0.0, 2.0, 4.0, 6.0]


STRUCTURES = [
    ("libx264", {"x264-params": "open-gop=1:bframes=3:keyint=30:min-keyint=30"}),
    ("libx264", {"x264-params": "intra-refresh=1:keyint=30"}),
    ("libx264", {"x264-params": "keyint=infinite:scenecut=0"}),
    ("libx264", {"x264-params": "interlaced=1:keyint=30"}),
    ("libx264", {"x264-params": "slices=4:keyint=30:b-pyramid=strict:bframes=8"}),
    ("libx265", {"x265-params": "log-level=none:pools=none:open-gop=1:keyint=30:min-keyint=30:bframes=4"}),
    ("mpeg4", {"bf": "2", "g": "30"}),
    ("mpeg2video", {"bf": "2", "g": "15"}),
]


@pytest.mark.parametrize("suffix", ["mkv", "ts"])
@pytest.mark.parametrize(("codec", "options"), STRUCTURES)
def test_any_structure_of_frames_gives_true_frames(
    codec: str, options: dict[str, str], suffix: str, tmp_path: Path
) -> None:
    path = media.write_video(tmp_path / f"x.{suffix}", 4, size=SIZE, seed=3, codec=codec, options=options)
    for max_gap in (2.0, 0.5):
        found = sparse(path, max_gap)
        assert found[0].time == 0.0
        assert np.all(gaps(found, 4.0) <= max_gap + 0.06)
        assert all_true(found, path)
    window = frames(path, 2.0, 2.4, 0.1)
    assert window[0].time == pytest.approx(2.0, abs=0.04)
    assert all_true(window, path)


@pytest.mark.parametrize("start", [0.0, 0.5, 1.99, 2.0, 3.3, 7.9])
def test_windows_begin_at_their_start(clip: Path, start: float) -> None:
    found = times(frames(clip, start=start, end=start + 1, step=0.25))
    assert found[0] == pytest.approx(start, abs=0.04)
    assert np.diff(found) == pytest.approx(0.25, abs=0.04)
    assert min(start + 1, 8.0) - 0.3 <= found[-1] <= start + 1


def test_windows_beyond_the_end_are_empty(clip: Path) -> None:
    assert frames(clip, start=8.5) == []
    assert frames(clip, start=100.0, end=101.0) == []


def test_windows_in_any_order_and_side_by_side(clip: Path) -> None:
    with opened(clip) as source:
        late, early = source.frames(start=5, end=6), source.frames(end=1)
        pairs = [(kept(a), kept(b)) for a, b in zip(late, early, strict=True)]
        again = [kept(frame) for frame in source.frames(start=3, end=3.5, step=0)]
        sound = list(source.audio())
        assert [frame.time for frame in source.sparse_frames(2.0)] == [0.0, 2.0, 4.0, 6.0]
    assert times(again) == pytest.approx([3 + n / 25 for n in range(13)])
    assert all_true([*again, *(frame for pair in pairs for frame in pair)], clip)
    assert sum(len(block.samples) for block in sound) == pytest.approx(8 * 16000, rel=0.01)


@pytest.mark.parametrize("suffix", ["mkv", "ts", "flv", "webm"])
def test_windows_of_other_containers(suffix: str, tmp_path: Path) -> None:
    codec = "libvpx" if suffix == "webm" else "libx264"
    path = media.write_video(tmp_path / f"x.{suffix}", 6, size=SIZE, codec=codec, keyint=40, audio=True)
    for start in (3.0, 0.4, 5.5):
        assert times(frames(path, start, start + 0.4, 0.1))[0] == pytest.approx(start, abs=0.041)


def test_a_source_can_be_closed_early(clip: Path) -> None:
    with opened(clip) as source:
        iterator = source.sparse_frames(1.0)
        assert next(iterator).time == 0.0
        source.close()
        assert next(iterator).time > 0.0
        assert len(list(iterator)) > 3


@pytest.mark.parametrize("flip", ["", "h", "v"])
@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_the_rotation_flag_is_applied(degrees: int, flip: str, clip: Path, tmp_path: Path) -> None:
    path = tmp_path / "turned.mp4"
    with av.open(str(clip)) as given, av.open(str(path), "w") as made:
        stream = made.add_stream_from_template(given.streams.video[0])
        stream.set_display_rotation(degrees, hflip=flip == "h", vflip=flip == "v")
        for packet in given.demux(given.streams.video[0]):
            if packet.size:
                packet.stream = stream
                made.mux(packet)
    stored, shown = sparse(clip)[0].luma, sparse(path)[0].luma
    turned = np.rot90(stored, degrees // 90)
    expected = {"": turned, "h": turned[:, ::-1], "v": turned[::-1]}[flip]
    assert np.array_equal(shown, expected)
    with opened(path) as source:
        assert (source.info.height, source.info.width) == expected.shape


def test_variable_frame_rate(tmp_path: Path) -> None:
    instants = [0.0, 0.04, 0.08, 0.5, 0.9, 0.94, 2.5, 2.54, 5.0, 5.02, 5.5]
    path = media.write_video(tmp_path / "x.mkv", 0, size=SIZE, times=instants, keyint=100)
    assert times(frames(path, step=0)) == pytest.approx(instants, abs=0.002)
    assert times(sparse(path, 1.0)) == pytest.approx([0.0, 0.94, 2.5, 5.0], abs=0.6)
    assert times(frames(path, start=1.0, end=6.0, step=1.0)) == pytest.approx([2.5, 5.0], abs=0.002)


@pytest.mark.parametrize("size", [(97, 65), (95, 33), (2, 2), (1920, 2)])
def test_odd_and_extreme_sizes(size: tuple[int, int], tmp_path: Path) -> None:
    path = media.write_video(tmp_path / "x.mkv", 0.2, size=size, codec="ffv1")
    assert {frame.luma.shape for frame in sparse(path)} == {(size[1], size[0])}


def test_resolution_may_change_in_mid_stream(tmp_path: Path) -> None:
    parts = [
        media.write_video(tmp_path / f"{width}.ts", 2, size=(width, 64), seed=width, keyint=10) for width in (96, 160)
    ]
    joined = b"".join(part.read_bytes() for part in parts)
    found = sparse(joined)
    assert {frame.luma.shape for frame in found} == {(64, 96), (64, 160)}
    assert np.all(np.diff(times(found)) > 0)


def test_what_an_edit_list_cuts_away_is_not_shown(clip: Path) -> None:
    data = clip.read_bytes()
    place = data.index(b"elst") + 8 + 4 + 4
    begin = int.from_bytes(data[place : place + 4], "big")
    later = data[:place] + (begin + 12800).to_bytes(4, "big") + data[place + 4 :]  # one second of 1/12800
    found = sparse(later, 2.0)
    assert times(found) == pytest.approx([0.0, 1.0, 3.0, 5.0])
    expected = dict(reference(clip))
    for frame, time in zip(found, (1.0, 2.0, 4.0, 6.0), strict=True):
        assert np.array_equal(frame.luma, expected[time])
    assert times(frames(later, 2.0, 2.5, 0.25)) == pytest.approx([2.0, 2.28], abs=0.05)


def test_joined_recordings_continue_in_time(tmp_path: Path) -> None:
    part = media.write_video(tmp_path / "x.ts", 4, size=SIZE, keyint=25).read_bytes()
    with opened(part * 3) as source:
        found = [frame.time for frame in source.sparse_frames(1.0)]
        assert any("time stamps jump" in warning for warning in source.warnings)
        window = [frame.time for frame in source.frames(start=9, end=10, step=0.5)]
    assert np.all(np.diff(found) <= 1.1)
    assert found[-1] == pytest.approx(11.5, abs=0.6)
    assert window == pytest.approx([9.0, 9.5, 10.0], abs=0.1)


def test_a_later_start_does_not_count(tmp_path: Path, clip: Path) -> None:
    def later(number: int, packet: "av.Packet[av.VideoStream]") -> None:
        shift = round(1000 / packet.time_base)
        packet.pts, packet.dts = (packet.pts or 0) + shift, (packet.dts or 0) + shift

    path = remux(clip, tmp_path / "later.mkv", later)
    assert times(sparse(path, 2.0)) == pytest.approx([0.0, 2.0, 4.0, 6.0], abs=0.002)
    assert times(frames(path, 3, 3.1, 0.04)) == pytest.approx([3.0, 3.04, 3.08], abs=0.002)


@pytest.mark.parametrize("flag", [True, False])
def test_keyframe_flags_that_lie_hide_nothing(flag: bool, clip: Path, tmp_path: Path) -> None:
    def lie(number: int, packet: "av.Packet[av.VideoStream]") -> None:
        packet.is_keyframe = flag

    path = remux(clip, tmp_path / "lying.mkv", lie)
    found = sparse(path, 1.0)
    assert np.all(gaps(found, 8.0) <= 1.05)
    assert all_true(found, clip)


def test_a_stretch_without_keyframes_longer_than_what_is_held(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firebreak.engine.media.sampling._HELD_PACKETS", 20)
    found = sparse(clip, 0.5)
    assert np.all(gaps(found, 8.0) <= 0.5 + 0.05)
    assert all_true(found, clip)


@pytest.mark.parametrize("claimed", [1e12, 0.001, -5.0, float("nan")])
def test_durations_that_lie_in_matroska(claimed: float, clip: Path, tmp_path: Path) -> None:
    path = remux(clip, tmp_path / "x.mkv", lambda *_: None)
    data = patched(path.read_bytes(), b"\x44\x89\x88", 0, struct.pack(">d", claimed))
    with opened(data) as source:
        assert [frame.time for frame in source.sparse_frames(2.0)] == pytest.approx([0, 2, 4, 6], abs=0.002)
        assert (len(source.warnings) == 1) == (claimed == 1e12)


@pytest.mark.parametrize("claimed", [0, 1, 0xFFFFFFFF])
def test_durations_that_lie_in_mp4(claimed: int, clip: Path) -> None:
    data = clip.read_bytes()
    data = patched(data, b"mvhd\0\0\0\0", 12, struct.pack(">I", claimed))
    data = patched(data, b"tkhd\0\0\0\3", 16, struct.pack(">I", claimed))
    data = patched(data, b"mdhd\0\0\0\0", 12, struct.pack(">I", claimed))
    assert times(sparse(data, 2.0)) == [0.0, 2.0, 4.0, 6.0]


@pytest.mark.parametrize("suffix", ["mkv", "ts", "flv", "avi", "webm", "faststart.mp4"])
def test_truncated_files_give_what_can_be_read(suffix: str, tmp_path: Path) -> None:
    codec = {"avi": "mpeg4", "webm": "libvpx"}.get(suffix, "libx264")
    path = media.write_video(tmp_path / f"x.{suffix}", 4, size=SIZE, codec=codec, keyint=25, audio=True)
    if suffix == "faststart.mp4":
        path = fast_start(path, tmp_path / "fast.mp4")
    data = path.read_bytes()
    for share in (0.35, 0.5, 0.7):
        with opened(data[: int(len(data) * share)]) as source:
            found = [frame.time for frame in source.sparse_frames(0.5)]
            assert 4 * share - 1.5 < found[-1] < 4 * share + 1
            assert np.all(np.diff(found) <= 0.6)
            # MPEG-TS declares no duration, and of an AVI file FFmpeg believes the size instead.
            assert suffix in {"ts", "avi"} or any("after" in warning for warning in source.warnings)


def fast_start(path: Path, target: Path) -> Path:
    with av.open(str(path)) as given, av.open(str(target), "w", options={"movflags": "faststart"}) as made:
        streams = {s.index: made.add_stream_from_template(s) for s in (*given.streams.video, *given.streams.audio)}
        for packet in given.demux():
            if packet.size:
                packet.stream = streams[packet.stream_index]
                made.mux(packet)
    return target


def test_cut_anywhere_there_are_frames_or_a_clear_error(clip: Path, tmp_path: Path) -> None:
    whole = times(sparse(clip, 1.0))
    for data in (clip.read_bytes(), fast_start(clip, tmp_path / "fast.mp4").read_bytes()):
        for length in np.geomspace(1, len(data) - 1, 25).astype(int):
            try:
                found = times(sparse(data[:length], 1.0))
            except UnreadableMedia:
                assert length < len(data) * 0.99 or data.index(b"moov") > data.index(b"mdat")
            else:
                assert len(found) <= len(whole) + 1
                assert np.all(np.diff(found) > 0)


def test_damage_in_the_middle_is_survived(clip: Path) -> None:
    data = bytearray(clip.read_bytes())
    media_data = data.index(b"mdat") + 8
    middle = media_data + (len(data) - media_data) // 3
    data[middle : middle + 3000] = np.random.default_rng(1).bytes(3000)
    found = times(sparse(bytes(data), 1.0))
    assert found[0] == 0.0
    assert found[-1] >= 6.0


def test_nothing_decodable_is_an_error(clip: Path) -> None:
    data = bytearray(clip.read_bytes())
    media_data = data.index(b"mdat") + 4
    data[media_data : data.index(b"moov") - 4] = bytes(data.index(b"moov") - 4 - media_data)
    with pytest.raises(UnreadableMedia, match="nothing in the video"):
        sparse(bytes(data))
    with pytest.raises(UnreadableMedia, match="nothing in the video"):
        frames(bytes(data))


def test_frames_larger_than_allowed_are_refused_at_once(clip: Path) -> None:
    with pytest.raises(LimitExceeded) as caught:
        sparse(clip, limits=Limits(pixels=160 * 90 - 1))
    assert caught.value.limit == "pixels"


def test_no_more_frames_are_decoded_than_allowed(clip: Path) -> None:
    with pytest.raises(LimitExceeded) as caught:
        sparse(clip, 0.1, limits=Limits(frames=50))
    assert caught.value.limit == "frames"
    assert len(sparse(clip, 2.0, limits=Limits(frames=50))) == 4  # keyframes alone stay below it


def test_a_longer_presentation_than_allowed_is_refused(clip: Path) -> None:
    with pytest.raises(LimitExceeded) as caught:
        sparse(clip, limits=Limits(duration=5.0))
    assert caught.value.limit == "duration"


def test_the_picture_track_is_not_the_cover(tmp_path: Path) -> None:
    """Of two tracks the one marked default is shown, whichever is larger."""
    small, large = (media.write_video(tmp_path / f"{s[0]}.mkv", 1, size=s, seed=s[0]) for s in (SIZE, (160, 96)))
    path = tmp_path / "two.mkv"
    with av.open(str(small)) as a, av.open(str(large)) as b, av.open(str(path), "w") as made:
        streams = [made.add_stream_from_template(given.streams.video[0]) for given in (a, b)]
        streams[0].disposition, streams[1].disposition = av.stream.Disposition.default, av.stream.Disposition(0)
        for given, stream in zip((a, b), streams, strict=True):
            for packet in given.demux(given.streams.video[0]):
                if packet.size:
                    packet.stream = stream
                    made.mux(packet)
    assert sparse(path)[0].luma.shape == (64, 96)


def test_memory_does_not_grow_with_length(tmp_path: Path) -> None:
    path = tmp_path / "long.mkv"
    writer = media.Writer(path, SIZE, 25, media.Look(keyint=250, options={"preset": "ultrafast"}), audio=False)
    scenes = list(media.draw(2, SIZE, 25, 1))
    for number in range(25 * 400):
        frame = scenes[number % len(scenes)]
        frame.pts, frame.time_base = number, Fraction(1, 25)
        writer.show(frame)
    writer.close()
    process = psutil.Process()
    with path.open("rb") as file:
        source = open_media(file, Limits())
        seen: list[int] = []
        for number, shown in enumerate(source.sparse_frames(5.0)):
            if number % 10 == 9:
                seen.append(process.memory_info().rss)
            assert shown.luma.any()
        source.close()
    assert len(seen) >= 8
    assert seen[-1] - seen[1] < 8 * 1024 * 1024
