"""Ask before publishing, in Django: two views, and one that shows what became of a post."""

import os
import uuid
from typing import BinaryIO, cast

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from firebreak.client import Client, FirebreakError, WebhookRefused, verify

gate = Client(os.environ["GATE_URL"], os.environ["GATE_TOKEN"])
posts: dict[str, str] = {}  # your table of posts


@csrf_exempt  # your own form sends a token
@require_POST
def upload(request: HttpRequest) -> JsonResponse:
    file, post = cast(BinaryIO, request.FILES["file"]), str(uuid.uuid4())
    try:
        scan = gate.scan_file(file, content_id=post, account_id="account-1", surface="posts")
        posts[post] = "published" if scan.may_appear else "kept back"
    except FirebreakError:
        posts[post] = "kept back"  # nobody could look at it: what happens then is your choice
    return JsonResponse({"id": post, "state": posts[post]}, status=201)


@csrf_exempt
@require_POST
def hooks(request: HttpRequest) -> HttpResponse:
    try:
        event = verify(request.headers, request.body, os.environ["GATE_KEYS"].split())
    except WebhookRefused:
        return HttpResponse(status=400)
    if event.type == "scan.completed":
        posts[event.data["content_id"]] = "published" if event.data["verdict"] in {"allow", "review"} else "kept back"
    elif event.type in {"item.remove", "item.hold"}:
        posts[event.data["content_id"]] = "kept back"
    elif event.type == "item.restore":
        posts[event.data["content_id"]] = "published"
    return HttpResponse(status=204)


def show(request: HttpRequest, post: str) -> JsonResponse:
    return JsonResponse({"id": post, "state": posts[post]})


urlpatterns = [path("upload", upload), path("hooks", hooks), path("posts/<post>", show)]
