"""Sound: rate, level and time of what comes out."""

import wave
from pathlib import Path

import av
import numpy as np
import pytest
from av.audio.frame import AudioFrame
from numpy.typing import NDArray

from firebreak.engine.media.errors import UnreadableMedia
from firebreak.engine.media.source import AudioBlock
from tests import media
from tests.engine.media.clips import frames, opened, sound, sparse


def joined(blocks: list[AudioBlock]) -> NDArray[np.float32]:
    return np.concatenate([block.samples for block in blocks])


def likeness(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """The correlation of two tracks at their best shift."""
    length = len(a) + len(b)
    product = np.fft.irfft(np.fft.rfft(a, length) * np.conj(np.fft.rfft(b, length)))
    return float(product.max() / np.sqrt((a**2).sum() * (b**2).sum()))


REFERENCE = media.sound(3.0, seed=1).reshape(-1, 3).mean(axis=1)  # 48 kHz to 16 kHz


@pytest.mark.parametrize("suffix", ["wav", "flac", "mp3", "ogg", "m4a", "mkv"])
def test_sound_files(suffix: str, tmp_path: Path) -> None:
    path = media.write_sound(tmp_path / f"x.{suffix}", 3.0, seed=1)
    with opened(path) as source:
        info = source.info
        assert (info.kind, info.width, info.height, info.has_audio) == ("audio", 0, 0, True)
        assert info.duration == pytest.approx(3.0, abs=0.1)
        blocks = list(source.audio())
        assert source.warnings == []
    assert {block.rate for block in blocks} == {16000}
    assert all(len(block.samples) == 16000 for block in blocks[:-1])
    assert [block.time for block in blocks] == pytest.approx([n + blocks[0].time for n in range(len(blocks))])
    samples = joined(blocks)
    assert samples.dtype == np.float32
    assert len(samples) == pytest.approx(48000, abs=1600)
    assert likeness(samples, REFERENCE) > 0.97
    assert sparse(path) == []
    assert frames(path) == []


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts", "flv", "avi", "webm"])
def test_the_sound_of_a_video(suffix: str, tmp_path: Path) -> None:
    codec = {"avi": "mpeg4", "webm": "libvpx"}.get(suffix, "libx264")
    path = media.write_video(tmp_path / f"x.{suffix}", 3.0, size=(64, 48), codec=codec, audio=True, seed=1)
    with opened(path) as source:
        assert source.info.has_audio
    blocks = sound(path)
    assert abs(blocks[0].time) < 0.15
    assert likeness(joined(blocks), REFERENCE) > 0.97


@pytest.mark.parametrize("rate", [8000, 11025, 44100])
def test_any_rate_can_be_asked_for(rate: int, tmp_path: Path) -> None:
    blocks = sound(media.write_sound(tmp_path / "x.wav", 3.0, seed=1), rate)
    assert {block.rate for block in blocks} == {rate}
    assert len(joined(blocks)) == pytest.approx(3 * rate, abs=rate // 50)


@pytest.mark.parametrize("channels", [1, 2, 3, 6, 8])
def test_channels_are_averaged(channels: int, tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    one = (10000 * np.sin(np.arange(48000) * 2 * np.pi * 440 / 48000)).astype(np.int16)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(48000)
        file.writeframes(np.stack([one] * channels, axis=1).tobytes())
    samples = joined(sound(path))
    assert np.abs(samples[1000:15000]).max() == pytest.approx(10000 / 32768, rel=0.01)


def test_a_video_without_sound_has_no_blocks(clip: Path, tmp_path: Path) -> None:
    path = media.write_video(tmp_path / "x.mp4", 1.0, size=(64, 48))
    assert sound(path) == []
    with opened(path) as source:
        assert not source.info.has_audio


def test_a_cover_is_not_a_video(tmp_path: Path) -> None:
    tune = media.write_sound(tmp_path / "tune.mp3", 1.0)
    cover = media.write_video(tmp_path / "cover.avi", 0.04, size=(64, 64), codec="mjpeg", pix_fmt="yuvj420p")
    path = tmp_path / "covered.mp3"
    with av.open(str(tune)) as a, av.open(str(cover)) as b, av.open(str(path), "w") as made:
        sounds = made.add_stream_from_template(a.streams.audio[0])
        picture = made.add_stream_from_template(b.streams.video[0])
        picture.disposition = av.stream.Disposition.attached_pic
        for given, stream in ((b, picture), (a, sounds)):
            for packet in given.demux():
                if packet.size:
                    packet.stream = stream
                    made.mux(packet)
    with opened(path) as source:
        assert (source.info.kind, source.info.container) == ("audio", "mp3")
        assert list(source.sparse_frames(1.0)) == []


def test_a_hole_in_the_sound_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "x.mkv"
    melody = media.sound(1.0, seed=2)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", 48000, layout="mono")
        parts = np.split((melody * 20000).astype(np.int16), 10)
        for number, part in enumerate(parts * 2):
            frame = AudioFrame.from_ndarray(part[None, :], "s16", "mono")
            frame.rate, frame.pts = 48000, number * 4800 + (4 * 48000 if number >= 10 else 0)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    blocks = sound(path)
    assert blocks[0].time == pytest.approx(0.0, abs=0.01)
    assert any(block.time == pytest.approx(5.0, abs=0.01) for block in blocks)
    assert len(joined(blocks)) == pytest.approx(32000, abs=500)


def test_truncated_sound_gives_what_can_be_read(tmp_path: Path) -> None:
    for suffix in ("wav", "flac", "mp3", "ogg"):
        data = media.write_sound(tmp_path / f"x.{suffix}", 3.0, seed=1).read_bytes()
        samples = joined(sound(data[: len(data) // 2]))
        assert 15000 < len(samples) < 34000


def test_nonsense_rates_are_refused(tmp_path: Path) -> None:
    data = bytearray(media.write_sound(tmp_path / "x.wav", 1.0).read_bytes())
    data[24:28] = (2_000_000_000).to_bytes(4, "little")
    with pytest.raises(UnreadableMedia):
        sound(bytes(data))


def test_sound_runs_beside_the_pictures(clip: Path) -> None:
    with opened(clip) as source:
        pairs = list(zip(source.audio(), source.sparse_frames(2.0), strict=False))
    assert [round(block.time) for block, _ in pairs] == [0, 1, 2, 3]
    assert [frame.time for _, frame in pairs] == [0.0, 2.0, 4.0, 6.0]
