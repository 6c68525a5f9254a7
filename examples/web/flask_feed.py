"""A feed in Flask.

Run it:  flask --app examples/web/flask_feed.py run --port 5000
Then:    curl -i http://127.0.0.1:5000/feed.rss
"""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, Response, request

from syndicate import Feed, article_from, feed_response, to_rss

POSTS = [  # from your database
    {"title": "The lamp is lit", "url": "https://harbour.example/lamp/", "date": "2026-11-20T16:45:00Z"},
    {"title": "Dredging starts", "url": "https://harbour.example/dredging/", "date": "2026-11-13T12:00:00Z"},
]
FEED = Feed(title="The Harbour Post", home="https://harbour.example/")

app = Flask(__name__)


@app.route("/feed.rss")
def feed() -> Response:
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
    # A list keeps the Content-Length of a HEAD response; given bytes, Flask computes it anew.
    return Response([response.body], response.status, response.headers)
