"""Every format decodes inside the sandbox as it does outside."""

from pathlib import Path

from firebreak.engine.media.sandbox.pool import DecoderPool
from firebreak.engine.media.source import MediaInfo, MediaSource
from tests.engine.media.clips import opened

Seen = tuple[MediaInfo, list[tuple[float, int, int]], list[tuple[float, int]], int, list[str]]


def seen(source: MediaSource) -> Seen:
    """All that a source gives, in numbers that can be compared."""
    sparse = [(round(frame.time, 6), frame.white, int(frame.luma.sum())) for frame in source.sparse_frames(0.5)]
    window = [(round(frame.time, 6), int(frame.luma.sum())) for frame in source.frames(0.2, 0.8, 0.1)]
    sound = sum(len(block.samples) for block in source.audio())
    return source.info, sparse, window, sound, list(source.warnings)


def test_every_format_decodes_under_lockdown(every_format: list[Path]) -> None:
    with DecoderPool(1) as pool:
        for path in every_format:
            with pool.open(path) as source, opened(path) as direct:
                assert seen(source) == seen(direct), path.name
