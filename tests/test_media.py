"""The test media are what the tests of recognition take them for."""

from pathlib import Path

import av
import numpy as np
import pdqhash
import pytest

from tests import media


def codes(seed: int, seconds: float = 8, fps: float = 2) -> np.ndarray:
    """PDQ bits of a clip's frames (n, 256); every frame has good quality."""
    hashed = [
        pdqhash.compute(frame.to_ndarray(format="rgb24", threads=1))
        for frame in media.draw(seconds, (160, 90), fps, seed)
    ]
    assert all(quality >= 60 for _, quality in hashed)
    return np.array([code for code, _ in hashed], np.int16)


def test_seeds_are_unrelated_and_scenes_move() -> None:
    clips = [codes(seed) for seed in range(6)]
    soon: list[int] = []
    for a, first in enumerate(clips):
        for second in clips[a + 1 :]:
            assert np.abs(first[:, None] - second[None]).sum(axis=2).min() > 80
        later = np.abs(first[10:] - first[:-10]).sum(axis=1)
        assert np.median(later) > 80, "frames 5 s apart differ"
        soon += np.abs(first[1:] - first[:-1]).sum(axis=1).tolist()
    assert np.median(soon) < 80, "neighbours resemble each other"


def test_a_seed_gives_the_same_file(tmp_path: Path) -> None:
    paths = [media.write_video(tmp_path / f"{n}.mp4", 1, size=(96, 64), seed=3, audio=True) for n in range(2)]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    stills = [media.still(3, (800, 600)).tobytes() for _ in range(10)]
    assert len(set(stills)) == 1


def test_copies_show_what_they_should(tmp_path: Path) -> None:
    one = media.write_video(tmp_path / "one.mp4", 6, size=(160, 90), fps=10, seed=1, audio=True)
    two = media.write_video(tmp_path / "two.mp4", 4, size=(160, 90), fps=10, seed=2)
    small = media.reencode(one, tmp_path / "small.mp4", size=(80, 46), crf=35, start=2, end=5, fps=5)
    mirrored = media.reencode(one, tmp_path / "mirrored.mkv", mirror=True)
    joined = media.edit(tmp_path / "joined.mp4", [media.Cut(two, 0, 2), media.Cut(one, 3, 5)])
    whole = media.concat([one, two], tmp_path / "whole.mp4")
    assert shown(small) == (80, 46, 15)
    assert shown(mirrored) == (160, 90, 60)
    assert shown(joined) == (160, 90, 40)
    assert shown(whole) == (160, 90, 100)
    assert likeness(picture(small, 5), picture(one, 30)) > 0.97
    assert likeness(picture(mirrored, 20)[:, ::-1], picture(one, 20)) > 0.97
    assert likeness(picture(joined, 30), picture(one, 40)) > 0.97
    assert likeness(picture(whole, 80), picture(two, 20)) > 0.97
    with av.open(str(small)) as container:
        assert container.streams.audio


def shown(path: Path) -> tuple[int, int, int]:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return stream.width, stream.height, sum(1 for _ in container.decode(stream))


def picture(path: Path, number: int) -> np.ndarray:
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
        return frames[number].to_ndarray(format="gray", width=160, height=90, threads=1).astype(float)


def likeness(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


@pytest.mark.parametrize("size", [(160, 90), (97, 65), (33, 50)])
def test_stills_have_the_size_asked_for(size: tuple[int, int], tmp_path: Path) -> None:
    assert media.still(1, size).size == size
    assert media.write_still(tmp_path / "x.jpg", 1, size).exists()
