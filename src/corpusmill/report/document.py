"""The file around a page with a script: everything inline, and a content policy that lets that script alone run."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from importlib.resources import files

from corpusmill.report.markup import Markup, tag

STYLES = ("style.css", "screens.css")


def document(
    title: str, body: Sequence[Markup], script: str, served: bool = False, styles: Sequence[str] = STYLES
) -> str:
    """A whole page of `body` with the bundle static/`script` and some style sheets; the same content, the same bytes.

    `body`: in parts, which are joined once, since a page may be of many megabytes.
    `served`: it may ask the server that it comes from.
    """
    static = files("corpusmill.report")
    style = "".join(static.joinpath(name).read_text(encoding="utf-8") for name in styles)
    code = static.joinpath("static", script).read_text(encoding="utf-8")
    # A nonce is to be unforeseeable for the text that it guards against: it depends on every byte of that text.
    digest = hashlib.sha256()
    for part in (f"{title}\0", *body, f"\0{style}\0{code}"):
        digest.update(part.encode())
    nonce = base64.b64encode(digest.digest()[:18]).decode()
    policy = f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; "
    policy += ("connect-src 'self'; " if served else "") + "base-uri 'none'; form-action 'none'"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", title),
        tag("style", Markup(style), nonce=nonce),
    )
    run = tag("script", Markup(code), nonce=nonce)
    return "".join(['<!doctype html>\n<html lang="en">', head, "<body>", *body, run, "</body></html>\n"])
