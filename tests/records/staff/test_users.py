"""People have one role, and a role allows what its list says."""

import pytest

from firebreak.records.staff.models import User
from firebreak.records.staff.permissions import ALLOWED, Permission, Role


@pytest.mark.django_db
def test_a_person_may_what_their_role_may() -> None:
    analyst = User.objects.create(email="ana@example.org", name="Ana", role=Role.ANALYST)
    assert analyst.may(Permission.SCANS_READ)
    assert not analyst.may(Permission.BANKS_WRITE)


def test_who_has_left_may_nothing() -> None:
    gone = User(email="gone@example.org", name="Gone", role=Role.ADMINISTRATOR, is_active=False)
    assert not any(gone.may(p) for p in Permission)


def test_every_role_has_its_list_and_the_list_is_alphabetical() -> None:
    assert set(ALLOWED) == set(Role)
    assert list(Permission) == sorted(Permission)
