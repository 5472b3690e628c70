from django.urls import path

from portal.styleguide import views

app_name = "styleguide"

urlpatterns = [
    path("", views.components, name="components"),
    path("pages/", views.pages, name="pages"),
    path("pages/<slug:room>/<slug:state>/", views.page, name="page"),
]
