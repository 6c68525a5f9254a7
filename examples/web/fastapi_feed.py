"""A feed in FastAPI.

Run it:  uvicorn --app-dir examples/web fastapi_feed:app --port 5000
Then:    curl -i http://127.0.0.1:5000/feed.rss
"""

from __future__ import annotations

from datetime import timedelta

from fastapi import FastAPI, Request, Response

from syndicate import Feed, article_from, feed_response, to_rss

POSTS = [  # from your database
    {"title": "The lamp is lit", "url": "https://harbour.example/lamp/", "date": "2026-11-20T16:45:00Z"},
    {"title": "Dredging starts", "url": "https://harbour.example/dredging/", "date": "2026-11-13T12:00:00Z"},
]
FEED = Feed(title="The Harbour Post", home="https://harbour.example/")

app = FastAPI()


@app.api_route("/feed.rss", methods=["GET", "HEAD"])
def feed(request: Request) -> Response:
    """Send the feed, or 304 if the client has it. Not `async`: FastAPI runs it in a thread."""
    articles = [article_from(post) for post in POSTS]
    response = feed_response(
        to_rss(FEED, articles),
        "application/rss+xml",
        method=request.method,
        request_headers=request.headers,
        last_modified=max(each.published for each in articles if each.published),
        max_age=timedelta(minutes=5),
    )
    return Response(response.body, response.status, response.headers)
