"""`firebreak user`: people, from the machine itself: the way in when nobody can sign in."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from firebreak.faces.cli.database import COMMAND_LINE, Data, Json, print_lines, print_table, reach, say

if TYPE_CHECKING:
    from firebreak.records.staff.models import User

user_app = typer.Typer(no_args_is_help=True, help="People who may sign in.")

Email = Annotated[str, typer.Argument(metavar="EMAIL", help="Whom, by e-mail address.")]


@user_app.command()
def create(
    email: Annotated[str, typer.Option(metavar="EMAIL", help="What they sign in with.")],
    name: Annotated[str, typer.Option(metavar="NAME", help="How others see them.")],
    role: Annotated[str, typer.Option(metavar="ROLE", help="administrator, lead, moderator, legal or analyst.")],
    data: Data = None,
    json: Json = False,
) -> None:
    """Let a person in. Their password is drawn and printed once."""
    reach(data)
    from firebreak.records.staff import operations

    user, password = operations.create_user(email, name, role, actor=COMMAND_LINE)
    if json:
        print_lines([{**_told(user), "password": password}])
    else:
        say(f"{user.email} may sign in as {user.role}; the password is shown this once:")
        sys.stdout.write(f"{password}\n")


@user_app.command("list")
def list_(data: Data = None, json: Json = False) -> None:
    """List the people and their roles."""
    reach(data)
    from firebreak.records.staff.models import User

    rows = [_told(user) for user in User.objects.all()]
    if json:
        print_lines(rows)
    elif rows:
        print_table(rows, ["email", "name", "role", "active", "last_seen"])
    else:
        say("There is nobody yet: firebreak user create")


@user_app.command()
def role(
    email: Email,
    role: Annotated[str, typer.Argument(metavar="ROLE", help="What they are from now on.")],
    data: Data = None,
) -> None:
    """Give a person another role."""
    reach(data)
    from firebreak.records.staff import operations, queries

    operations.change_role(queries.user(email), role, actor=COMMAND_LINE)
    say(f"{email} is {role}")


@user_app.command()
def deactivate(email: Email, data: Data = None) -> None:
    """End a person's access, at once."""
    reach(data)
    from firebreak.records.staff import operations, queries

    operations.deactivate_user(queries.user(email), actor=COMMAND_LINE)
    say(f"{email} may no longer sign in")


@user_app.command()
def reactivate(email: Email, data: Data = None) -> None:
    """Let a person in again."""
    reach(data)
    from firebreak.records.staff import operations, queries

    operations.reactivate_user(queries.user(email), actor=COMMAND_LINE)
    say(f"{email} may sign in")


@user_app.command()
def password(
    email: Email,
    drop_codes: Annotated[bool, typer.Option("--drop-codes", help="Forget their second factor, too.")] = False,
    data: Data = None,
    json: Json = False,
) -> None:
    """Draw a new password for a person who has lost theirs, and print it once."""
    reach(data)
    from firebreak.faces.console.auth.operations import drop_factors
    from firebreak.records.staff import operations, queries

    user = queries.user(email)
    drawn = operations.reset_password(user, actor=COMMAND_LINE)
    if drop_codes:
        drop_factors(user, actor=COMMAND_LINE)
    if json:
        print_lines([{**_told(user), "password": drawn}])
    else:
        say("the new password is shown this once:")
        sys.stdout.write(f"{drawn}\n")


def _told(user: User) -> dict[str, Any]:
    return {
        "id": str(user.pk),
        "email": user.email,
        "name": user.name,
        "role": user.role,
        "active": user.is_active,
        "last_seen": user.last_login.isoformat(timespec="seconds") if user.last_login else None,
    }
