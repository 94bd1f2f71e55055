"""Arrays and JSON for a page: compact, and harmless in the element that holds them."""

from __future__ import annotations

import base64
import re
from typing import Any

import numpy.typing as npt
import orjson

from corpusmill.report.markup import GARBLING

# "<" could end the element or open a comment; what garbles a line would do so in the page's source.
_HARMFUL = re.compile(f"[<>&]|{GARBLING.pattern}")


def packed(values: npt.NDArray[Any]) -> str:
    """The bytes of `values`, little-endian, in base64.

    >>> import numpy as np
    >>> packed(np.array([1, 256], np.uint16))
    'AQAAAQ=='
    """
    return base64.b64encode(values.astype(values.dtype.newbyteorder("<"), copy=False).tobytes()).decode()


def as_script(value: Any) -> str:
    r"""`value` as JSON for a script element; not a number becomes null.

    >>> as_script({"a": "</script>"})
    '{"a":"\\u003c/script\\u003e"}'
    """
    text = orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY).decode()
    return _HARMFUL.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
