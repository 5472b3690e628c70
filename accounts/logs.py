"""JSON logs, one event a line, with the request id on each, and whose request it was as a hash."""

import json
import logging
from contextvars import ContextVar
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest
from structlog.tracebacks import ExceptionDictTransformer

from accounts import keyed, quotes

# What each line of a request tells. structlog keeps a variable of the thread for each word, and
# looks for them among all variables that anybody keeps there, for every line.
_of_request: ContextVar[dict[str, Any]] = ContextVar("portal_log_of_request")


def begin(**words: Any) -> None:
    """Tell these with each further line, and nothing of the request before."""
    _of_request.set(words)


def also(**words: Any) -> None:
    """Tell these, too."""
    _of_request.set({**_of_request.get({}), **words})


def _with_request(_logger: Any, _name: str, event: Any) -> Any:
    """What a line says itself is not replaced."""
    for word, said in _of_request.get({}).items():
        event.setdefault(word, said)
    return event


# Frames without their local variables: those hold tokens, codes and secrets (OTP-10).
_told = ExceptionDictTransformer(show_locals=False)


def _exceptions(exc_info: Any) -> list[dict[str, Any]]:
    """As structlog tells them, but for what those of botocore say."""
    stacks = _told(exc_info)
    quoted = {str(each) for each in quotes.quoting(exc_info[1])}
    for stack in stacks:
        if stack["exc_value"] in quoted:
            stack["exc_value"] = ""
    return stacks


SHARED: list[structlog.typing.Processor] = [
    _with_request,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.ExceptionRenderer(_exceptions),
]


def json_formatter() -> logging.Formatter:
    """Render structlog's and everybody else's records alike."""
    return Lines(
        foreign_pre_chain=SHARED,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _as_json],
    )


class Lines(structlog.stdlib.ProcessorFormatter):
    """structlog's, which copies a line of ours twice before it is written."""

    def format(self, record: logging.LogRecord) -> str:
        if isinstance(record.msg, dict) and hasattr(record, "_logger"):
            return str(_as_json(None, "", record.msg))
        return super().format(record)


# Made once: `json.dumps` makes one for every line.
_encoders: dict[Any, Any] = {}


def _written(event: Any, *, default: Any) -> str:
    if default not in _encoders:
        _encoders[default] = json.JSONEncoder(default=default).encode
    written: str = _encoders[default](event)
    return written


_as_json = structlog.processors.JSONRenderer(_written)


class RouteNotPath(logging.Filter):
    """Django names the path of what it refused: some are links that open something (AUD-03)."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if isinstance(record.args, tuple) and isinstance(request, HttpRequest):
            route = _route_of(request)
            record.args = tuple(route if each == request.path else each for each in record.args)
        return True


def _route_of(request: HttpRequest) -> str:
    match = request.resolver_match
    return f"/{match.route}" if match else "no route"


def configure() -> None:
    # No line tells where in the code, or in which thread, it was said: nobody needs to look.
    # Source: Python, logging, "Optimization".
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None
    # What libraries warn of would be lines of text between those of JSON.
    logging.captureWarnings(True)
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        # structlog's own looks for the line of code that spoke, which no log of ours tells.
        logger_factory=logging.getLogger,
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def about(pool_id: str, sub: str) -> None:
    """Mark all further lines of this request with its person: the same for each of theirs.

    A keyed hash: lines of one person are found together, and nobody is found by them (AUD-03).
    """
    also(person=person_hash(pool_id, sub))


def person_hash(pool_id: str, sub: str) -> str:
    """Sixteen hexadecimal digits; another secret key gives others."""
    whole = f"{pool_id}/{sub}"
    return keyed.under(settings.SECRET_KEY, "accounts.logs", whole)[:16]
