"""The least that such a page can cost: Django, one GetUser, one template of 15 KB.

`/` makes the call and renders; `/bare` only makes the call. One client for the whole process, built
before the workers are made of it, with as many connections as there are threads.
"""

import os
from pathlib import Path

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

HERE = Path(__file__).parent
settings.configure(
    SECRET_KEY="bench",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "DIRS": [HERE / "templates"],
        }
    ],
)
TOKEN = os.environ["BENCH_TOKEN"]
cognito = boto3.session.Session(region_name="eu-central-1").client(
    "cognito-idp",
    config=Config(
        signature_version=UNSIGNED,
        max_pool_connections=64,
        user_agent="bench",
        parameter_validation=False,
    ),
)


def floor(request: HttpRequest) -> HttpResponse:
    reply = cognito.get_user(AccessToken=TOKEN)
    attributes = {each["Name"]: each["Value"] for each in reply["UserAttributes"]}
    listed = reply.get("UserMFASettingList", [])
    context = {"username": reply["Username"], "attributes": attributes, "listed": listed}
    return render(request, "floor.html", context)


def bare(request: HttpRequest) -> HttpResponse:
    return HttpResponse(cognito.get_user(AccessToken=TOKEN)["Username"])


urlpatterns = [path("", floor), path("bare", bare)]
application = get_wsgi_application()
