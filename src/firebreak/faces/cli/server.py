"""The server's commands: `run`, and its parts apart."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="The data folder.", show_default="FIREBREAK_DATA")
]
Host = Annotated[str | None, typer.Option("--host", help="The address to listen on.", show_default="127.0.0.1")]
Port = Annotated[int | None, typer.Option("--port", min=0, max=65535, help="Its port.", show_default="8080")]


def run(data: Data = None, host: Host = None, port: Port = None) -> None:
    """Run everything in one process tree: database, web server, workers. Ctrl-C stops it."""
    from firebreak.faces.server.run import run as start

    raise typer.Exit(start(data, host, port))


def serve(data: Data = None, host: Host = None, port: Port = None) -> None:
    """Run the web server alone, for the database at FIREBREAK_DATABASE_URL."""
    from firebreak.faces.server.run import Wanted
    from firebreak.faces.server.run import run as start

    _require_database_url("serve", data)
    raise typer.Exit(start(data, host, port, Wanted(work=False, prepare=False)))


def work(data: Data = None) -> None:
    """Run workers alone, for the database at FIREBREAK_DATABASE_URL."""
    from firebreak.faces.server.run import Wanted
    from firebreak.faces.server.run import run as start

    _require_database_url("work", data)
    raise typer.Exit(start(data, None, None, Wanted(web=False, prepare=False)))


def migrate(data: Data = None) -> None:
    """Bring the database at FIREBREAK_DATABASE_URL up to this version; safe while others run."""
    from firebreak.faces.site import boot

    _require_database_url("migrate", data)
    boot.setup(data)
    from firebreak.faces.server.migrate import migrate as upgrade

    typer.echo(f"{upgrade()} upgrades done")


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write; it must not exist.")],
    data: Data = None,
) -> None:
    """Write the database and the keys to one file, while everything runs on."""
    from firebreak.faces.server.backup.making import backup as make
    from firebreak.faces.site import boot
    from firebreak.records.common.settings import settings

    boot.choose(data)
    about = make(settings(), file)
    typer.echo(
        f"{file} holds the database and {' and '.join(about.keys) or 'no key'}: keep it where only you can read it"
    )


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `firebreak backup` wrote.")],
    data: Data = None,
) -> None:
    """Restore a backup into an empty data folder."""
    from firebreak.faces.server.backup.restoring import restore as put_back
    from firebreak.faces.site import boot
    from firebreak.records.common.settings import settings

    boot.choose(data)
    about = put_back(settings(), file)
    typer.echo(f"restored what was backed up at {about.made_at}; now start `firebreak run`")


def _require_database_url(command: str, data: Path | None) -> None:
    from firebreak.faces.server.errors import ServerError
    from firebreak.faces.site import boot
    from firebreak.records.common.settings import settings

    boot.choose(data)
    if not settings().database_url:
        raise ServerError(
            f"`firebreak {command}` needs FIREBREAK_DATABASE_URL: the embedded database comes with `firebreak run` only"
        )


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (run, serve, work, migrate, backup, restore):
        app.command()(command)
