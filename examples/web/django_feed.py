"""A feed in Django. In your project, copy the view and the line in `urlpatterns`.

Run it:  python examples/web/django_feed.py runserver --noreload 5000
Then:    curl -i http://127.0.0.1:5000/feed.rss
"""

from __future__ import annotations

import sys
from datetime import timedelta

from django.conf import settings
from django.core.management import execute_from_command_line
from django.http import HttpRequest, HttpResponse
from django.urls import path

from syndicate import Feed, article_from, feed_response, to_rss

POSTS = [  # from your models
    {"title": "The lamp is lit", "url": "https://harbour.example/lamp/", "date": "2026-11-20T16:45:00Z"},
    {"title": "Dredging starts", "url": "https://harbour.example/dredging/", "date": "2026-11-13T12:00:00Z"},
]
FEED = Feed(title="The Harbour Post", home="https://harbour.example/")


def feed(request: HttpRequest) -> HttpResponse:
    """Send the feed, or 304 if the client has it."""
    articles = [article_from(post) for post in POSTS]
    response = feed_response(
        to_rss(FEED, articles),
        "application/rss+xml",
        method=request.method,
        request_headers=request.headers,
        last_modified=max(each.published for each in articles if each.published),
        max_age=timedelta(minutes=5),
    )
    return HttpResponse(response.body, status=response.status, headers=response.headers)


urlpatterns = [path("feed.rss", feed)]

if __name__ == "__main__":
    settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["127.0.0.1"])
    execute_from_command_line(sys.argv)
