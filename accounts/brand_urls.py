"""The brand's own files."""

from django.urls import path

from accounts import brand_views

app_name = "brand"

urlpatterns = [
    path("<slug:version>.css", brand_views.colours, name="colours"),
    path("logo/<slug:version>", brand_views.logo, name="logo"),
]
