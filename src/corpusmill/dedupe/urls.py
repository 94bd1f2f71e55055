"""One form for the addresses under which the web serves one page: a key for deduplication, never shown as a URL."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_TRACKING = re.compile(
    r"(utm_\w+|gclid|fbclid|msclkid|mc_[ce]id|phpsessid|jsessionid|sessionid|sid)", re.ASCII | re.IGNORECASE
)
_SESSION_IN_PATH = re.compile(r";jsessionid=[^/?#]*", re.IGNORECASE)
_INDEX = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?|jsp)$", re.IGNORECASE)
_DEFAULT_PORTS = ("80", "443")


def url_key(url: str | None) -> str | None:
    """Without scheme, `www.`, default port, fragment, tracking and session parameters, index page, trailing slash.

    Host and escapes in lower case; parameters in the order of their names. None where there is no host.

    >>> url_key("HTTPS://www.Example.org:443/a/index.html?utm_source=x&b=2&a=1#top")
    'example.org/a?a=1&b=2'
    """
    if url is None:
        return None
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").rstrip(".").removeprefix("www.")
        port = str(parts.port or "")
    except ValueError:
        return None
    if not host:
        return None
    path = _INDEX.sub("/", _SESSION_IN_PATH.sub("", parts.path)).rstrip("/")
    query = [part for part in parts.query.split("&") if part and not _TRACKING.fullmatch(part.partition("=")[0])]
    found = host + (f":{port}" if port and port not in _DEFAULT_PORTS else "") + path
    found += f"?{'&'.join(sorted(query))}" if query else ""
    return re.sub(r"%[0-9a-fA-F]{2}", lambda escape: escape[0].lower(), found)
