from django.urls import path

from portal.recovery import codes_views

app_name = "recovery"

urlpatterns = [
    path("codes/", codes_views.codes, name="codes"),
    path("codes/make/", codes_views.make, name="make_codes"),
    path("codes/download/", codes_views.download, name="download_codes"),
    path("codes/kept/", codes_views.kept, name="codes_kept"),
]
