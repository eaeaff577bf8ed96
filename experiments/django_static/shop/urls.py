"""Two pages: the shop window, and whether the service is well."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path

FRUIT = {"apples": 120, "pears": 80, "quinces": 12}


def health(_: HttpRequest) -> JsonResponse:
    """Whether the service answers."""
    return JsonResponse({"status": "ok"})


def window(request: HttpRequest) -> HttpResponse:
    """What there is; its style sheet is found only where static files were collected."""
    return render(request, "window.html", {"fruit": FRUIT})


urlpatterns = [path("health", health), path("", window)]
