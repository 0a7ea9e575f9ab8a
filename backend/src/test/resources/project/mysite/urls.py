"""Where the views are."""

from django.urls import path

from . import views

urlpatterns = [
    path("polls/", views.polls, name="polls"),
    path("polls/results/", views.results, name="results"),
    path("session", views.session),
    path("absolute", views.absolute),
    path("secure", views.secure),
    path("form", views.form),
    path("delay/<seconds>", views.delay),
    path("raise/error", views.fail),
    path("raise/denied", views.deny),
    path("raise/missing", views.miss),
    path("raise/suspicious", views.suspect),
    path("raise/bad", views.refuse),
]
