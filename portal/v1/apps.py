from django.apps import AppConfig


class V1Config(AppConfig):
    name = "portal.v1"
