"""Settings as `startproject` makes them, without a database. What the environment has under a setting's name is taken
from there: lists have commas, as in the app that is compared with this project."""

import os
import re

LISTS = ["ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "SECURE_REDIRECT_EXEMPT"]
BOOLEANS = [
    "APPEND_SLASH",
    "CSRF_COOKIE_HTTPONLY",
    "CSRF_COOKIE_SECURE",
    "CSRF_USE_SESSIONS",
    "DEBUG",
    "PREPEND_WWW",
    "SECURE_CONTENT_TYPE_NOSNIFF",
    "SECURE_HSTS_INCLUDE_SUBDOMAINS",
    "SECURE_HSTS_PRELOAD",
    "SECURE_SSL_REDIRECT",
    "SESSION_COOKIE_HTTPONLY",
    "SESSION_COOKIE_SECURE",
    "SESSION_EXPIRE_AT_BROWSER_CLOSE",
    "SESSION_SAVE_EVERY_REQUEST",
    "USE_X_FORWARDED_HOST",
    "USE_X_FORWARDED_PORT",
]
NUMBERS = [
    "CSRF_COOKIE_AGE",
    "DATA_UPLOAD_MAX_MEMORY_SIZE",
    "DATA_UPLOAD_MAX_NUMBER_FIELDS",
    "DATA_UPLOAD_MAX_NUMBER_FILES",
    "FILE_UPLOAD_MAX_MEMORY_SIZE",
    "SECURE_HSTS_SECONDS",
    "SESSION_COOKIE_AGE",
]
TEXTS = [
    "CSRF_COOKIE_DOMAIN",
    "CSRF_COOKIE_NAME",
    "CSRF_COOKIE_PATH",
    "CSRF_HEADER_NAME",
    "FORCE_SCRIPT_NAME",
    "SECURE_CROSS_ORIGIN_OPENER_POLICY",
    "SECURE_REFERRER_POLICY",
    "SECURE_SSL_HOST",
    "SESSION_COOKIE_DOMAIN",
    "SESSION_COOKIE_NAME",
    "SESSION_COOKIE_PATH",
    "X_FRAME_OPTIONS",
]
SAME_SITES = ["CSRF_COOKIE_SAMESITE", "SESSION_COOKIE_SAMESITE"]


def items(text):
    return [item.strip() for item in text.split(",") if item.strip()]


def from_environment(names, read):
    for name in names:
        if name in os.environ:
            globals()[name] = read(os.environ[name])


SECRET_KEY = "known to everybody"
DEBUG = True
ALLOWED_HOSTS = []
ROOT_URLCONF = "mysite.urls"
WSGI_APPLICATION = "mysite.wsgi.application"
INSTALLED_APPS = []
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates"}]
SESSION_ENGINE = "django.contrib.sessions.backends.cache"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True

from_environment(LISTS, items)
from_environment(BOOLEANS, lambda text: text.lower() in ("true", "1"))
from_environment(NUMBERS, lambda text: None if text.lower() in ("", "none") else int(text))
from_environment(TEXTS, lambda text: text or None)
from_environment(SAME_SITES, lambda text: False if text.lower() == "false" else text)
from_environment(["DISALLOWED_USER_AGENTS"], lambda text: [re.compile(each) for each in items(text)])
if os.environ.get("SECURE_PROXY_SSL_HEADER"):
    name, *rest = items(os.environ["SECURE_PROXY_SSL_HEADER"])
    wsgi_name = name if name.startswith("HTTP_") else "HTTP_" + name.upper().replace("-", "_")
    SECURE_PROXY_SSL_HEADER = (wsgi_name, *rest)
