from django.urls import path

from portal.embed import check, views

app_name = "embed"

urlpatterns = [
    path("", views.lobby, name="lobby"),
    path("check", check.check, name="check"),
    path("check/cookie", check.check_cookie, name="check_cookie"),
    path("tickets", views.issue_ticket, name="tickets"),
    path("session", views.open_session, name="session"),
    path("probe", views.probe, name="probe"),
    path("appearance", views.appearance, name="appearance"),
    path("theme.css", views.theme_css, name="theme"),
    path("window", views.prepare_window, name="window"),
    path("close", views.close, name="close"),
    path("over/", views.over, name="over"),
]
