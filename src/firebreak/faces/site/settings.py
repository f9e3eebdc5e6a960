"""Django's settings. What an operator can set stands in `records/common/settings.py`, nothing is read here."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from firebreak.faces.site.database import django_database
from firebreak.records.common.settings import settings as firebreak_settings

_SET = firebreak_settings()

SECRET_KEY = _SET.secret_key or "replaced-at-start-by-a-key-of-the-data-folder"
DEBUG = False
ALLOWED_HOSTS = list(_SET.allowed_hosts)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "procrastinate.contrib.django",
    "ninja",
    "firebreak.records.content",
    "firebreak.records.policies",
    "firebreak.records.staff",
    "firebreak.records.ledger",
    "firebreak.records.banks",
    "firebreak.records.delivery",
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

MIDDLEWARE: list[str] = ["firebreak.faces.api.middleware.ApiMiddleware"]

ROOT_URLCONF = "firebreak.faces.site.urls"
WSGI_APPLICATION = "firebreak.faces.site.wsgi.application"

DATABASES = {"default": django_database(_SET.database_url or "postgresql:///firebreak")}

USE_TZ = True
TIME_ZONE = _SET.time_zone
USE_I18N = True
LANGUAGE_CODE = _SET.language
LANGUAGES = [("en", _("English")), ("fr", _("French")), ("ar", _("Arabic"))]

STATIC_URL = "/static/"
