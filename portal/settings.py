"""Every setting of the portal, read from the environment.

What has no safe default stops the start by name. `.env.example` documents each variable;
a `.env` file beside `manage.py` is read when it exists, or the one that PORTAL_ENV_FILE names.
Durations carry their unit.
"""

import os
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

PACKAGE = Path(__file__).resolve().parent
# A wheel carries templates and files inside the package, a checkout beside it; nothing is ever
# written among installed packages.
INSTALLED = (PACKAGE / "templates").is_dir()
FILES_DIR = PACKAGE if INSTALLED else PACKAGE.parent
BASE_DIR = Path.cwd() if INSTALLED else PACKAGE.parent

env = environ.Env()  # type: ignore[no-untyped-call]
environ.Env.read_env(os.environ.get("PORTAL_ENV_FILE", BASE_DIR / ".env"))


NO_DEFAULT = (
    *("PORTAL_SECRET_KEY", "PORTAL_TOKEN_KEYS", "PORTAL_URL"),
    *("COGNITO_USER_POOL_ID", "COGNITO_CLIENT_ID", "EMAIL_URL"),
)


def required(name: str) -> str:
    """Return a variable that has no safe default; its absence stops the start, and names all."""
    values = {each: env.str(each, default="").strip() for each in NO_DEFAULT}
    if missing := [each for each, value in values.items() if not value]:
        raise ImproperlyConfigured(
            f"Set {', '.join(missing)}: .env.example says what each means, "
            "and so does `mfa-portal settings`."
        )
    return values[name]


def at_most(name: str, limit: int, default: int | None = None) -> int:
    """Return a number that may be set lower, never higher than the limit (SES-03).

    default: the limit itself, where nothing else is said.
    """
    number = env.int(name, default=limit if default is None else default)
    if not 0 < number <= limit:
        raise ImproperlyConfigured(f"{name} must be between 1 and {limit}.")
    return number


