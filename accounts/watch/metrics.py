"""What Prometheus may count. Every label has few values, known beforehand; none is a person.

With several worker processes set PROMETHEUS_MULTIPROC_DIR, and whichever process answers tells of
all (docs/operations.md). What lies in the database is looked up when somebody asks.
"""

from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from accounts.cognito.calls import NOT_SENT, Call

NAMESPACE = "mfa_portal"
OWN = CollectorRegistry()
# From a page that calls nobody to one that waits for Cognito as long as it may.
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 8, 10)

REQUESTS = Counter(
    "requests",
    "Requests answered, by the name of the route",
    ("route", "method", "status"),
    namespace=NAMESPACE,
    registry=OWN,
)
REQUEST_SECONDS = Histogram(
    "request_seconds",
    "How long an answer took",
    ("route",),
    namespace=NAMESPACE,
    registry=OWN,
    buckets=SECONDS,
)
CALLS = Counter(
    "cognito_calls",
    "Calls to Cognito, by how they ended: ok, its error code, unreachable, not_sent, other",
    ("operation", "outcome"),
    namespace=NAMESPACE,
    registry=OWN,
)
CALL_SECONDS = Histogram(
    "cognito_call_seconds",
    "How long Cognito took, repetitions included",
    ("operation",),
    namespace=NAMESPACE,
    registry=OWN,
    buckets=SECONDS,
)
THROTTLES = Counter(
    "cognito_throttles",
    "Answers of Cognito that said: too many; repeated calls count each time",
    ("operation",),
    namespace=NAMESPACE,
    registry=OWN,
)
BREAKER_OPEN = Gauge(
    "breaker_open_processes",
    "Processes that leave a service alone just now, because it does not answer them",
    ("service",),
    namespace=NAMESPACE,
    registry=OWN,
    multiprocess_mode="livesum",
)
BREAKER_OPENED = Counter(
    "breaker_opened",
    "How often a process stopped calling a service",
    ("service",),
    namespace=NAMESPACE,
    registry=OWN,
)
ENROLMENTS = Counter(
    "enrolments",
    "Setting up a method: opened, intended (a proof was given), done, refused, unknown",
    ("factor", "step"),
    namespace=NAMESPACE,
    registry=OWN,
)
EVENTS = Counter(
    "audit_events",
    "Rows of the audit",
    ("event", "outcome"),
    namespace=NAMESPACE,
    registry=OWN,
)
AUDIT_FAILURES = Counter(
    "audit_write_failures",
    "Rows of the audit that could not be written; the change was not made",
    namespace=NAMESPACE,
    registry=OWN,
)
SENDS = Counter(
    "code_sends",
    "Codes by text message or e-mail: sent or failed by Cognito, or limited by us",
    ("channel", "outcome"),
    namespace=NAMESPACE,
    registry=OWN,
)
LIMITS_REACHED = Counter(
    "limits_reached",
    "Tries refused by a limit of ours (docs/limits.md)",
    ("limit",),
    namespace=NAMESPACE,
    registry=OWN,
)
LOCK_SECONDS = Histogram(
    "lock_wait_seconds",
    "How long a lock was waited for",
    ("kind",),
    namespace=NAMESPACE,
    registry=OWN,
    buckets=SECONDS,
)
LOCKS_BUSY = Counter(
    "locks_busy",
    "Locks that were not had in time",
    ("kind",),
    namespace=NAMESPACE,
    registry=OWN,
)


# The page that begins, and the change that ends, the setting-up of each method.
OPENED = {
    "enrolment:totp": "totp",
    "enrolment:sms": "sms",
    "enrolment:email": "email",
    "enrolment:passkey_add": "passkey",
}
ENROLLED = {
    "totp_enrolled": "totp",
    "sms_enrolled": "sms",
    "email_enrolled": "email",
    "passkey_added": "passkey",
}
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
UNDELIVERED = frozenset(
    {
        "CodeDeliveryFailureException",
        "InvalidSmsRoleAccessPolicyException",
        "InvalidSmsRoleTrustRelationshipException",
        "InvalidEmailRoleAccessPolicyException",
    }
)


# Looked up once: Prometheus takes a lock for each look.
_requests, _request_seconds = cache(REQUESTS.labels), cache(REQUEST_SECONDS.labels)
_calls, _call_seconds = cache(CALLS.labels), cache(CALL_SECONDS.labels)


def count_request(route: str, method: str, status: int, seconds: float) -> None:
    """route: the name of its address, never the address: that may name somebody."""
    _requests(route, method if method in METHODS else "other", str(status)).inc()
    _request_seconds(route).observe(seconds)
    if method == "GET" and status == 200 and route in OPENED:
        ENROLMENTS.labels(OPENED[route], "opened").inc()


def count_event(event: str, outcome: str) -> None:
    """A row of the audit was written."""
    EVENTS.labels(event, outcome).inc()
    if event in ENROLLED:
        ENROLMENTS.labels(ENROLLED[event], outcome).inc()


def count_limit(name: str) -> None:
    """A limit of ours refused a try."""
    LIMITS_REACHED.labels(name).inc()
    if name.startswith("send-"):
        SENDS.labels("any", "limited").inc()


def count_call(call: Call) -> None:
    """One call of the gateway, over."""
    if call.sent:
        SENDS.labels(call.sent, "sent").inc()
    elif call.outcome in UNDELIVERED:
        SENDS.labels("any", "failed").inc()
    _calls(call.operation, call.outcome).inc()
    if call.outcome == NOT_SENT:
        return
    _call_seconds(call.operation).observe(call.seconds)
    if call.throttles:
        THROTTLES.labels(call.operation).inc(call.throttles)


def show_breaker(service: str) -> None:
    """Closed, and never opened: told from the start, so that the first time is seen, too."""
    BREAKER_OPEN.labels(service)
    BREAKER_OPENED.labels(service)


def count_breaker(service: str, is_open: bool) -> None:
    """service: cognito, keys (its published keys) or managed-login (the pool's domain)."""
    BREAKER_OPEN.labels(service).set(int(is_open))
    if is_open:
        BREAKER_OPENED.labels(service).inc()
