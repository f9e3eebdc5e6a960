"""Ask before publishing, in FastAPI: two routes, and one that shows what became of a post."""

import os
import uuid

from fastapi import FastAPI, HTTPException, Request, UploadFile

from firebreak.client import Client, FirebreakError, WebhookRefused, verify

app = FastAPI()
gate = Client(os.environ["GATE_URL"], os.environ["GATE_TOKEN"])
posts: dict[str, str] = {}  # your table of posts


@app.post("/upload", status_code=201)
def upload(file: UploadFile) -> dict[str, str]:  # not `async`: it waits for the answer, in a thread
    post = str(uuid.uuid4())
    try:
        scan = gate.scan_file(file.file, content_id=post, account_id="account-1", surface="posts")
        posts[post] = "published" if scan.may_appear else "kept back"
    except FirebreakError:
        posts[post] = "kept back"  # nobody could look at it: what happens then is your choice
    return {"id": post, "state": posts[post]}


@app.post("/hooks", status_code=204)
async def hooks(request: Request) -> None:
    try:
        event = verify(request.headers, await request.body(), os.environ["GATE_KEYS"].split())
    except WebhookRefused as refused:
        raise HTTPException(400) from refused
    if event.type == "scan.completed":
        posts[event.data["content_id"]] = "published" if event.data["verdict"] in {"allow", "review"} else "kept back"
    elif event.type in {"item.remove", "item.hold"}:
        posts[event.data["content_id"]] = "kept back"
    elif event.type == "item.restore":
        posts[event.data["content_id"]] = "published"


@app.get("/posts/{post}")
def show(post: str) -> dict[str, str]:
    return {"id": post, "state": posts[post]}
