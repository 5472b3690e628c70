"""JSON logs, one event a line, with the request id on each."""

import logging

import structlog
from structlog.tracebacks import ExceptionDictTransformer

SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    # Frames without their local variables: those hold tokens, codes and secrets (OTP-10).
    structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
]


def json_formatter() -> logging.Formatter:
    """Render structlog's and everybody else's records alike."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=SHARED,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(),
        ],
    )


def configure() -> None:
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