def own_address(url: str) -> tuple[str, bool]:
    """Return the host of PORTAL_URL and whether it is https; plain http only on this machine."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path not in {"", "/"}:
        raise ImproperlyConfigured("PORTAL_URL must look like https://mfa.example.com, no path.")
    secure = parts.scheme == "https"
    if not secure and parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
        raise ImproperlyConfigured("PORTAL_URL must begin with https:// except on localhost.")
    return parts.hostname, secure


def exact_origin(url: str) -> str:
    """Return an origin that is written exactly so: https, a name, at most a port (WEB-09)."""
    parts = urlsplit(url.strip())
    local = parts.hostname in {"localhost", "127.0.0.1"}
    is_exact = f"{parts.scheme}://{parts.netloc}" == url.strip() and "@" not in parts.netloc
    if not is_exact or "*" in url or (parts.scheme != "https" and not (local and not HTTPS)):
        raise ImproperlyConfigured(f"{url}: an origin looks like https://app.example.com.")
    return url.strip()


def some_hours(name: str, hours: str) -> timedelta:
    """Return a time that is written in hours."""
    try:
        time = timedelta(hours=float(hours))
    except (ValueError, OverflowError):  # no number; more than there is time
        time = timedelta(-1)
    if time < timedelta():
        raise ImproperlyConfigured(f"{name}: {hours!r} is no number of hours, such as 24 or 0.5.")
    return time


def is_safe_address(url: str) -> bool:
    """Whether nobody between can read or change what is sent there."""
    parts = urlsplit(url)
    here = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and here))


def webhook_address(url: str) -> str:
    """Return where messages go: https, whole, nothing behind its path; http on a laptop only."""
    parts = urlsplit(url)
    local = parts.scheme == "http" and is_safe_address(url) and not HTTPS
    plain = not (parts.query or parts.fragment or "@" in parts.netloc or "\\" in url)
    if not parts.hostname or not plain or not (local or parts.scheme == "https"):
        raise ImproperlyConfigured(
            f"PORTAL_WEBHOOKS: {parts.hostname} must look like https://tickets.example.com/mfa."
        )
    return url


def outside_address(url: str) -> str:
    """Return an address of another application: https, whole, and with nothing behind its path."""
    parts = urlsplit(url)
    local = parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1", "::1"}
    plain = not (parts.query or parts.fragment or parts.username) and "\\" not in url
    if not parts.hostname or not plain or not (local or parts.scheme == "https"):
        raise ImproperlyConfigured(
            f"PORTAL_RETURN_TARGETS: {url} must look like https://app.example.com/back."
        )
    return url


# --- who we are -------------------------------------------------------------------------------

SECRET_KEY = required("PORTAL_SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("PORTAL_SECRET_KEY_FALLBACKS", default=[])
# Fernet keys, newest first: the first seals, all open.
TOKEN_KEYS = [key.strip() for key in required("PORTAL_TOKEN_KEYS").split(",")]

PORTAL_URL = required("PORTAL_URL").rstrip("/")
PORTAL_HOST, HTTPS = own_address(PORTAL_URL)
PORTAL_NAME = env.str("PORTAL_NAME", default="Sign-in settings")
SUPPORT_URL = env.str("PORTAL_SUPPORT_URL", default="")
# Checked at start (accounts.checks): can be read on our grounds, light and dark.
BRAND_COLOUR = env.str("PORTAL_BRAND_COLOUR", default="")
BRAND_COLOUR_DARK = env.str("PORTAL_BRAND_COLOUR_DARK", default="")
LOGO = env.str("PORTAL_LOGO", default="")
# /styleguide/: every component, and every page in every state with sample values.
STYLEGUIDE = env.bool("PORTAL_STYLEGUIDE", default=False)
TOTP_ISSUER = env.str("PORTAL_TOTP_ISSUER", default=PORTAL_NAME)
DEFAULT_COUNTRY = env.str("PORTAL_DEFAULT_COUNTRY", default="US")

DEBUG = False
ALLOWED_HOSTS = [PORTAL_HOST]
CSRF_TRUSTED_ORIGINS = [PORTAL_URL]

# --- the pool ---------------------------------------------------------------------------------


def aws_issuer(region: str, pool_id: str) -> str:
    return f"https://cognito-idp.{region}.amazonaws.com/{pool_id}"


COGNITO_USER_POOL_ID = required("COGNITO_USER_POOL_ID")
COGNITO_REGION = env.str("COGNITO_REGION", default=COGNITO_USER_POOL_ID.partition("_")[0])
COGNITO_CLIENT_ID = required("COGNITO_CLIENT_ID")
COGNITO_CLIENT_SECRET = env.str("COGNITO_CLIENT_SECRET", default="")
COGNITO_ISSUER = env.str(
    "COGNITO_ISSUER", default=aws_issuer(COGNITO_REGION, COGNITO_USER_POOL_ID)
).rstrip("/")
COGNITO_SIGN_IN_FLOW = env.str("COGNITO_SIGN_IN_FLOW", default="USER_SRP_AUTH")
if COGNITO_SIGN_IN_FLOW not in {"USER_SRP_AUTH", "USER_PASSWORD_AUTH", "USER_AUTH"}:
    raise ImproperlyConfigured(
        "COGNITO_SIGN_IN_FLOW: USER_SRP_AUTH, USER_PASSWORD_AUTH or USER_AUTH."
    )

# The ways in that have been built, and those that are open; with one, nobody is asked which.
KNOWN_DOORS = {"password": "accounts.doors.password", "managed": "accounts.doors.hosted"}
DOORS = [name.strip() for name in env.list("PORTAL_DOORS", default=["password"])]
if not DOORS or not set(DOORS) <= set(KNOWN_DOORS):
    raise ImproperlyConfigured(f"PORTAL_DOORS: one or more of {', '.join(KNOWN_DOORS)}.")
COGNITO_DOMAIN = env.str("COGNITO_DOMAIN", default="").rstrip("/")
if "managed" in DOORS and not COGNITO_DOMAIN:
    raise ImproperlyConfigured("PORTAL_DOORS has managed: set COGNITO_DOMAIN, see .env.example.")

# Who acts on people: profiles of the AWS config, each with one kind of right (deploy/iam). Without
# one the portal's own identity does (docs/cognito-setup.md).
COGNITO_READ_PROFILE = env.str("COGNITO_READ_PROFILE", default="")
COGNITO_RECOVER_PROFILE = env.str("COGNITO_RECOVER_PROFILE", default="")
COGNITO_SENIOR_PROFILE = env.str("COGNITO_SENIOR_PROFILE", default="")

# Switches of the operator, on top of what the pool offers (FAC-06, FAC-07).
OFFER_SMS = env.bool("PORTAL_OFFER_SMS", default=True)
OFFER_EMAIL = env.bool("PORTAL_OFFER_EMAIL", default=True)

# What people may do before they are signed in, where the pool allows it, too.
FORGOTTEN_PASSWORD = env.bool("PORTAL_FORGOTTEN_PASSWORD", default=True)
CONFIRM_ACCOUNTS = env.bool("PORTAL_CONFIRM_ACCOUNTS", default=True)

# Helpdesk pages, and which group of the pool has which role there (docs/helpdesk.md).
HELPDESK = env.bool("PORTAL_HELPDESK", default=False)
ROLE_GROUPS = env.dict("PORTAL_ROLE_GROUPS", default={})
# People whose accounts need more care: groups of the pool. Operators count as such.
PRIVILEGED_GROUPS = env.list("PORTAL_PRIVILEGED_GROUPS", default=[])
# An operator's group, and the groups of the people they may touch: emea-desk=emea|partners
# A group that is not named here reaches everybody.
HELPDESK_SCOPES = {
    group: frozenset(people.split("|"))
    for group, people in env.dict("PORTAL_HELPDESK_SCOPES", default={}).items()
}
# How long a caller who proved to be the person counts as such; how long an approval may be asked
# for and then used; and acts that wait after it: correct_contact=24 (hours).
CHECK_COUNTS_FOR = timedelta(minutes=at_most("PORTAL_CALLER_CHECK_MINUTES", 15))
APPROVAL_LASTS = timedelta(hours=at_most("PORTAL_APPROVAL_HOURS", 4))
# A number or an address that was changed less long ago proves no caller.
CHANNEL_SETTLES_IN = timedelta(hours=env.int("PORTAL_CHANNEL_SETTLES_HOURS", default=24))
HELPDESK_HOLDS = {
    act: some_hours("PORTAL_HELPDESK_HOLDS", hours)
    for act, hours in env.dict("PORTAL_HELPDESK_HOLDS", default={}).items()
}
# Groups of the pool whose members may vouch for a caller; none: nobody may.
VOUCHER_GROUPS = env.list("PORTAL_VOUCHER_GROUPS", default=[])
# Who gets mail when an alarm rings, besides the log.
ALARM_ADDRESSES = env.list("PORTAL_ALARM_ADDRESSES", default=[])
TICKET_PATTERN = env.str("PORTAL_TICKET_PATTERN", default=r"[A-Za-z]{1,10}-?[0-9]{1,12}")

# Changes for many people take this share of what Cognito allows a second, all machines together
# (contract 12); the rest stays for people's own doings.
BULK_SHARE = env.float("PORTAL_BULK_SHARE", default=0.5)
if not 0 < BULK_SHARE <= 1:
    raise ImproperlyConfigured("PORTAL_BULK_SHARE must be above 0 and at most 1.")
COGNITO_WRITE_RPS = env.float("PORTAL_COGNITO_WRITE_RPS", default=25.0)
if COGNITO_WRITE_RPS <= 0:
    raise ImproperlyConfigured("PORTAL_COGNITO_WRITE_RPS must be above 0.")
# A worker that was silent for so long counts as dead, and another one goes on.
# Longer than a call may last, so that nobody is called dead who still acts.
BULK_LEASE = timedelta(seconds=env.int("PORTAL_BULK_LEASE_SECONDS", default=60))
if timedelta(seconds=15) > BULK_LEASE:
    raise ImproperlyConfigured("PORTAL_BULK_LEASE_SECONDS must be 15 or more.")
# A job that began so long ago and never ended is done by another worker. Longer than any job lasts.
JOB_LEASE = timedelta(seconds=env.int("PORTAL_JOB_LEASE_SECONDS", default=120))
if timedelta(seconds=60) > JOB_LEASE:
    raise ImproperlyConfigured("PORTAL_JOB_LEASE_SECONDS must be 60 or more.")
# The JSON room, for other apps of the pool: clients whose access tokens it takes, what a token
# that is bound to a resource must name, and origins whose pages may call it (WEB-09).
API_CLIENTS = frozenset(name.strip() for name in env.list("PORTAL_API_CLIENTS", default=[]))
# The same for operators of the helpdesk: a list of its own, and no client is on it by being on the
# other one (docs/helpdesk.md).
HELPDESK_API_CLIENTS = frozenset(
    name.strip() for name in env.list("PORTAL_HELPDESK_API_CLIENTS", default=[])
)
API_AUDIENCE = env.str("PORTAL_API_AUDIENCE", default=PORTAL_URL)
API_ORIGINS = [exact_origin(url) for url in env.list("PORTAL_API_ORIGINS", default=[])]

# Pages in a frame of other applications (docs/embedding.md); each one is an embed client.
EMBED = env.bool("PORTAL_EMBED", default=False)

# The way back in for people who can use none of their methods; it needs rights of the helpdesk
# (docs/recovery.md).
RECOVERY = env.bool("PORTAL_RECOVERY", default=False)

# Where the pool lets a remembered device stand in for a second step.
TRUST_BROWSERS = env.bool("PORTAL_TRUST_BROWSERS", default=True)

COGNITO_CONNECT_TIMEOUT = timedelta(seconds=2)
COGNITO_READ_TIMEOUT = timedelta(seconds=5)
# A call in all, with its repetition where it has one (RES-03).
COGNITO_CALL_TIMEOUT = timedelta(seconds=8)
COGNITO_CONNECTIONS = env.int("COGNITO_CONNECTIONS", default=64)
POOL_FACTS_MAX_AGE = timedelta(minutes=5)

# Where links to one task may lead back to, letter by letter (docs/deep-links.md).
RETURN_TARGETS = frozenset(
    outside_address(url.strip()) for url in env.list("PORTAL_RETURN_TARGETS", default=[])
)

# What other apps of the pool are called in the list of sessions, by the id of their app client.
APP_NAMES = env.dict("PORTAL_APP_NAMES", default={})

# --- how long things last ---------------------------------------------------------------------

REAUTHENTICATION_MAX_AGE = timedelta(minutes=5)
SESSION_IDLE_LIMIT = timedelta(minutes=at_most("PORTAL_SESSION_IDLE_MINUTES", 15))
SESSION_ABSOLUTE_LIMIT = timedelta(hours=at_most("PORTAL_SESSION_HOURS", 12))
# Of an operator at work: shorter than a person's own.
OPERATOR_IDLE_LIMIT = timedelta(minutes=at_most("PORTAL_OPERATOR_IDLE_MINUTES", 10))
OPERATOR_ABSOLUTE_LIMIT = timedelta(hours=at_most("PORTAL_OPERATOR_HOURS", 8))
# In a frame of another application.
EMBED_IDLE_LIMIT = timedelta(minutes=at_most("PORTAL_EMBED_IDLE_MINUTES", 15))
EMBED_ABSOLUTE_LIMIT = timedelta(minutes=at_most("PORTAL_EMBED_MINUTES", 60))
EMBED_TICKET_AGE = timedelta(seconds=60)
EMBED_WINDOW_AGE = timedelta(minutes=10)
# Said in words where a code is asked for: the pool would take it for a day.
ENROLMENT_MAX_AGE = timedelta(minutes=60)
TRUSTED_BROWSER_AGE = timedelta(days=at_most("PORTAL_TRUSTED_BROWSER_DAYS", 30))
# How long somebody without a code waits while everybody is told; 0 takes nobody's word alone.
RECOVERY_HOLD = timedelta(hours=env.int("PORTAL_RECOVERY_HOLD_HOURS", default=24))
if RECOVERY_HOLD.days < 0:
    raise ImproperlyConfigured("PORTAL_RECOVERY_HOLD_HOURS must be 0 or more.")
RECOVERY_PASS_AGE = timedelta(hours=at_most("PORTAL_RECOVERY_PASS_HOURS", 24))
# How long an account may be left with its password alone while a new method is set up.
RECOVERY_SITTING = timedelta(minutes=15)
RESEND_WAIT = timedelta(seconds=30)
# "This was not me" in a notice works this long, and stops all changes of the account this long.
NOT_ME_LINK_AGE = timedelta(hours=at_most("PORTAL_NOT_ME_HOURS", 168, default=72))
FREEZE_LASTS = timedelta(hours=at_most("PORTAL_FREEZE_HOURS", 168, default=24))
# 0 keeps the audit for ever.
AUDIT_KEPT_DAYS = env.int("PORTAL_AUDIT_DAYS", default=730)
# Where `manage.py audit stream` takes the audit: an address, a file, both or neither.
AUDIT_WEBHOOK = env.str("PORTAL_AUDIT_WEBHOOK", default="")
AUDIT_WEBHOOK_KEY = env.str("PORTAL_AUDIT_WEBHOOK_KEY", default="")
AUDIT_FILE = env.str("PORTAL_AUDIT_FILE", default="")
if AUDIT_WEBHOOK:
    if not AUDIT_WEBHOOK_KEY:
        raise ImproperlyConfigured("Set PORTAL_AUDIT_WEBHOOK_KEY: it signs what is sent.")
    if not is_safe_address(AUDIT_WEBHOOK):
        raise ImproperlyConfigured("PORTAL_AUDIT_WEBHOOK must be https, except on localhost.")
# Who is told what happens to an account (docs/webhooks.md): by the name of each receiver its
# address, one or two secrets, and the events it chose.
WEBHOOKS = {
    name: webhook_address(url) for name, url in env.dict("PORTAL_WEBHOOKS", default={}).items()
}
WEBHOOK_SECRETS = {
    name: secrets.split("|")
    for name, secrets in env.dict("PORTAL_WEBHOOK_SECRETS", default={}).items()
}
WEBHOOK_EVENTS = {
    name: events.split("|")
    for name, events in env.dict("PORTAL_WEBHOOK_EVENTS", default={}).items()
}
# Receivers of one's own network; where the portal serves its own machine alone, there is no other.
WEBHOOKS_MAY_BE_PRIVATE = env.bool("PORTAL_WEBHOOKS_MAY_BE_PRIVATE", default=not HTTPS)
# Codes by text message and e-mail, for all people together; half of it raises an alarm (OTP-11).
SENDS_PER_HOUR = env.int("PORTAL_SENDS_PER_HOUR", default=1000)

# A banner names the other ways when codes by text message or e-mail could not be sent to so many
# people, until none has failed for so long. 0 people: never.
TROUBLE_PEOPLE = env.int("PORTAL_TROUBLE_PEOPLE", default=5)
TROUBLE_WINDOW = timedelta(minutes=at_most("PORTAL_TROUBLE_MINUTES", 24 * 60, default=15))

# --- Django -----------------------------------------------------------------------------------

INSTALLED_APPS = [
    "accounts",
    "accounts.api",
    "accounts.webhooks",
    "portal.factors",
    "portal.enrolment",
    "portal.activity",
    "portal.recovery",
    "portal.helpdesk",
    "portal.helpdesk.bulk",
    "portal.v1",
    "portal.embed",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "corsheaders",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.amazon_cognito",
    "django_tasks",
    "django_tasks_db",
]

MIDDLEWARE = [
    # Outermost: whoever sets or deletes a cookie of a frame, it leaves as a frame's cookie.
    "portal.embed.middleware.FrameCookiesMiddleware",
    "accounts.middleware.RequestIdMiddleware",
    "accounts.watch.middleware.WatchMiddleware",
    "accounts.languages.BrowserLanguageMiddleware",
    # Headers first: redirects, files and refusals of those below carry them too (WEB-02).
    "accounts.policies.PolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "accounts.middleware.HeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "portal.files.FilesMiddleware",
    "accounts.middleware.BoundedBodyMiddleware",
    # Answers what a browser asks beforehand for another origin of the list (WEB-09).
    "accounts.policies.ApiCorsMiddleware",
    "accounts.middleware.KeptSessionMiddleware",
    "portal.embed.middleware.FrameMiddleware",
    "accounts.languages.AccountLanguageMiddleware",
    "accounts.middleware.RefusalsMiddleware",
    "django.middleware.common.CommonMiddleware",
    "accounts.middleware.OwnOriginMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.WrongMethodMiddleware",
    "accounts.middleware.CognitoTroubleMiddleware",
]

# Spans of requests and of calls to Cognito; what it needs is an extra, imported only then.
TRACING = env.bool("PORTAL_TRACING", default=False)
if TRACING:
    if find_spec("opentelemetry") is None:
        raise ImproperlyConfigured("PORTAL_TRACING: pip install 'cognito-mfa-portal[tracing]'.")
    # Behind the request's id, which begins each request's lines anew, around everything else.
    MIDDLEWARE.insert(
        MIDDLEWARE.index("accounts.middleware.RequestIdMiddleware") + 1,
        "accounts.watch.tracing.TracingMiddleware",
    )

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
AUTH_USER_MODEL = "accounts.Person"
AUTHENTICATION_BACKENDS = ["accounts.doors.backend.PersonBackend"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [FILES_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "accounts.template_loader.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": [
                "accounts.templatetags.brand",
                "accounts.templatetags.constants",
                "accounts.templatetags.languages",
                "accounts.templatetags.pages",
                "accounts.templatetags.icons",
                "accounts.templatetags.times",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "accounts.context.page",
                "portal.golinks.context.page",
                "portal.embed.context.page",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# How long a database or a cache may be silent before it counts as away.
STORE_TIMEOUT_SECONDS = 5

DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{BASE_DIR}/db.sqlite3")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    if DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
        DATABASES["default"]["ENGINE"] = "accounts.postgresql"
    # A server that is gone without a word is noticed; what DATABASE_URL itself says wins.
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": STORE_TIMEOUT_SECONDS,
        "tcp_user_timeout": STORE_TIMEOUT_SECONDS * 1000,
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        # What a connection is asked again is parsed and planned once: `accounts.prepared`.
        "prepare_threshold": 1,
        **DATABASES["default"].get("OPTIONS", {}),
    }

CACHES = {
    "default": env.cache_url("CACHE_URL", default="dbcache://portal_cache"),
    # Facts of the pool, per process: no round trip for what changes a few times a year.
    "process": {
        "BACKEND": "accounts.process_cache.ProcessCache",
        "LOCATION": "pool-facts",
    },
}
# Sessions and limits live here: never share it with another application or pool.
CACHES["default"]["KEY_PREFIX"] = f"portal:{COGNITO_USER_POOL_ID}"
if CACHES["default"]["BACKEND"] == "django.core.cache.backends.db.DatabaseCache":
    CACHES["default"]["BACKEND"] = "accounts.table_cache.TableCache"
    # Django would otherwise throw away a third of all sessions at the 301st.
    CACHES["default"]["OPTIONS"] = {"MAX_ENTRIES": 1_000_000}
elif CACHES["default"]["BACKEND"] == "django.core.cache.backends.redis.RedisCache":
    CACHES["default"]["BACKEND"] = "accounts.redis_cache.RedisCache"
    # Waits for ever else; asked once, since a page asks several times.
    CACHES["default"]["OPTIONS"] = {
        "socket_connect_timeout": STORE_TIMEOUT_SECONDS,
        "socket_timeout": STORE_TIMEOUT_SECONDS,
        "health_check_interval": 30,
        **CACHES["default"].get("OPTIONS", {}),
    }

# Where RQ tells workers of jobs, which are rows of the database either way; empty: without RQ.
TASKS_URL = env.str("TASKS_URL", default="").strip()
if TASKS_URL and urlsplit(TASKS_URL).scheme not in {"redis", "rediss", "unix"}:
    raise ImproperlyConfigured("TASKS_URL must look like redis://host:6379/1.")
if TASKS_URL and find_spec("rq") is None:
    raise ImproperlyConfigured("TASKS_URL needs RQ: pip install cognito-mfa-portal[rq].")
TASKS_BACKEND = f"accounts.{'rq_backend.RQBackend' if TASKS_URL else 'job_backend.JobBackend'}"
TASKS = {"default": {"BACKEND": TASKS_BACKEND, "QUEUES": ["default"]}}

# --- sessions and cookies ---------------------------------------------------------------------

COOKIE_PREFIX = "__Host-" if HTTPS else ""
SESSION_ENGINE = "accounts.session_store"
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}mfa-session"
SESSION_COOKIE_AGE = int(SESSION_ABSOLUTE_LIMIT.total_seconds())
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# How this browser last began a sign-in by choice; who it was is not kept.
WAY_COOKIE_NAME = f"{COOKIE_PREFIX}mfa-way"
WAY_COOKIE_AGE = timedelta(days=365)
# Who does not want a passkey in this browser for now, as keyed hashes.
OFFER_COOKIE_NAME = f"{COOKIE_PREFIX}mfa-offer"
OFFER_COOKIE_AGE = timedelta(days=365)
BROWSER_COOKIE_NAME = f"{COOKIE_PREFIX}mfa-browser"
RECOVERY_COOKIE_NAME = f"{COOKIE_PREFIX}mfa-recovery"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}mfa-csrf"
# Of a frame, in place of the two above: neither session is ever the other's (EMB-09).
EMBED_COOKIE_NAME = f"{COOKIE_PREFIX}mfa-embed"
EMBED_CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}mfa-embed-csrf"
# Of a window that stands in for a frame: many browsers keep its cookies beside the frame's.
WINDOW_COOKIE_NAME = f"{COOKIE_PREFIX}mfa-window"
WINDOW_CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}mfa-window-csrf"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "accounts.refusals.csrf_failed"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- other origins: the JSON room and nothing else (WEB-09) ------------------------------------

CORS_ALLOWED_ORIGINS = API_ORIGINS
CORS_URLS_REGEX = r"^/api/v1/"
# No cookie ever comes from another origin: only a token that it holds itself.
CORS_ALLOW_CREDENTIALS = False
CORS_ALLOW_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
CORS_ALLOW_HEADERS = ["authorization", "content-type", "idempotency-key", "if-match"]
CORS_EXPOSE_HEADERS = [
    "ETag",
    "Idempotent-Replayed",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "X-Request-Id",
]

# --- headers ----------------------------------------------------------------------------------

SECURE_SSL_REDIRECT = HTTPS
# Balancers and Prometheus ask from within, by plain http (docs/operations.md).
SECURE_REDIRECT_EXEMPT = [r"^health/(live|ready)$", r"^metrics$"]
TRUSTED_PROXIES = env.int("PORTAL_TRUSTED_PROXIES", default=0)
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [NONE],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        # Signing out there follows a form of ours, and browsers count that as its action.
        "form-action": [SELF, *([COGNITO_DOMAIN] if "managed" in DOORS else [])],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 100
# One in a form that has a field for it (accounts.uploads); it never comes to a disk.
DATA_UPLOAD_MAX_NUMBER_FILES = 1
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]

# --- sign-in (django-allauth) -----------------------------------------------------------------

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "factors:overview"
ACCOUNT_ADAPTER = "accounts.doors.adapter.PortalAccountAdapter"
ACCOUNT_FORMS = {"login": "accounts.doors.forms.PasswordForm"}
# The names a person types belong to the pool; allauth's own users, addresses and mails stay unused.
ACCOUNT_USER_MODEL_USERNAME_FIELD = "sub"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGIN_TIMEOUT = int(timedelta(minutes=30).total_seconds())
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
# Every limit is one of accounts.limits, counted there.
ACCOUNT_RATE_LIMITS = False
SOCIALACCOUNT_ADAPTER = "accounts.doors.hosted.PortalSocialAdapter"
SOCIALACCOUNT_PROVIDERS = {"amazon_cognito": {"OAUTH_PKCE_ENABLED": True}}
SOCIALACCOUNT_STORE_TOKENS = False
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES

# --- mail -------------------------------------------------------------------------------------

# Every change is announced: a portal that cannot send mail does not start.
vars().update(env.email_url_config(required("EMAIL_URL")))  # type: ignore[no-untyped-call]
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("PORTAL_FROM_EMAIL", default=f"no-reply@{PORTAL_HOST}")

# Text messages of the portal's own, which Cognito does not send: none unless set.
SMS_BACKEND = env.str("PORTAL_SMS_BACKEND", default="")
SMS_WEBHOOK_URL = env.str("PORTAL_SMS_WEBHOOK_URL", default="")
SMS_WEBHOOK_SECRET = env.str("PORTAL_SMS_WEBHOOK_SECRET", default="")

# --- words, time, files -----------------------------------------------------------------------

ALL_LANGUAGES = (
    *("ar", "cs", "da", "de", "en", "es", "fi", "fr", "he", "hi", "it", "ja", "ko", "nl", "pl"),
    *("pt-br", "ru", "sv", "tr", "uk", "zh-hans"),
)
# The names people see are those of accounts.languages, each in its own language.
LANGUAGES = [(code, code) for code in env.list("PORTAL_LANGUAGES", default=list(ALL_LANGUAGES))]
LANGUAGE_CODE = env.str("PORTAL_LANGUAGE", default="en")
if unknown := {code for code, _ in LANGUAGES} - {*ALL_LANGUAGES}:
    raise ImproperlyConfigured(f"PORTAL_LANGUAGES: there is no {', '.join(sorted(unknown))}.")
if LANGUAGE_CODE not in {code for code, _ in LANGUAGES}:
    raise ImproperlyConfigured("PORTAL_LANGUAGE must be one of PORTAL_LANGUAGES.")
# What operators can have their pages in.
HELPDESK_LANGUAGES = frozenset({"de", "en", "es", "fr", "pt-br"})
LANGUAGE_COOKIE_NAME = "__Host-mfa-language" if HTTPS else "mfa-language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 60 * 60
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
# A folder of catalogues of one's own, whose words come before ours (docs/languages.md).
OWN_WORDS = env.str("PORTAL_WORDS", default="")
LOCALE_PATHS = [
    *([Path(OWN_WORDS)] if OWN_WORDS else []),
    FILES_DIR / "locale" / "people",
    FILES_DIR / "locale" / "helpdesk",
]
USE_TZ = True
TIME_ZONE = env.str("PORTAL_TIME_ZONE", default="UTC")
STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("PORTAL_STATIC_ROOT", default=str(BASE_DIR / "staticfiles")))
# Static pages at /docs/ (portal.documents); it may be made after the start.
DOCS = Path(name) if (name := env.str("PORTAL_DOCS", default="").strip()) else None
STATICFILES_DIRS = [FILES_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "portal.files.BundlesFinder",
]
# No other site needs our files (WEB-09).
WHITENOISE_ALLOW_ALL_ORIGINS = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# Who shows it reads /metrics, and why a process is not ready. Without one nobody does.
WATCH_TOKEN = env.str("PORTAL_WATCH_TOKEN", default="").strip()
if WATCH_TOKEN and len(WATCH_TOKEN) < 24:
    raise ImproperlyConfigured("PORTAL_WATCH_TOKEN must have 24 characters or more.")
# Where several worker processes count together; prometheus_client reads the variable itself.
METRICS_FOLDER = env.str("PROMETHEUS_MULTIPROC_DIR", default="").strip()
if METRICS_FOLDER:
    # A command before the first start of the server needs it, too.
    Path(METRICS_FOLDER).mkdir(parents=True, exist_ok=True)
else:
    # Set but empty, it would mean the folder one happens to be in.
    os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "accounts.logs.json_formatter"}},
    "filters": {"routes": {"()": "accounts.logs.RouteNotPath"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["routes"]}
    },
    "root": {"handlers": ["stderr"], "level": env.str("PORTAL_LOG_LEVEL", default="INFO")},
    "loggers": {
        # botocore prints whole requests at DEBUG, tokens and codes included: never below WARNING.
        "botocore": {"level": "WARNING"},
        "urllib3": {"level": "WARNING"},
        # Every job is told already (accounts.watch.work), with or without RQ.
        "rq.worker": {"level": "WARNING"},
        "django_tasks": {"level": "WARNING"},
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
    },
}
