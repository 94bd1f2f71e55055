"""HTTP on 127.0.0.1, for one person: the page, and questions about the run. It reads, and never writes.

Another site that the same browser has open could send requests here, under its own name (Origin) or under a name of its
own that it lets point to this machine (Host): both are refused, and no answer may be read by any other origin.
"""

from __future__ import annotations

import contextlib
import math
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import orjson

from corpusmill.errors import CorpusmillError, Refused, RunRefused
from corpusmill.report.explorer.counts import FullRun
from corpusmill.report.explorer.database import Database
from corpusmill.report.explorer.search import search
from corpusmill.report.page import page
from corpusmill.report.payload.selections import selections_of
from corpusmill.report.why import as_json, lives
from corpusmill.rules.rule import Rule
from corpusmill.store.opened import open_run

HOST = "127.0.0.1"
_MOST_BODY_BYTES = 1 << 20
_MOST_TEXT_CHARS = 100_000
_TIMEOUT_SECONDS = 60
_LIMITS = ("min", "max", "above", "below")


class Explorer:
    """A server for one run; in a `with` block its port is open. Raises RunRefused where `run` is not finished."""

    def __init__(self, run: Path, port: int = 0) -> None:
        self._opened = open_run(run)
        self._full = FullRun(run)
        self._database = Database(self._opened)
        self._text = page(run, self._opened.manifest, served_views=self._database.views).encode()
        try:
            self._server = _Server((HOST, port), _Handler)
        except (OSError, OverflowError) as error:
            raise RunRefused(f"port {port} of {HOST} cannot be opened ({error}); choose another by --port") from error
        self._server.explorer = self

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}/"

    @property
    def names(self) -> frozenset[str]:
        """What the browser may call this server."""
        return frozenset({f"{HOST}:{self.port}", f"localhost:{self.port}"})

    def serve(self) -> None:
        """Answers until the process is interrupted or `stop` is called."""
        threading.Thread(target=self._read_ahead, daemon=True).start()
        self._server.serve_forever(poll_interval=0.1)

    def _read_ahead(self) -> None:
        """Reads what the first selection's rules compare, so that the first handle let go need not wait for it."""
        for selection in selections_of(self._opened.manifest)[:1]:
            with contextlib.suppress(CorpusmillError, OSError):
                self._full.values(sorted(set(selection.compared.values())))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.server_close()
        self._database.close()

    def start(self) -> threading.Thread:
        """Serves in a thread, until `stop`."""
        thread = threading.Thread(target=self.serve, daemon=True)
        thread.start()
        return thread

    def stop(self) -> None:
        self._server.shutdown()

    def answer(self, path: str, query: dict[str, str], body: Any) -> Any:
        """The answer to a question as JSON values; raises Refused, and KeyError for a path that is none."""
        if body is None:
            return {"/api/search": self._search, "/api/page": self._page}[path](query)
        if not isinstance(body, dict):
            raise Refused("wanted a JSON object")
        return {"/api/count": self._count, "/api/border": self._border, "/api/sql": self._sql}[path](body)

    def _count(self, body: dict[str, Any]) -> Any:
        listed, fixed = body.get("rules", []), body.get("fixed", [])
        if not isinstance(listed, list) or not isinstance(fixed, list):
            raise Refused("rules and fixed are lists")
        found = self._full.count([_rule(one) for one in listed], _name(body.get("selection")), list(map(str, fixed)))
        return {
            "documents": found.documents, "kept": found.kept,
            "characters": found.characters, "charactersKept": found.characters_kept,
        }  # fmt: skip

    def _border(self, body: dict[str, Any]) -> Any:
        limit, side = body.get("limit"), body.get("side")
        if not isinstance(limit, int | float) or not math.isfinite(limit) or side not in ("min", "max"):
            raise Refused("wanted a limit, and side min or max")
        return self._full.border(str(body.get("value")), float(limit), side)

    def _sql(self, body: dict[str, Any]) -> Any:
        return self._database.select(str(body.get("query", "")))._asdict()

    def _search(self, query: dict[str, str]) -> Any:
        number = query.get("page", "0")
        at = int(number) if number.isdecimal() and len(number) < 10 else 0
        return search(
            self._database, query.get("q", ""), query.get("selection"), query.get("fate"), query.get("rule"), at
        )

    def _page(self, query: dict[str, str]) -> Any:
        """What `corpusmill why` tells, with the text; nothing of what the run does not have."""
        try:
            found = as_json(lives(self._opened, query.get("id", "")))
        except RunRefused:
            return []
        for life in found:
            if life["page"]["doc_id"] is not None:
                asked = "select raw_content, length(raw_content) from documents where doc_id = ?"
                rows = self._database.ask(asked, [life["page"]["doc_id"]]).rows
                if rows:
                    life["text"], life["chars"] = rows[0][0][:_MOST_TEXT_CHARS], rows[0][1]
        return found


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    explorer: Explorer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that goes away before its answer is nothing to tell of."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = _TIMEOUT_SECONDS
    server_version = "corpusmill"
    sys_version = ""

    def do_GET(self) -> None:
        self._respond(None)

    def do_POST(self) -> None:
        if not self._is_ours():
            return self._send(HTTPStatus.FORBIDDEN, _error("this server answers its own page alone"))
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > _MOST_BODY_BYTES:
            return self._send(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _error("the question is too long"))
        # Forms of other sites can send any type but this one without asking first.
        if self.headers.get_content_type() != "application/json":
            return self._send(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, _error("wanted application/json"))
        try:
            body = orjson.loads(self.rfile.read(int(length)))
        except orjson.JSONDecodeError as error:
            return self._send(HTTPStatus.BAD_REQUEST, _error(f"not JSON: {error}"))
        return self._respond({} if body is None else body)

    def _respond(self, body: Any) -> None:
        if not self._is_ours():
            return self._send(HTTPStatus.FORBIDDEN, _error("this server answers its own page alone"))
        asked = urlsplit(self.path)
        if asked.path == "/" and body is None:
            return self._send(HTTPStatus.OK, self.server.explorer._text, "text/html; charset=utf-8")
        query = {name: values[-1] for name, values in parse_qs(asked.query, max_num_fields=20).items()}
        try:
            found = self.server.explorer.answer(asked.path, query, body)
        except KeyError:
            return self._send(HTTPStatus.NOT_FOUND, _error("there is nothing of this name"))
        except CorpusmillError as error:
            return self._send(HTTPStatus.BAD_REQUEST, _error(str(error)))
        return self._send(HTTPStatus.OK, orjson.dumps(found, option=orjson.OPT_SERIALIZE_NUMPY))

    def _is_ours(self) -> bool:
        names = self.server.explorer.names
        origin = self.headers.get("Origin")
        return self.headers.get("Host") in names and (origin is None or origin in {f"http://{name}" for name in names})

    def _send(self, status: HTTPStatus, content: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("X-Frame-Options", "DENY")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing: an address may hold words that were searched for."""


def _error(text: str) -> bytes:
    return orjson.dumps({"error": text})


def _name(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _rule(given: Any) -> Rule:
    """A rule whose value is one of payload/measured.py. Raises Refused for what is none."""
    if not isinstance(given, dict):
        raise Refused("a rule is an object")
    limits = {name: given[name] for name in _LIMITS if given.get(name) is not None}
    if any(isinstance(limit, bool) or not isinstance(limit, int | float) for limit in limits.values()):
        raise Refused("limits are numbers")
    if not isinstance(given.get("value"), str):
        raise Refused("a rule has a value")
    # Handles may be moved past each other: that keeps nothing, which is an answer.
    return Rule(str(given.get("name", "")), given["value"], **limits, pass_missing=given.get("pass_missing") is True)
