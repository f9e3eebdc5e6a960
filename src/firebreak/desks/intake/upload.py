"""Receiving an upload: straight from the socket to the spool, and not one byte more than is allowed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest

from firebreak.desks.intake import spool
from firebreak.desks.intake.kinds import Kind, kind_of
from firebreak.records.common.errors import Invalid, LengthRequired, TooLarge, Unavailable, Unsupported
from firebreak.records.common.settings import settings

FIELD: Final = "file"
# What a body may hold beside the file: other fields, and the multipart's own lines.
_REST: Final = 64 * 1024
_CHUNK: Final = 256 * 1024


class Receiver(FileUploadHandler):
    """Writes the field `file` into a spool file as it arrives."""

    chunk_size = _CHUNK

    def __init__(self, file: spool.SpoolFile, *, hashed: bool) -> None:
        super().__init__()
        self._file = file
        self._hash = hashlib.sha256() if hashed else None
        self.kind: Kind | None = None  # None until there was a byte
        self.received = False

    def new_file(self, field_name: str, *args: Any, **kwargs: Any) -> None:
        super().new_file(field_name, *args, **kwargs)
        if field_name != FIELD:
            raise Invalid(f"there is no field {field_name[:60]!r} for a file", "send the file as `file`", field=FIELD)
        if self.received:
            raise Invalid("there is more than one file", "send one a request", field=FIELD)
        self.received = True

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # noqa: ARG002 - Django's signature
        if self.kind is None:
            self.kind = allowed(kind_of(raw_data[:4096]))
        if self._file.size + len(raw_data) > settings().upload_bytes:
            raise too_large()
        try:
            self._file.write(raw_data)
        except OSError as problem:  # no room, most likely
            raise Unavailable(f"the upload cannot be stored: {problem.strerror}", "try again later", after=10) from None
        if self._hash:
            self._hash.update(raw_data)

    def file_complete(self, file_size: int) -> None:
        """Hand nothing on: whoever asked has the spool file."""

    @property
    def digest(self) -> str:
        """SHA-256 of the file, where it was asked for."""
        return self._hash.hexdigest() if self._hash else ""


@contextmanager
def received(request: HttpRequest, *, hashed: bool) -> Iterator[tuple[spool.SpoolFile, Receiver]]:
    """Receive the multipart body of a request. Raises Invalid, TooLarge, Unsupported, LengthRequired, Unavailable."""
    require_length(request)
    with spool.SpoolFile() as file:
        receiver = Receiver(file, hashed=hashed)
        request.upload_handlers = [receiver]
        request.POST  # noqa: B018 - reads the body
        if not receiver.received:
            raise Invalid("there is no file", "send it as the multipart field `file`", field=FIELD)
        yield file, receiver


def require_length(request: HttpRequest) -> None:
    """Refuse a body by what its head says of it. Raises TooLarge, LengthRequired."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length.isdigit():
        raise LengthRequired("the request does not say how long it is", "send the header Content-Length")
    if int(length) > settings().upload_bytes + _REST:
        raise too_large()


def allowed(kind: Kind) -> Kind:
    """Return a kind of file that may be uploaded. Raises Unsupported for others."""
    kinds = settings().upload_kinds
    if ("image" if kind == "animation" else kind) not in kinds:
        raise Unsupported(f"this is of the kind {kind}", f"send one of {', '.join(kinds)}", field=FIELD)
    return kind


def too_large() -> TooLarge:
    """Return what to tell whoever sends too much."""
    most = settings().upload_bytes
    return TooLarge(
        f"the file is larger than {most} bytes", "send a smaller one, or raise FIREBREAK_UPLOAD_BYTES", field=FIELD
    )
