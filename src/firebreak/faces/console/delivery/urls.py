from __future__ import annotations

from django.urls import path

from firebreak.faces.console.delivery import views

urlpatterns = [
    path("deliveries/", views.deliveries, name="deliveries"),
    path("deliveries/<uuid:key>/", views.delivery, name="delivery"),
    path("deliveries/<uuid:key>/again/", views.replay, name="replay"),
    path("deliveries/endpoints/new/", views.new_endpoint, name="new_endpoint"),
    path("deliveries/endpoints/<uuid:key>/", views.endpoint, name="endpoint"),
    path("deliveries/endpoints/<uuid:key>/switch/", views.switch_endpoint, name="switch_endpoint"),
    path("deliveries/endpoints/<uuid:key>/delete/", views.delete_endpoint, name="delete_endpoint"),
    path("deliveries/endpoints/<uuid:key>/key/", views.rotate_key, name="rotate_key"),
    path("deliveries/endpoints/<uuid:key>/test/", views.test_endpoint, name="test_endpoint"),
    path("deliveries/endpoints/<uuid:key>/again/", views.replay_dead, name="replay_dead"),
]
