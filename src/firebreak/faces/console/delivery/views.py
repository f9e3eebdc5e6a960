"""Where events are sent to, and whether they arrived."""

from __future__ import annotations

import json
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from firebreak.faces.console.delivery.forms import EndpointForm, Filter, KeyForm, NewEndpoint
from firebreak.faces.console.shell.pages import Request, page, tried
from firebreak.faces.console.shell.paging import newest_first
from firebreak.records.delivery import operations, queries
from firebreak.records.staff.permissions import Permission

READ, WRITE = Permission.DELIVERY_READ, Permission.DELIVERY_WRITE


@page(READ)
def deliveries(request: Request) -> HttpResponse:
    form = Filter(request.GET)
    chosen = form.chosen()
    told = {
        "endpoints": queries.endpoint_states(),
        "form": form,
        "filtered": bool(chosen),
        "slice": newest_first(queries.deliveries(**chosen), request, key=UUID),
    }
    return render(request, "console/delivery/list.html", told)


@page(READ)
def delivery(request: Request, key: UUID) -> HttpResponse:
    found = queries.delivery(key)
    told = {
        "delivery": found,
        "attempts": queries.attempts(found),
        "data": json.dumps(found.event.data, indent=2, ensure_ascii=False),
    }
    return render(request, "console/delivery/delivery.html", told)


@require_POST
@page(WRITE)
def replay(request: Request, key: UUID) -> HttpResponse:
    operations.replay(key, actor=request.user.actor)
    messages.success(request, _("It is on its way once more, with the same id."))
    return redirect("delivery", key)


@page(WRITE)
def new_endpoint(request: Request) -> HttpResponse:
    form = NewEndpoint(request.POST or None)
    made = (
        tried(form, lambda data: operations.create_endpoint(**data, actor=request.user.actor)) if request.POST else None
    )
    if made:
        return render(request, "console/delivery/secret.html", {"endpoint": made[0], "made": made[1], "new": True})
    return render(request, "console/delivery/new.html", {"form": form})


@page(READ, writes=WRITE)
def endpoint(request: Request, key: UUID) -> HttpResponse:
    found = queries.endpoint(key)
    initial = {"url": found.url, "description": found.description, "events": found.events}
    form = EndpointForm(request.POST or None, initial=initial)
    changed = tried(form, lambda data: operations.change_endpoint(key, actor=request.user.actor, **data))
    if changed:
        messages.success(request, _("The endpoint is changed."))
        return redirect("endpoint", key)
    state = next(each for each in queries.endpoint_states() if each.endpoint.pk == key)
    told = {
        "endpoint": found,
        "state_": state,
        "form": form,
        "keys": queries.signing_keys(found),
        "key_form": KeyForm(),
    }
    return render(request, "console/delivery/endpoint.html", told)


@require_POST
@page(WRITE)
def switch_endpoint(request: Request, key: UUID) -> HttpResponse:
    if queries.endpoint(key).disabled_at:
        operations.enable_endpoint(key, actor=request.user.actor)
        messages.success(request, _("Events are delivered again, what had waited first."))
    else:
        operations.disable_endpoint(key, actor=request.user.actor, reason=_("by hand"))
        messages.success(request, _("Nothing more is delivered there. What is on its way waits."))
    return redirect("endpoint", key)


@require_POST
@page(WRITE)
def delete_endpoint(request: Request, key: UUID) -> HttpResponse:
    operations.delete_endpoint(key, actor=request.user.actor)
    messages.success(request, _("The endpoint is deleted, and what was on its way to it given up."))
    return redirect("deliveries")


@require_POST
@page(WRITE, fresh=True)
def rotate_key(request: Request, key: UUID) -> HttpResponse:
    form = KeyForm(request.POST)
    if not form.is_valid():
        return redirect("endpoint", key)
    made = operations.rotate_key(key, actor=request.user.actor, kind=form.cleaned_data["kind"])
    return render(request, "console/delivery/secret.html", {"endpoint": queries.endpoint(key), "made": made})


@require_POST
@page(WRITE)
def test_endpoint(request: Request, key: UUID) -> HttpResponse:
    sent = operations.send_test(key, actor=request.user.actor)
    messages.success(request, _("A harmless event is on its way."))
    return redirect("delivery", sent.pk)


@require_POST
@page(WRITE)
def replay_dead(request: Request, key: UUID) -> HttpResponse:
    count = operations.replay_dead(key, actor=request.user.actor)
    said = ngettext("%(n)s delivery is on its way once more.", "%(n)s deliveries are on their way once more.", count)
    messages.success(request, said % {"n": count})
    return redirect("endpoint", key)
