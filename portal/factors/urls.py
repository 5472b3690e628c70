from django.urls import path, register_converter

from portal.factors import converters, views

register_converter(converters.FactorConverter, "factor")

app_name = "factors"

urlpatterns = [
    path("", views.overview, name="overview"),
    path("preference/", views.preference, name="preference"),
    path("prefer/<factor:slug>/", views.prefer, name="prefer"),
    path("turn-off/<factor:slug>/", views.turn_off, name="turn_off"),
    path("repair/", views.repair, name="repair"),
    path("reminders/", views.answer_reminder, name="answer_reminder"),
    path("changes/<uuid:receipt>/", views.change, name="change"),
]
