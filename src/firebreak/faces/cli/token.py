"""`firebreak token`: what programs sign in with."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from firebreak.faces.cli.database import COMMAND_LINE, Data, Json, print_lines, print_table, reach, say

if TYPE_CHECKING:
    from firebreak.records.staff.models import ApiToken

token_app = typer.Typer(no_args_is_help=True, help="Tokens: what programs sign in with.")


@token_app.command()
def create(
    name: Annotated[str, typer.Option(metavar="NAME", help="Which program it is for.")],
    scope: Annotated[list[str], typer.Option(metavar="SCOPE", help="What it may do, such as scans:write.")],
    expires: Annotated[int | None, typer.Option(metavar="DAYS", min=1, max=36_500, help="When it ends.")] = None,
    data: Data = None,
    json: Json = False,
) -> None:
    """Make a token and print its secret, once."""
    reach(data)
    from firebreak.records.common.clock import now
    from firebreak.records.staff import operations

    ends = now() + timedelta(days=expires) if expires else None
    token, secret = operations.create_token(name, scope, actor=COMMAND_LINE, expires_at=ends)
    if json:
        print_lines([{"token": secret, **_told(token)}])
    else:
        say(f"{token.name} may {', '.join(token.scopes)}; the token is shown this once:")
        sys.stdout.write(f"{secret}\n")


@token_app.command("list")
def list_(data: Data = None, json: Json = False) -> None:
    """List the tokens; their secrets are kept nowhere."""
    reach(data)
    from firebreak.records.staff.models import ApiToken

    rows = [_told(token) for token in ApiToken.objects.select_related("created_by")]
    if json:
        print_lines(rows)
    elif rows:
        print_table(rows, ["prefix", "name", "scopes", "expires_at", "revoked_at", "last_used_at"])
    else:
        say("There are no tokens yet: firebreak token create")


@token_app.command()
def revoke(
    token: Annotated[str, typer.Argument(metavar="TOKEN", help="Its id, or its first characters as listed.")],
    data: Data = None,
) -> None:
    """End a token; every process refuses it within a second."""
    reach(data)
    from firebreak.records.staff import operations, queries

    found = queries.token(token)
    operations.revoke_token(found, actor=COMMAND_LINE)
    say(f"{found.name} is let in no more")


def _told(token: ApiToken) -> dict[str, Any]:
    return {
        "id": str(token.pk),
        "prefix": token.prefix,
        "name": token.name,
        "scopes": token.scopes,
        "created_by": token.created_by.email if token.created_by else None,
        "created_at": _time(token.created_at),
        "expires_at": _time(token.expires_at),
        "revoked_at": _time(token.revoked_at),
        "last_used_at": _time(token.last_used_at),
    }


def _time(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None
