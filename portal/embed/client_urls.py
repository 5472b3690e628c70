"""The doors of the pages for administrators."""

from django.urls import path

from portal.embed import client_views as views

app_name = "embed_clients"

urlpatterns = [
    path("", views.index, name="list"),
    path("add/", views.add, name="add"),
    path("<slug:client>/change/", views.change, name="change"),
    path("<slug:client>/key/", views.make_key, name="make_key"),
    path("<slug:client>/end-older/", views.end_older, name="end_older"),
    path("<slug:client>/remove/", views.remove, name="remove"),
]
