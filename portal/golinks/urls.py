from django.urls import path

from portal.golinks import views

app_name = "golinks"

urlpatterns = [
    path("back/", views.back, name="back"),
    path("<slug:task>/", views.begin, name="begin"),
]
