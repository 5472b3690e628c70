from django.urls import path

from portal.activity import not_me_views, views

app_name = "activity"

urlpatterns = [
    path("", views.history, name="history"),
    path("export.csv", views.export, name="export"),
    path("not-me/<uuid:receipt>/", not_me_views.entry, name="not_me"),
    path("not-me/recorded/<str:event>/", not_me_views.recorded, name="not_me_recorded"),
    path("sessions/", views.sessions, name="sessions"),
    path("sessions/end/", views.end_session, name="end_session"),
    path("sessions/end-others/", views.end_others, name="end_others"),
    path("devices/", views.devices, name="devices"),
    path("devices/forget/", views.forget_device, name="forget_device"),
    path("devices/forget-all/", views.forget_all_devices, name="forget_all_devices"),
    path("devices/remember/", views.remember_device, name="remember_device"),
]
