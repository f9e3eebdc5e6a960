"""Files that people upload by hand: straight to the spool, no larger than allowed, gone when the request is over."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from firebreak.desks.intake import spool
from firebreak.records.common.settings import settings

# What a form without a file can hold; who has not signed in may send no more.
SMALL: Final = 256 * 1024


class SpoolUpload(FileUploadHandler):
    """Django's handler for temporary files, in the spool's folder and with an end."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._file = SpooledFile(self.file_name or "", self.content_type or "", self.charset)
        self._size = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # noqa: ARG002 - Django's signature
        self._size += len(raw_data)
        if self._size > settings().upload_bytes:
            raise StopUpload(connection_reset=True)
        self._file.write(raw_data)

    def file_complete(self, file_size: int) -> SpooledFile:
        self._file.seek(0)
        self._file.size = file_size
        return self._file

    def upload_interrupted(self) -> None:
        if hasattr(self, "_file"):
            self._file.close()


class SpooledFile(TemporaryUploadedFile):
    """A file in the spool, deleted when it is closed, as the spool's own are when they are left over."""

    def __init__(self, name: str, content_type: str, charset: str | None) -> None:
        lies = tempfile.NamedTemporaryFile(prefix="incoming-", dir=spool.folder())  # noqa: SIM115 - lives on
        UploadedFile.__init__(self, lies, name, content_type, 0, charset)

    @property
    def path(self) -> Path:
        return Path(self.temporary_file_path())


class WeightMiddleware:
    """Refuses bodies that nobody needs to send, before they are read."""

    def __init__(self, respond: Callable[[HttpRequest], HttpResponse]) -> None:
        self._respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        most = settings().upload_bytes + SMALL if request.user.is_authenticated else SMALL
        if not length.isdigit() or int(length) > most:
            return render(request, "console/shell/too_large.html", {"most": settings().upload_bytes}, status=413)
        return self._respond(request)
