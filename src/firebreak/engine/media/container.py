"""Opens a container with PyAV such that it can read nothing but the given bytes, and on one thread."""

from typing import BinaryIO

import av
from av.audio.stream import AudioStream
from av.codec.context import CodecContext, ThreadType
from av.container import InputContainer
from av.stream import Discard, Disposition, Stream
from av.video.stream import VideoStream

from firebreak.engine.media.limits import Limits
from firebreak.engine.media.views import FileView

# Demuxers whose formats hold all their data themselves. What is not here is refused even when FFmpeg's
# probe chooses it: playlists and manifests (hls, dash, concat), image2, sdp, lavfi, devices, game formats.
_FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2 matroska,webm avi mpegts mpeg mpegvideo flv asf ogg wav w64 mp3 aac ac3 eac3 ac4 "
    "flac aiff caf amr amrnb amrwb au tta wv ape dts dtshd mlp truehd h261 h263 h264 hevc vvc m4v ivf obu av1 "
    "mxf nut rm dv gxf wtv vc1 voc nsv yuv4mpegpipe dhav"
)
GEN_PTS = 0x0001  # AVFMT_FLAG_GENPTS, which PyAV sets
_BUFFER = 64 * 1024
_COVERS = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image


def open_container(file: BinaryIO, limits: Limits) -> InputContainer:
    """Read the header; the caller closes. Raises what PyAV raises."""
    options = {
        "format_whitelist": _FORMATS.replace(" ", ","),
        "protocol_whitelist": "none",
        "max_pixels": str(limits.pixels),
        "threads": "1",
    }
    container = av.open(FileView(file), "r", options=options, buffer_size=_BUFFER, metadata_errors="replace")
    container.flags &= ~GEN_PTS  # it would hold back packets without bound while it looks ahead
    return container


def video_stream(container: InputContainer) -> VideoStream | None:
    """The picture track that players show: cover art aside, the default one, then the largest."""
    tracks = [s for s in container.streams.video if has_decoder(s) and not s.disposition & _COVERS]
    return max(tracks, key=lambda s: (bool(s.disposition & Disposition.default), s.width * s.height), default=None)


def audio_stream(container: InputContainer) -> AudioStream | None:
    """The sound track that players play: the default one, then the first."""
    tracks = [s for s in container.streams.audio if has_decoder(s)]
    return max(tracks, key=lambda s: bool(s.disposition & Disposition.default), default=None)


def has_decoder(stream: Stream) -> bool:
    return stream.codec_context is not None  # whatever its stub says


def only(container: InputContainer, stream: Stream) -> None:
    """Have the demuxer leave out all other tracks, unread where it can."""
    for other in container.streams:
        other.discard = Discard.default if other is stream else Discard.all


def on_one_thread(context: CodecContext, limits: Limits) -> None:
    """Prepare a codec before its first packet."""
    context.thread_type = ThreadType.NONE
    context.thread_count = 1
    context.options = {"max_pixels": str(limits.pixels)}


def declared_duration(container: InputContainer, stream: Stream) -> float | None:
    """Seconds as the header says; None when it does not."""
    if stream.duration and stream.time_base and stream.duration > 0:
        return float(stream.duration * stream.time_base)
    if container.duration and container.duration > 0:
        return container.duration / av.time_base
    return None
