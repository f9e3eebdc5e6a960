"""Django's settings. What an operator can set stands in `records/common/settings.py`, nothing is read here."""

from __future__ import annotations

from secrets import token_urlsafe
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from firebreak.faces import console
from firebreak.faces.server.embedded import address
from firebreak.faces.server.place import secret_key
from firebreak.faces.site.database import django_database
from firebreak.records.common.settings import settings as firebreak_settings

_SET = firebreak_settings()

SECRET_KEY = _SET.secret_key or secret_key(_SET.data) or token_urlsafe(64)  # the last for commands that start nothing
DEBUG = False
ALLOWED_HOSTS = [*_SET.allowed_hosts, *filter(None, [urlsplit(_SET.url).hostname])]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "procrastinate.contrib.django",
    "ninja",
    "firebreak.desks.intake",
    "firebreak.records.content",
    "firebreak.records.policies",
    "firebreak.records.staff",
    "firebreak.records.ledger",
    "firebreak.records.banks",
    "firebreak.records.delivery",
    "firebreak.faces.console.shell",
]
AUTH_USER_MODEL = "staff.User"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

MIDDLEWARE: list[str] = [
    "firebreak.faces.server.access.AccessMiddleware",
    "firebreak.faces.api.middleware.ApiMiddleware",
    "firebreak.faces.console.shell.scope.headers",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    *console.MIDDLEWARE,
]

ROOT_URLCONF = "firebreak.faces.site.urls"
WSGI_APPLICATION = "firebreak.faces.site.wsgi.application"

DATABASES = {"default": django_database(_SET.database_url or address.url(_SET.data))}

USE_TZ = True
TIME_ZONE = _SET.time_zone
USE_I18N = True
LANGUAGE_CODE = _SET.language
LANGUAGES = [("en", _("English")), ("fr", _("French")), ("ar", _("Arabic"))]

LOCALE_PATHS = [console.LOCALE]
LANGUAGE_COOKIE_HTTPONLY = True

STATIC_URL = "/static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "firebreak.faces.console.shell.assets.StampedStorage"},
}
WHITENOISE_USE_FINDERS = True  # files are served from where they lie: no step to collect them
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 365 * 86400  # their addresses change when they do

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": console.template_folders(),
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "firebreak.faces.console.shell.context.frame",
            ]
        },
    }
]
FILE_UPLOAD_HANDLERS = ["firebreak.faces.console.shell.uploads.SpoolUpload"]  # the API brings its own
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# Kept in the database, so that what counts attempts to sign in counts them for all processes together.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "console_cache"}}
SECURE = _SET.url.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE
SESSION_COOKIE_NAME = "__Host-session" if SECURE else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "csrf"
CSRF_COOKIE_HTTPONLY = True  # the token stands in the page, where our own script finds it
SESSION_COOKIE_AGE = 12 * 3600
CSRF_FAILURE_VIEW = "firebreak.faces.console.shell.views.csrf_failure"
CSRF_TRUSTED_ORIGINS = [_SET.url] if SECURE else []
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
if _SET.trusted_proxies:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ALLAUTH_TRUSTED_PROXY_COUNT = _SET.trusted_proxies
ACCOUNT_ADAPTER = "firebreak.faces.console.auth.adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_FORMS = {
    "login": "firebreak.faces.console.auth.forms.SignIn",
    "reauthenticate": "firebreak.faces.console.auth.forms.PasswordAgain",
}
MFA_ADAPTER = "firebreak.faces.console.auth.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_ALLOW_UNVERIFIED_EMAIL = True  # addresses are given by an administrator; nothing is sent to them
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "firebreak.faces.console.auth.forms.Code",
    "reauthenticate": "firebreak.faces.console.auth.forms.CodeAgain",
    "activate_totp": "firebreak.faces.console.auth.forms.FirstCode",
}
REQUIRE_TOTP = _SET.require_totp
