"""Blocks of HTML in plain Python, one page at a time: what `blocks.py` is tested against.

The stack is a list that every question walks, so nested pages take the square of their length.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.entities import html5
from typing import NamedTuple

from corpusmill.kernels.html.elements import (
    APART,
    ATOMIC,
    BLOCK,
    BREAKOUT,
    FLAGS,
    HEADING,
    IN_ARIA_HIDDEN,
    IN_FALLBACK,
    IN_HIDDEN,
    IN_LINK,
    IN_MATH_SOURCE,
    IN_TITLE,
    IN_VERBATIM,
    KINDS,
    NUMBERS,
    SCOPE,
    SKIPPED,
)
from corpusmill.kernels.html.tags import (
    BARRIER,
    CLOSES_P,
    FORMATTING,
    IGNORED,
    INTEGRATION,
    RAW,
    SPECIAL,
    TABLE_PART,
    VOID,
)
from corpusmill.kernels.html.values import AROUND, IMAGE_CLASSES

_ATTRIBUTE = re.compile(
    r"""[ \t\n\v\f\r/]*([^ \t\n\v\f\r/>][^ \t\n\v\f\r/>=]*+)"""
    r"""(?:[ \t\n\v\f\r]*+=[ \t\n\v\f\r]*+("[^"]*+"?|'[^']*+'?|[^ \t\n\v\f\r>]*+))?"""
)
_REFERENCE = re.compile(r"&(?:#([xX]?)([0-9a-fA-F]+);?|([a-zA-Z][a-zA-Z0-9]*;?))")
_MEANINGLESS = re.compile("[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_HIDES = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE | re.ASCII)
_SECTIONS = ("tbody", "thead", "tfoot")


class Block(NamedTuple):
    """One block: name of its element ("" for the page), text, flags, how it is joined to the one before."""

    element: str
    text: str
    flags: int
    joined: int


@dataclass
class _Open:
    name: str
    kind: int
    own: int
    foreign: bool
    is_math: bool = False  # by its class


@dataclass
class _Page:
    html: str
    stack: list[_Open] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    text: str = ""
    block: tuple[str, int, int, int] | None = None  # element, flags, flags apart, joined
    gap: bool = False
    breaks: int = 0
    committed: bool = False
    around: bool = False


def blocks_of(html: str) -> list[Block]:
    """The blocks of a page.

    >>> [(block.element, block.text) for block in blocks_of("<p>a <b>b</b><ul><li>c")]
    [('p', 'a b'), ('li', 'c')]
    """
    page = _Page(html)
    position = 0
    while position < len(html):
        if re.compile(r"<(?:[a-zA-Z!?]|/.)", re.DOTALL).match(html, position):
            position = _markup(page, position)
        else:
            following = re.compile(r"<(?:[a-zA-Z!?]|/.)", re.DOTALL).search(html, position)
            end = following.start() if following else len(html)
            _text(page, html[position:end], True)
            position = end
        if page.stack and page.stack[-1].name == "plaintext" and page.stack[-1].kind & BLOCK:
            _text(page, html[position:])
            break
    _break(page)
    return page.blocks


def _decoded(text: str) -> str:
    return _REFERENCE.sub(lambda match: _reference(match), text)


def _reference(match: re.Match[str]) -> str:
    hexadecimal, digits, name = match.groups()
    if name:
        for end in range(len(name), 1, -1):
            if name[:end] in html5:
                return html5[name[:end]] + name[end:]
        return match[0]
    if not hexadecimal and not digits.isdecimal():  # "&#12ab"
        decimal = re.match("[0-9]*", digits)
        rest = match[0][2 + len(decimal[0]) :] if decimal else ""
        return _character(int(decimal[0])) + rest if decimal and decimal[0] else match[0]
    return _character(int(digits, 16 if hexadecimal else 10))


def _character(code: int) -> str:
    if 0x80 <= code <= 0x9F:
        return bytes([code]).decode("cp1252", "ignore") or chr(code)
    return "\ufffd" if code == 0 or code > 0x10FFFF or 0xD800 <= code <= 0xDFFF else chr(code)


def _inside(stack: list[_Open]) -> int:
    flags = 0
    for level in stack:
        flags |= level.own
    return flags


def _end_block(page: _Page) -> None:
    if page.block is None:
        return
    element, flags, apart, joined = page.block
    text = page.text.rstrip(" \t\n")
    if text.split():
        page.blocks.append(Block(element, text, flags, joined))
        page.committed = True
        page.around = bool(apart) and joined >= 2
    else:
        page.around = joined == 3
        page.gap = page.gap or joined == 2
    page.block, page.text = None, ""


def _break(page: _Page) -> None:
    _end_block(page)
    page.gap = page.committed = page.around = False
    page.breaks = 0


def _text(page: _Page, text: str, decode: bool = False) -> None:
    inside = _inside(page.stack)
    verbatim = bool(inside & IN_VERBATIM)
    other = page.block is not None and inside & APART != page.block[2]
    parted = page.block is not None and page.breaks >= 2 and not verbatim
    if page.block is None or other or parted:
        stripped = text.lstrip(" \t\n\v\f\r")
        if verbatim:
            lead = text[: len(text) - len(stripped)]
            stripped = lead[max(lead.rfind("\n"), lead.rfind("\r")) + 1 :] + stripped
        if not stripped:
            page.gap = page.gap or bool(text)
            return
        if other:
            _end_block(page)
        elif parted:
            _break(page)
        page.gap = page.gap or (len(stripped) < len(text) and not verbatim)
        text = stripped
        outer = max((i for i, level in enumerate(page.stack) if level.kind & BLOCK), default=-1)
        flags = _inside(page.stack[: outer + 1]) | inside & (APART | IN_VERBATIM)
        joined = 0 if not page.committed else 2 if page.gap or page.breaks else 3 if page.around else 1
        page.block = (page.stack[outer].name if outer >= 0 else "", flags, inside & APART, joined)
        page.gap = page.around = False
        page.breaks = 0
    text = _MEANINGLESS.sub("", _decoded(text) if decode else text)
    if verbatim:
        if page.breaks or page.gap:
            page.text += (
                ("\n" if page.breaks else " ") if page.text and text and text[0] not in " \t\n\v\f\r\x85" else ""
            )
            page.gap, page.breaks = False, 0
        page.text += re.sub("[\v\f\x85]", " ", text.replace("\r\n", "\n").replace("\r", "\n"))
        return
    for piece in re.split("([ \t\n\v\f\r\x85]+)", text):
        if not piece:
            continue
        if piece.isspace() and piece.strip(" \t\n\v\f\r\x85") == "":
            page.gap = page.gap or not page.breaks
        else:
            page.text += ("\n" if page.breaks else " " if page.gap else "") * bool(page.text) + piece
            page.gap, page.breaks = False, 0


def _find(stack: list[_Open], names: tuple[str, ...], stop: int, stop_names: tuple[str, ...] = ()) -> int:
    """Index of the innermost of `names` with no element of `stop` above it; -1: none."""
    for index in range(len(stack) - 1, -1, -1):
        if stack[index].name in names:
            return index
        if stack[index].kind & stop or stack[index].name in stop_names:
            return -1
    return -1


def _cut(page: _Page, height: int) -> None:
    gone = page.stack[height:]
    while height > 0 and page.stack[height - 1].name == "":
        height -= 1
    del page.stack[height:]
    if any(level.kind & BLOCK for level in gone):
        _break(page)


def _remove(page: _Page, index: int) -> None:
    if index == len(page.stack) - 1:
        _cut(page, index)
    else:
        gone = page.stack[index]
        page.stack[index] = _Open("", 0, 0, gone.foreign, gone.is_math)


def _markup(page: _Page, position: int) -> int:
    html = page.html
    start = html[position + 1] != "/"
    name_at = position + (1 if start else 2)
    foreign = bool(page.stack) and page.stack[-1].foreign
    if not ("a" <= html[name_at].lower() <= "z"):
        if html.startswith("<!--", position):
            comment = re.compile(r"<!--(?:-?>|.*?--!?>)", re.DOTALL).match(html, position)
            return comment.end() if comment else len(html)
        if foreign and html[position : position + 9].lower() == "<![cdata[":
            end = html.find("]]>", position + 9)
            _text(page, html[position + 9 : end if end >= 0 else len(html)])
            return end + 3 if end >= 0 else len(html)
        end = html.find(">", position + 2)
        return end + 1 if end >= 0 else len(html)
    position = name_at
    while position < len(html) and html[position] not in " \t\n\v\f\r/>":
        position += 1
    name = "".join(c.lower() if c.isascii() else c for c in html[name_at:position])
    attributes: dict[str, str] = {}
    while match := _ATTRIBUTE.match(html, position):
        value = match[2] or ""
        if value[:1] in ("'", '"'):
            if len(value) == 1 or value[-1] != value[0]:
                return len(html)
            value = value[1:-1]
        attributes.setdefault(match[1].lower(), value)
        position = match.end()
    end = html.find(">", position)
    if end < 0:
        return len(html)
    closed = html[position:end].endswith("/")
    if not start:
        _end_tag(page, name)
        return end + 1
    return _start_tag(page, name, attributes, closed, end + 1)


def _facts(name: str) -> tuple[int, int]:
    number = NUMBERS.get(name, 0)
    return int(KINDS[number]), int(FLAGS[number])


def _start_tag(page: _Page, name: str, attributes: dict[str, str], closed: bool, position: int) -> int:
    kind, own = _facts(name)
    stack = page.stack
    classes = attributes.get("class", "").lower().split()
    if name == "a" and "href" in attributes:
        own |= IN_LINK
    if "hidden" in attributes or _HIDES.search(attributes.get("style", "")):
        own |= IN_HIDDEN
    if "aria-hidden" in attributes and not attributes["aria-hidden"].lower().startswith("false"):
        own |= IN_ARIA_HIDDEN
    if name == "annotation" and "tex" not in attributes.get("encoding", "tex").lower():
        own |= IN_FALLBACK
    if stack and stack[-1].foreign:
        if not kind & BREAKOUT:
            if not closed:
                stack.append(
                    _Open(
                        name,
                        kind & ~(BLOCK | VOID),
                        own & ~IN_TITLE,
                        name in ("svg", "math") or not kind & INTEGRATION,
                        "math" in classes,
                    )
                )
            return position
        height = len(stack)
        while height and stack[height - 1].foreign:
            height -= 1
        _cut(page, height)
    if kind & IGNORED:
        _break(page)
        return position
    height = _implied(stack, name, kind)
    if height < 0:
        _break(page)
        return position
    if name in ("a", "nobr") and (index := _find(stack, (name,), SCOPE)) >= 0:
        _remove(page, index)
    _cut(page, min(height, len(stack)))
    if kind & BLOCK:
        _break(page)
    formula = name in ("img", "image") and _is_formula(stack, attributes.get("alt", ""), classes)
    if formula:
        _formula(page, attributes["alt"], own)
    elif kind & ATOMIC:
        page.gap = True
    if name == "br":
        _line_break(page)
    if kind & VOID or name == "image":
        return position
    if kind & RAW:
        return _raw(page, name, kind, own, attributes, position)
    stack.append(_Open(name, kind, own, name in ("svg", "math"), "math" in classes))
    if name == "math" and attributes.get("alttext", "").strip(" \t\n\v\f\r"):
        _formula(page, attributes["alttext"], own, False)
    if name in ("pre", "listing"):
        position += page.html[position : position + 1] == "\r"
        position += page.html[position : position + 1] == "\n"
    return position


def _implied(stack: list[_Open], name: str, kind: int) -> int:
    """Height of the stack after the end tags that the start tag implies; -1: it is ignored."""
    if kind & TABLE_PART:
        if _find(stack, ("table",), 0, ("template",)) < 0:
            return -1
        parents = {"tr": ("table", *_SECTIONS), "td": ("table", *_SECTIONS, "tr"), "th": ("table", *_SECTIONS, "tr")}
        return _find(stack, parents.get(name, ("table",)), 0) + 1
    if name == "table":
        table, cell = (_find(stack, names, 0, ("template",)) for names in (("table",), ("td", "th", "caption")))
        if table >= 0 and cell < table:
            return table
    height = len(stack)
    loose = ("address", "div", "p")
    wanted = {"li": ("li",), "dd": ("dd", "dt"), "dt": ("dd", "dt")}.get(name, ())
    if wanted:
        for index in range(len(stack) - 1, -1, -1):
            if stack[index].name in wanted:
                height = index
            if stack[index].name in wanted or (stack[index].kind & SPECIAL and stack[index].name not in loose):
                break
    closable = {"option": ("option",), "optgroup": ("option", "optgroup")}.get(name, ())
    while height and stack[height - 1].name in closable:
        height -= 1
    if name in ("rt", "rp") and stack and stack[-1].name in ("rt", "rp"):
        height -= 1
    if name == "button" and (index := _find(stack, ("button",), SCOPE)) >= 0:
        height = index
    if kind & CLOSES_P and (index := _find(stack[:height], ("p",), BARRIER)) >= 0:
        height = index
    if kind & HEADING and height and stack[height - 1].kind & HEADING:
        height -= 1
    return height


def _is_formula(stack: list[_Open], text: str, classes: list[str]) -> bool:
    marked = re.search(r"[\\^_={]", text) and any(level.is_math for level in stack[-AROUND:])
    return bool(text.strip(" \t\n\v\f\r") and (marked or set(classes) & set(IMAGE_CLASSES)))


def _formula(page: _Page, text: str, own: int, atomic: bool = True) -> None:
    _end_block(page)
    blocks = len(page.blocks)
    page.stack.append(_Open("img", 0, own | IN_MATH_SOURCE | IN_VERBATIM, False))
    _text(page, text, True)
    _end_block(page)
    page.stack.pop()
    if atomic:
        page.around, page.gap = len(page.blocks) > blocks, page.gap or len(page.blocks) == blocks


def _line_break(page: _Page) -> None:
    if page.block is not None and _inside(page.stack) & IN_VERBATIM:
        page.text += "\n"
    else:
        page.breaks += 1


def _raw(page: _Page, name: str, kind: int, own: int, attributes: dict[str, str], position: int) -> int:
    html = page.html
    if name == "script":
        end = _script_end(html, position)
    else:
        closing = re.compile(rf"</{name}[ \t\n\v\f\r/>]", re.IGNORECASE | re.ASCII).search(html, position)
        end = closing.start() if closing else len(html)
    formula = name == "script" and attributes.get("type", "").lower().startswith("math/tex")
    if kind & SKIPPED and not formula:
        return end
    text = html[position:end]
    if name in ("title", "textarea"):
        text = text.removeprefix("\n") if name == "textarea" else text
    page.stack.append(_Open(name, kind, own | (IN_MATH_SOURCE | IN_VERBATIM) * formula, False))
    _text(page, text, name in ("title", "textarea")) if text else None
    if formula:
        _end_block(page)
    page.stack.pop()
    if kind & BLOCK:
        _break(page)
    return end


def _script_end(html: str, position: int) -> int:
    escaped = double = False
    for match in re.compile(r"<!--|-->|<(/?)script(?=[ \t\n\v\f\r/>])", re.IGNORECASE).finditer(html, position):
        if match[0] == "<!--":
            ends = [html.startswith("-->", match.end() - back) for back in (1, 2)]  # its dashes may be those of -->
            escaped = escaped or not any(ends)
        elif match[0] == "-->":
            escaped = double = False
        elif not match[1]:
            double = double or escaped
        elif double:
            double = False
        else:
            return match.start()
    return len(html)


def _end_tag(page: _Page, name: str) -> None:
    kind, _ = _facts(name)
    stack = page.stack
    foreign = bool(stack) and stack[-1].foreign
    if kind & IGNORED:
        _break(page)
    elif name == "br":
        _line_break(page)
    elif not kind & VOID or foreign:
        if kind & BLOCK and not (stack and stack[-1].name == name and not stack[-1].kind & BLOCK):
            _break(page)
        index = _find_end(stack, name, kind, foreign)
        if index >= 0 and kind & FORMATTING and not foreign:
            _remove(page, index)
        elif index >= 0:
            _cut(page, index)


def _find_end(stack: list[_Open], name: str, kind: int, foreign: bool) -> int:
    if name == "p":
        return _find(stack, ("p",), BARRIER)
    if kind & HEADING:
        return _find(stack, ("h1", "h2", "h3", "h4", "h5", "h6"), SCOPE)
    if kind & TABLE_PART or name == "table":
        index = _find(stack, (name,), 0)
        return index if index >= _find(stack, ("table",), 0, ("template",)) else -1
    if name == "li":
        return _find(stack, ("li",), SCOPE, ("ul", "ol", "menu", "dir", "dl"))
    return _find(stack, (name,), SCOPE if kind & (FORMATTING | SPECIAL) or foreign else SPECIAL)
