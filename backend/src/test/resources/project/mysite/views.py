"""The views that the app in Java has, too."""

import time

from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template import engines
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

FORM = """<!doctype html>
<title>Polls</title>
<h1>Which proxy is in front?</h1>
{% if message %}<p>{{ message }}</p>{% endif %}
<form action="{% url 'polls' %}" method="post">
{% csrf_token %}
<input type="radio" name="choice" value="nginx"> <input type="radio" name="choice" value="caddy">
<button>Vote</button>
</form>
"""

votes = {"caddy": 0, "nginx": 0}


def polls(request):
    message = None
    if request.method == "POST":
        choice = request.POST.get("choice")
        if choice in votes:
            votes[choice] += 1
            return HttpResponseRedirect(reverse("results"))
        message = "You didn’t select a choice."
    template = engines["django"].from_string(FORM)
    return HttpResponse(template.render({"message": message}, request))


def results(request):
    return JsonResponse(votes)


def session(request):
    if "flush" in request.GET:
        request.session.flush()
        return JsonResponse({"flushed": True})
    count = request.session.get("visits", 0)
    if "peek" not in request.GET:
        count += 1
        request.session["visits"] = count
    if "expiry" in request.GET:
        request.session.set_expiry(int(request.GET["expiry"]))
    return JsonResponse({"visits": count})


@require_safe
def absolute(request):
    return JsonResponse(
        {
            "build_absolute_uri()": request.build_absolute_uri(),
            "build_absolute_uri('/polls/')": request.build_absolute_uri("/polls/"),
            "reverse('polls')": reverse("polls"),
            "get_host()": request.get_host(),
            "get_port()": request.get_port(),
            "scheme": request.scheme,
            "get_full_path()": request.get_full_path(),
            "path": request.path,
            "path_info": request.path_info,
            "script_name": request.META["SCRIPT_NAME"],
        }
    )


@require_safe
def secure(request):
    return JsonResponse({"is_secure()": request.is_secure(), "scheme": request.scheme})


def kept_in(file):
    return "memory" if isinstance(file, InMemoryUploadedFile) else "a file"


@csrf_exempt
def form(request):
    query = request.META["QUERY_STRING"]
    request.GET  # refuses too many of them
    return JsonResponse(
        {
            "GET": query.count("&") + 1 if query else 0,
            "POST": request.POST.dict(),
            "FILES": [
                {"name": file.name, "size": file.size, "kept in": kept_in(file)}
                for files in dict(request.FILES.lists()).values()
                for file in files
            ],
        }
    )


@require_safe
def delay(request, seconds):
    time.sleep(float(seconds))
    return HttpResponse(f"waited {float(seconds)} s\n", content_type="text/plain")


def fail(request):
    raise ValueError("something that nobody has expected: <b>&</b>")


def deny(request):
    raise PermissionDenied("not for you")


def miss(request):
    raise Http404("No such poll")


def suspect(request):
    raise SuspiciousOperation("somebody has tampered with this")


def refuse(request):
    raise BadRequest("this cannot be read")
