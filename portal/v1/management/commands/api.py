"""Print what the documents hold of the JSON room: its OpenAPI document, or its error codes."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from accounts.api import codes
from portal.v1 import openapi


class Command(BaseCommand):
    help = "Print the OpenAPI document (openapi) or the table of error codes (codes)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["openapi", "codes"])

    def handle(self, *args: Any, what: str, **options: Any) -> None:
        self.stdout.write(openapi.as_text() if what == "openapi" else codes.document())
