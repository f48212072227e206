"""`python -m flows.desk.report_server HOST PORT FOLDER`: the reports of a home for a browser, and nothing else of it.

Files are read and never listed: whoever has the link of a report has the report.
"""

import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from flows.desk.settings import LOOPBACK
from tasks.storage import make_folder

WELCOME = "Steelyard's reports. Nothing is listed here: the page of each run in the Prefect UI links its own.\n"
ANSWERS_ONLY_FOR = ["127.0.0.1", "localhost"]
"""The names of a server on loopback: a page from elsewhere cannot reach it under a name of its own."""
ENDS_WITHIN_S = 3


class Reports(StaticFiles):
    """Files below a folder, by their path; a link that leads out of it and a name with a dot before it are not there.

    What waits under such a name is a report that is not whole yet.
    """

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A report may be written anew: a browser asks each time whether it has the newest."""
        if any(part.startswith(".") for part in Path(path).parts):
            raise HTTPException(404)
        answer = await super().get_response(path, scope)
        answer.headers["Cache-Control"] = "no-cache"
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer


def report_app(folder: Path, host: str) -> Starlette:
    """`host` is what it listens at; `folder` need not exist yet."""

    def welcome(_request: Request) -> Response:
        return PlainTextResponse(WELCOME)

    names = ANSWERS_ONLY_FOR if host in LOOPBACK else ["*"]
    return Starlette(
        routes=[Route("/", welcome), Mount("/", Reports(directory=make_folder(folder)))],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=names, www_redirect=False)],
    )


def main() -> None:
    host, port, folder = sys.argv[1:]
    uvicorn.run(
        report_app(Path(folder), host),
        host=host,
        port=int(port),
        log_level="warning",
        timeout_graceful_shutdown=ENDS_WITHIN_S,
    )


if __name__ == "__main__":
    main()
