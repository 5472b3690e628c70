from django.urls import path

from portal.recovery import codes_views, views

app_name = "recovery"

urlpatterns = [
    path("", views.start, name="start"),
    path("code/", views.code, name="code"),
    path("go-on/", views.go_on, name="go_on"),
    path("helpdesk/", views.pair, name="pair"),
    path("ask/", views.ask, name="ask"),
    path("next/", views.next_step, name="next"),
    path("finish/", views.finish, name="finish"),
    path("codes/", codes_views.codes, name="codes"),
    path("codes/make/", codes_views.make, name="make_codes"),
    path("codes/download/", codes_views.download, name="download_codes"),
    path("codes/kept/", codes_views.kept, name="codes_kept"),
]
