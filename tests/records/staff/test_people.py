"""What changes people: checked, on the record, and never without an administrator left."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from firebreak.records.common.actor import SYSTEM
from firebreak.records.common.errors import Conflict, Invalid, NotFound, Problem
from firebreak.records.ledger.models import Entry
from firebreak.records.staff import operations as staff
from firebreak.records.staff import queries
from firebreak.records.staff.models import User
from firebreak.records.staff.permissions import Role
from tests.cast import PASSWORD

pytestmark = pytest.mark.django_db


def last_entry() -> tuple[str, str, dict[str, object] | None]:
    entry = Entry.objects.latest("id")
    return entry.action, entry.subject, entry.payload


def test_a_person_is_made_with_a_password_shown_once() -> None:
    user, password = staff.create_user(" Ana@Example.ORG ", "Ana  Lima", "moderator", actor=SYSTEM)
    assert (user.email, user.name, user.role) == ("ana@example.org", "Ana Lima", "moderator")
    assert password is not None
    assert len(password) >= 20
    assert User.objects.get().check_password(password)
    held = {"email": "ana@example.org", "name": "Ana Lima", "role": "moderator"}
    assert last_entry() == ("user.create", f"user:{user.pk}", held)


def test_a_password_that_was_chosen_is_not_repeated() -> None:
    user, password = staff.create_user("ana@example.org", "Ana", "moderator", PASSWORD, actor=SYSTEM)
    assert password is None
    assert user.check_password(PASSWORD)
    assert user.password.startswith("argon2")


@pytest.mark.parametrize(
    ("email", "name", "role", "password", "field"),
    [
        ("ana", "Ana", "moderator", PASSWORD, "email"),
        ("ana@example.org", "  ", "moderator", PASSWORD, "name"),
        ("ana@example.org", "A\x00na", "moderator", PASSWORD, "name"),
        ("ana@example.org", "A" * 201, "moderator", PASSWORD, "name"),
        ("ana@example.org", "Ana", "king", PASSWORD, "role"),
        ("ana@example.org", "Ana", "moderator", "short", "password"),
        ("ana@example.org", "Ana", "moderator", "password1234", "password"),
        ("ana@example.org", "Ana", "moderator", "123456789012", "password"),
        ("anabelle@example.org", "Ana", "moderator", "anabelle@example", "password"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_field(
    email: str, name: str, role: str, password: str, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        staff.create_user(email, name, role, password, actor=SYSTEM)
    assert refused.value.field == field
    assert not Entry.objects.exists()


def test_an_address_is_taken_once_however_it_is_written() -> None:
    staff.create_user("ana@example.org", "Ana", "moderator", actor=SYSTEM)
    with pytest.raises(Conflict) as refused:
        staff.create_user("ANA@example.org", "Other", "lead", actor=SYSTEM)
    assert refused.value.field == "email"
    assert Entry.objects.count() == 1


def test_a_role_is_changed_on_the_record(administrator: User, analyst: User) -> None:
    staff.change_role(analyst, "lead", actor=administrator.actor)
    assert User.objects.get(pk=analyst.pk).role == analyst.role == "lead"
    assert last_entry() == ("user.role", f"user:{analyst.pk}", {"from": "analyst", "to": "lead"})
    staff.change_role(analyst, "lead", actor=administrator.actor)
    assert Entry.objects.count() == 1
    with pytest.raises(Invalid):
        staff.change_role(analyst, "king", actor=administrator.actor)


def test_access_is_ended_and_given_again_on_the_record(administrator: User, moderator: User) -> None:
    staff.deactivate_user(moderator, actor=administrator.actor)
    staff.deactivate_user(moderator, actor=administrator.actor)
    assert not User.objects.get(pk=moderator.pk).is_active
    staff.reactivate_user(moderator, actor=administrator.actor)
    staff.reactivate_user(moderator, actor=administrator.actor)
    assert User.objects.get(pk=moderator.pk).is_active
    assert list(Entry.objects.values_list("action", flat=True)) == ["user.deactivate", "user.reactivate"]


def test_the_last_administrator_stays(administrator: User, moderator: User) -> None:
    with pytest.raises(Conflict, match="last administrator"):
        staff.deactivate_user(administrator, actor=administrator.actor)
    with pytest.raises(Conflict, match="last administrator"):
        staff.change_role(administrator, "lead", actor=administrator.actor)
    staff.change_role(moderator, "administrator", actor=administrator.actor)
    staff.deactivate_user(administrator, actor=moderator.actor)
    with pytest.raises(Conflict, match="last administrator"):
        staff.deactivate_user(moderator, actor=moderator.actor)


@pytest.mark.django_db(transaction=True)
def test_administrators_who_remove_each_other_at_once_leave_one() -> None:
    people = [
        User.objects.create(email=f"{number}@example.org", name=str(number), role=Role.ADMINISTRATOR)
        for number in range(4)
    ]
    together = threading.Barrier(4)

    def remove(number: int) -> bool:
        other = people[(number + 1) % 4]
        try:
            together.wait(10)
            if number % 2:
                staff.change_role(other, "lead", actor=people[number].actor)
            else:
                staff.deactivate_user(other, actor=people[number].actor)
        except Problem:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(remove, range(4)))
    assert sum(done) == 3
    assert User.objects.filter(role=Role.ADMINISTRATOR, is_active=True).count() == 1


def test_a_password_is_changed_and_drawn_on_the_record_without_it(moderator: User) -> None:
    staff.set_password(moderator, "nine slow herons", actor=moderator.actor)
    assert User.objects.get(pk=moderator.pk).check_password("nine slow herons")
    drawn = staff.reset_password(moderator, actor=SYSTEM)
    assert User.objects.get(pk=moderator.pk).check_password(drawn)
    assert last_entry() == ("user.password", f"user:{moderator.pk}", {})
    with pytest.raises(Invalid):
        staff.set_password(moderator, "moderator", actor=moderator.actor)


def test_a_language_is_one_that_there_is(moderator: User) -> None:
    staff.set_language(moderator, "ar", actor=moderator.actor)
    assert User.objects.get(pk=moderator.pk).language == "ar"
    staff.set_language(moderator, "", actor=moderator.actor)
    with pytest.raises(Invalid) as refused:
        staff.set_language(moderator, "tlh", actor=moderator.actor)
    assert refused.value.field == "language"


def test_people_are_found_by_their_address(moderator: User) -> None:
    assert queries.user(" Moderator@example.org ") == moderator
    with pytest.raises(NotFound):
        queries.user("nobody@example.org")
