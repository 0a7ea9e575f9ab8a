"""Starts `manage.py runserver` again and again, each time as a process with settings of its own. Importing Django takes
longer than all that it does then, so it is imported once, and the processes are forked.

Each line of standard input is JSON: {"start": [arguments], "settings": {…}, "output": FILE}, which is answered with the
process id, or {"stop": PID}, which is answered when the process has ended. All of them end with standard input."""

import importlib
import json
import os
import signal
import sys
import traceback

import django
from django.core.management import execute_from_command_line

IMPORTED_ONCE = [
    "django.contrib.sessions.backends.cache",
    "django.contrib.sessions.middleware",
    "django.core.handlers.wsgi",
    "django.core.management.commands.runserver",
    "django.core.servers.basehttp",
    "django.middleware.clickjacking",
    "django.middleware.common",
    "django.middleware.csrf",
    "django.middleware.security",
    "django.template.backends.django",
    "django.template.defaultfilters",
    "django.template.defaulttags",
    "django.urls",
    "django.views.csrf",
    "django.views.debug",
    "django.views.defaults",
]


def run(order):
    output = os.open(order["output"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.stdout.reconfigure(line_buffering=True)
    os.environ.update(order["settings"])
    os.environ["DJANGO_SETTINGS_MODULE"] = "mysite.settings"
    # what the autoreloader starts is a process of its own
    os.environ["PYTHONUNBUFFERED"] = "1"
    sys.argv = ["manage.py", *order["start"]]
    status = 1
    try:
        execute_from_command_line(sys.argv)
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except Exception:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def end(process):
    os.kill(process, signal.SIGTERM)
    os.waitpid(process, 0)


for name in IMPORTED_ONCE:
    importlib.import_module(name)
print(django.get_version(), flush=True)
running = set()
for line in sys.stdin:
    order = json.loads(line)
    if "stop" in order:
        end(order["stop"])
        running.discard(order["stop"])
        print(order["stop"], flush=True)
        continue
    process = os.fork()
    if process == 0:
        run(order)
    running.add(process)
    print(process, flush=True)
for process in running:
    end(process)
