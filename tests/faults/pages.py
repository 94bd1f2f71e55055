"""Hostile HTTP payloads, markup, characters and texts, each between two good pages (rows 15 to 28)."""

from __future__ import annotations

import bz2
import gzip
import zlib

import brotli
import zstandard

from tests.faults.builders import DONE, FAULTS, SENTENCES, Cases, around, gz, mark, page, prose, response
from tests.read.warc_builder import http, record

case = CASES = Cases()
EITHER = (DONE, FAULTS)
CHUNKED = "Transfer-Encoding: chunked\r\n"


def chunks(body: bytes, size: int = 300) -> bytes:
    parts = [body[i : i + size] for i in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def encoded(names: str) -> str:
    return f"Content-Encoding: {names}\r\n"


def html(*parts: str | bytes) -> bytes:
    return b"".join(part.encode() if isinstance(part, str) else part for part in parts)


# -- transfer and content encodings -----------------------------------------------------------------------------------


@case("a.warc.gz", "012")
def chunked():
    return around(chunks(page(1)), CHUNKED)


@case("a.warc.gz", "012")
def chunked_header_over_a_plain_body():
    return around(page(1), CHUNKED)


@case("a.warc.gz", "02", either="1", exits=EITHER)
def chunk_of_64_gibibytes():
    return around(b"1000000000\r\n" + page(1), CHUNKED)


@case("a.warc.gz", "02", either="1", exits=EITHER)
def chunk_size_negative():
    return around(b"-5\r\n" + page(1) + b"\r\n0\r\n\r\n", CHUNKED)


@case("a.warc.gz", "02", either="1", exits=EITHER)
def chunk_size_of_200_digits():
    return around(b"f" * 200 + b"\r\n" + page(1), CHUNKED)


@case("a.warc.gz", "012", exits=EITHER)
def chunks_without_the_last():
    return around(chunks(page(1)).removesuffix(b"0\r\n\r\n"), CHUNKED)


@case("a.warc.gz", "02", either="1", exits=EITHER)
def chunks_that_go_wrong_midway():
    return around(chunks(page(1)).replace(b"\r\n12c\r\n", b"\r\nzz\r\n", 1), CHUNKED)


@case("a.warc.gz", "012")
def chunks_of_one_byte_with_extensions():
    return around(b"".join(b"1;a=b\r\n%c\r\n" % byte for byte in page(1)) + b"0\r\n\r\n", CHUNKED)


@case("a.warc.gz", "012")
def encoding_gzip():
    return around(gzip.compress(page(1)), encoded("gzip"))


@case("a.warc.gz", "012")
def encoding_gzip_that_is_plain():
    return around(page(1), encoded("gzip"))


@case("a.warc.gz", "012")
def gzip_without_being_declared():
    return around(gzip.compress(page(1)))


@case("a.warc.gz", "012")
def gzip_twice():
    return around(gzip.compress(gzip.compress(page(1))), encoded("gzip, gzip"))


@case("a.warc.gz", "02", either="1", exits=EITHER)
def gzip_twice_declared_once():
    return around(gzip.compress(gzip.compress(page(1))), encoded("gzip"))


@case("a.warc.gz", "012")
def gzip_inside_chunks():
    return around(chunks(gzip.compress(page(1))), CHUNKED + encoded("gzip"))


@case("a.warc.gz", "012", exits=EITHER)
def deflate_raw_and_wrapped():
    packer = zlib.compressobj(wbits=-15)
    raw = packer.compress(page(0)) + packer.flush()
    wrapped = zlib.compress(page(1))
    return gz(response(0, raw, encoded("deflate")), response(1, wrapped, encoded("deflate")), response(2))


@case("a.warc.gz", "012")
def encoding_brotli():
    return around(brotli.compress(page(1)), encoded("br"))


@case("a.warc.gz", "02", either="1", exits=EITHER)
def brotli_cut():
    return around(brotli.compress(page(1))[:-40], encoded("br"))


@case("a.warc.gz", "012", exits=EITHER)
def encoding_brotli_that_is_gzip():
    return around(gzip.compress(page(1)), encoded("br"))


@case("a.warc.gz", "012", exits=EITHER)
def encoding_brotli_that_is_plain():
    return around(page(1), encoded("br"))


@case("a.warc.gz", "02", either="1", exits=EITHER)
def encoding_zstd():
    return around(zstandard.compress(page(1)), encoded("zstd"))


@case("a.warc.gz", "02", either="1", exits=EITHER)
def encoding_unknown():
    return around(bz2.compress(page(1)), encoded("bzip2"))


@case("a.warc.gz", "012", exits=EITHER)
def encoding_unknown_that_is_plain():
    return around(page(1), encoded("sdch, x-nothing"))


@case("a.warc.gz", "02", either="1", exits=EITHER)
def gzip_body_cut():
    return around(gzip.compress(page(1))[:-60], encoded("gzip"))


@case("a.warc.gz", "02", either="1", exits=EITHER)
def gzip_body_with_rot():
    body = bytearray(gzip.compress(page(1)))
    body[100] ^= 0x41
    return around(bytes(body), encoded("gzip"))


@case("a.warc.gz", "02", either="1", exits=EITHER)
def encodings_a_thousand_deep():
    return around(page(1), encoded(", ".join(["gzip"] * 1000)))


@case("a.warc.gz", "02", faults=1)
def gzip_bomb_of_512_mebibytes():
    return around(gzip.compress(b"<p>" + bytes(512 << 20), 9), encoded("gzip"))


@case("a.warc.gz", "02", faults=1)
def gzip_bomb_in_a_gzip():
    return around(gzip.compress(gzip.compress(bytes(512 << 20), 9), 9), encoded("gzip, gzip"))


@case("a.warc.gz", "02", faults=1)
def brotli_bomb():
    return around(brotli.compress(b"<p>" + b"a" * (256 << 20), quality=5), encoded("br"))


@case("a.warc.gz", "02", faults=1)
def deflate_bomb():
    return around(zlib.compress(b"<p>" + b"a " * (128 << 20)), encoded("deflate"))


@case("a.warc.gz", "02", exits=EITHER, either="1")
def status_line_missing():
    return gz(response(0), response(1).replace(b"HTTP/1.1 200 OK\r\n", b"", 1), response(2))


# -- size and shape ---------------------------------------------------------------------------------------------------


@case("a.warc.gz", "02", faults=1)
def page_of_100_megabytes():
    return around(html("<!doctype html><p>", prose(1), "<p>" + " ".join(SENTENCES) * 240_000))


@case("a.warc.gz", "02", either="1", exits=EITHER)
def page_just_below_the_limit():
    body = page(1)
    filling = "<p>" + " ".join(SENTENCES) + "</p>\n"
    return around(page(1, after=filling * (((5 << 20) - len(body)) // len(filling))))


def nested(tag: str, depth: int, close: bool = False) -> bytes:
    opening, closing = f"<{tag}>" * depth, f"</{tag}>" * depth if close else ""
    return html("<!doctype html><title>n</title><body>", opening, f"<p>{prose(1)}</p>", closing, "<p>after</p>")


for _tag, _depth, _close in [
    ("div", 200, True), ("div", 255, False), ("div", 256, True), ("div", 511, False), ("div", 999, True),
    ("div", 20_000, False), ("div", 200_000, False), ("div", 200_000, True), ("b", 20_000, False), ("ul><li", 10_000, False),
    ("table><tr><td", 5_000, False), ("blockquote", 300, False), ("font", 100_000, False), ("a href=x", 20_000, False),
    ("svg><g", 20_000, False), ("template", 20_000, False), ("select><option", 20_000, False),
]:  # fmt: skip

    def _nested(tag=_tag, depth=_depth, close=_close):
        return around(nested(tag, depth, close))

    _nested.__name__ = f"nested_{_tag.replace('><', '_').replace(' ', '_').replace('=', '')}_{_depth}_{_close}"
    shallow = _depth <= 300 and _tag in ("div", "blockquote")
    # No browser shows what a template or a list of options holds: such a page may count as empty.
    shown = _tag not in ("template", "select><option")
    case("a.warc.gz", "012" if shallow else "02", either="1" if shown and not shallow else "", exits=EITHER)(_nested)


@case("a.warc.gz", "02", either="1", exits=EITHER)
def attributes_100_000():
    return around(page(1, before="<div " + " ".join(f"a{n}=v" for n in range(100_000)) + ">"))


@case("a.warc.gz", "02", either="1", exits=EITHER)
def attributes_20_000_on_the_body():
    body = page(1).replace(b"<body>", b"<body " + b" ".join(b"data-%d" % n for n in range(20_000)) + b">")
    return around(body)


@case("a.warc.gz", "02", either="1", exits=EITHER)
def attributes_over_many_tags():
    return around(page(1, before="".join(f"<i {' '.join(f'a{n}={n}' for n in range(99))}>" for _ in range(3_000))))


@case("a.warc.gz", "02", either="1", exits=EITHER)
def formatting_misnested():
    return around(page(1, before="".join(f"<p><b><i><a href={n}><u>text {n}</b></p>" for n in range(20_000))))


@case("a.warc.gz", "02", either="1", exits=EITHER)
def tables_with_text_between_the_cells():
    return around(page(1, before="<table>" * 2_000 + "<tr>x<td>" * 20_000))


@case("a.warc.gz", "02", either="1", exits=EITHER)
def attribute_of_4_mebibytes_without_end():
    return around(html("<!doctype html><body><p>", prose(1), '<p title="', "x" * (4 << 20)))


@case("a.warc.gz", "02", either="1", exits=EITHER)
def comment_of_4_mebibytes_without_end():
    return around(html("<!doctype html><body><p>", prose(1), "</p><!-- ", "x -" * (1 << 20)))


@case("a.warc.gz", "02", either="1", exits=EITHER)
def script_of_4_mebibytes_without_end():
    return around(html("<!doctype html><body><p>", prose(1), "</p><script>", "<!--<script>" * 300_000))


@case("a.warc.gz", "02", either="1", faults=1)
def comment_without_end_before_the_text():
    return around(html("<!doctype html><body><!-- ", "x -" * (1 << 20), page(1)))


@case("a.warc.gz", "02", either="1", faults=1)
def script_without_end_before_the_text():
    return around(html("<!doctype html><body><script>", "var x = 1;" * 300_000, page(1)))


@case("a.warc.gz", "02", either="1", faults=1)
def attribute_without_end_before_the_text():
    return around(html("<!doctype html><body><p title='", "x" * (4 << 20), page(1).replace(b"'", b"")))


@case("a.warc.gz", "02", either="1", faults=1)
def title_without_end():
    return around(html("<!doctype html><title>", prose(1), "<p>more text"))


@case("a.warc.gz", "02", either="1", faults=1)
def plaintext_and_textarea():
    return around(html("<!doctype html><body><textarea><plaintext>", "</p>" * 5000, prose(1)))


@case("a.warc.gz", "02", exits=EITHER, either="1")
def less_than_signs():
    return around(html("<!doctype html><body><p>", prose(1), "<" * 2_000_000))


@case("a.warc.gz", "02", exits=EITHER, either="1")
def ampersands():
    return around(html("<!doctype html><body><p>", prose(1), "&amp" * 500_000, "&#x" + "1" * 500_000 + ";"))


@case("a.warc.gz", "02", exits=EITHER, either="1")
def one_word_of_4_mebibytes():
    return around(html("<!doctype html><body><p>", prose(1), " ", "w" * (4 << 20)))


@case("a.warc.gz", "02", exits=EITHER, either="1")
def two_million_lines():
    return around(html("<!doctype html><body><p>", prose(1), "<br>x" * 800_000))


# -- characters -------------------------------------------------------------------------------------------------------

POLISH = "Gmina postanowiła, że stara biblioteka pozostanie tam, gdzie stoi, a most zostanie przedłużony. " * 4
RUSSIAN = "Комитет собрался в дождливый вторник и решил, что старая библиотека останется на своём месте. " * 4
JAPANESE = "委員会は雨の火曜日に集まり、古い図書館をそのままの場所に残すことを決めました。" * 6


def text_page(text: str, codec: str, declared: str | None = None) -> bytes:
    meta = f'<meta charset="{declared}">' if declared else ""
    return (
        f"<!doctype html><html><head>{meta}<title>t</title></head><body><p>{mark(1)} {text}</p></body></html>".encode(
            codec
        )
    )


for _name, _text, _codec, _meta, _http in [
    ("utf8_declared_latin1", POLISH, "utf-8", "iso-8859-1", "iso-8859-1"),
    ("latin2_declared_in_meta", POLISH, "iso-8859-2", "iso-8859-2", None),
    ("cp1250_declared_in_header_only", POLISH, "cp1250", None, "windows-1250"),
    ("cp1251_undeclared", RUSSIAN, "cp1251", None, None),
    ("cp1251_declared_utf8", RUSSIAN, "cp1251", "utf-8", "utf-8"),
    ("koi8r_declared", RUSSIAN, "koi8-r", "koi8-r", None),
    ("shift_jis_declared", JAPANESE, "shift_jis", "Shift_JIS", None),
    ("euc_jp_declared_shift_jis", JAPANESE, "euc-jp", "Shift_JIS", None),
    ("iso_2022_jp", JAPANESE, "iso-2022-jp", "iso-2022-jp", None),
    ("utf16_with_bom_declared_utf8", POLISH, "utf-16", "utf-8", "utf-8"),
    ("utf16be_without_bom", POLISH, "utf-16-be", "utf-16", None),
    ("utf32_with_bom", POLISH, "utf-32", None, "utf-8"),
    ("utf8_bom_declared_cp1252", POLISH, "utf-8-sig", "windows-1252", "windows-1252"),
    ("unknown_label", POLISH, "utf-8", "x-klingon", "x-none"),
    ("label_that_is_a_python_codec", POLISH, "utf-8", "rot13", "zlib_codec"),
    ("label_idna", POLISH, "utf-8", "idna", "punycode"),
    ("label_base64", POLISH, "utf-8", "base64_codec", "hex"),
    ("label_undefined", POLISH, "utf-8", "undefined", "unicode_escape"),
    ("label_with_nul", POLISH, "utf-8", "utf\0-8", "utf-8"),
    ("label_of_10_000_letters", POLISH, "utf-8", "u" * 10_000, "u" * 10_000),
    ("label_utf7", POLISH, "utf-8", "utf-7", "utf-7"),
]:  # fmt: skip

    def _charset(text=_text, codec=_codec, meta=_meta, label=_http):
        body = text_page(text, codec, meta)
        kind = f"text/html; charset={label}" if label else "text/html"
        return gz(response(0), record(http(body, content_type=kind), number=1), response(2))

    _charset.__name__ = f"charset_{_name}"
    case("a.warc.gz", "012", texts=(_text[:40],))(_charset)


@case("a.warc.gz", "02", either="1", exits=EITHER, never=("<script>alert",))
def utf7_with_markup_inside():
    return around(b"<meta charset=utf-7><p>" + prose(1).encode() + b" +ADw-script+AD4-alert(1)+ADw-/script+AD4-</p>")


@case("a.warc.gz", "012")
def invalid_utf8():
    return around(page(1).replace(b"library", b"lib\xff\xc0\x80\xed\xa0\x80\xf5rary"))


@case("a.warc.gz", "012", never=("\x1b", "\x00", "\x07"))
def controls_in_the_text():
    return around(page(1).replace(b" old ", b" o\0ld\x1b[31m\x07 "))


@case("a.warc.gz", "012", never=("\ud800",))
def surrogates_by_character_reference():
    return around(page(1, after="<p>&#xD800; &#55357;&#56832; &#0; &#x110000; &#xFFFE; &#x80;</p>"))


@case("a.warc.gz", "012")
def bidirectional_and_invisible():
    return around(page(1, after="<p>\u202eevil\u2066\u2069\u200b\u200d\ufeff\u00ad\u2028line\u2029\u0085</p>"))


@case("a.warc.gz", "012")
def combining_marks_by_the_thousand():
    return around(page(1, after="<p>Z" + "\u0310\u0489" * 5_000 + "</p>"))


@case("a.warc.gz", "012")
def noncharacters_and_private_use():
    return around(page(1, after="<p>\ufdd0\uffff\ue000\U0010ffff\U000e0041</p>"))


for _number, _head in enumerate(
    [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", b"PK\x03\x04\x14\0\0\0\x08\0", b"\xff\xd8\xff\xe0\0\x10JFIF\0",
     b"GIF89a\x01\0\x01\0", b"\0\0\0\x18ftypmp42", b"RIFF\x24\0\0\0WAVEfmt ", b"MZ\x90\0\x03\0\0\0", b"\x7fELF\x02\x01\x01\0", b"OggS\0\x02", b"wOF2\0\1\0\0"]
):  # fmt: skip

    def _binary(head=_head):
        import random

        return around(head + random.Random(len(head)).randbytes(20_000))

    _binary.__name__ = f"binary_declared_html_{_number}"
    case("a.warc.gz", "02", never=("IHDR", "JFIF"), exits=EITHER)(_binary)


# -- markup that would do something -----------------------------------------------------------------------------------


@case("a.warc.gz", "02", either="1", exits=EITHER)
def xml_entity_bomb():
    entities = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    return around(
        html(f"<?xml version='1.0'?><!DOCTYPE html [{entities}]><html><body><p>&a9; ", prose(1), "</p></body></html>")
    )


@case("a.warc.gz", "02", either="1", exits=EITHER, never=("root:x:",))
def xml_external_entity():
    head = '<!DOCTYPE html [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY % y SYSTEM "http://127.0.0.1:9/">%y;]>'
    return around(html(head, "<html><body><p>&x; ", prose(1), "</p></body></html>"))


@case("a.warc.gz", "02", either="1", exits=EITHER)
def xhtml_processing_instructions():
    body = page(1).replace(b"<body>", b"<?php system('id'); ?><![CDATA[ x ]]><body>")
    return gz(response(0), response(1, body).replace(b"text/html", b"application/xhtml+xml", 1), response(2))


@case("a.warc.gz", "012", never=("<script", "onerror"))
def scripts_and_handlers():
    return around(page(1, before="<script>window.__pwned=1</script><img src=x onerror=alert(1)><iframe srcdoc='<script>x</script>'>"
                                 "</iframe><svg onload=alert(1)></svg>"))  # fmt: skip


@case("a.warc.gz", "012")
def title_with_escapes_and_formula():
    return around(page(1).replace(b"Page 1", b"\x1b]0;owned\x07=HYPERLINK(1)</title><title>"))


# -- empty and odd texts ----------------------------------------------------------------------------------------------


@case("a.warc.gz", "02")
def empty_and_blank_pages():
    bodies = [b"", b" ", b"\n\n\n", b"<html></html>", b"<!doctype html>", b"<p>&nbsp;</p>", b"<!-- only -->", b"\xef\xbb\xbf",
              "<p>\u200b</p>".encode(), b"<title>only</title>", b"\0\0\0\0"]  # fmt: skip
    return gz(response(0), *(response(3 + n, body) for n, body in enumerate(bodies)), response(2))


for _number, _odd in enumerate(
    ["a", ".", "...", "!" * 500, "0" * 240_000, "word " * 2, "w" * 240_000, "__label__en __label__de", "\u3000", "🦀" * 300,
     "\u0301", "a\u2028b\u2029c\u0085d", "({[<>]})" * 50, "\u202e", "{{{}}}", "lorem ipsum", "\ufffd" * 40, "1 2 3 4 5 6 7 8 9 " * 900,
     "a a " * 30_000, "\ud55c\uad6d\uc5b4" * 10_000, "I\u0307" * 300, "\u1e9e\u00df\ufb01" * 100, "-" * 100 + "aaa" * 99 + "!"]
):  # fmt: skip

    def _text(text=_odd):
        return around(f"<!doctype html><title>t</title><p>{text.replace('<', '&lt;')}</p>".encode())

    _text.__name__ = f"odd_text_{_number}"
    case("a.warc.gz", "02", exits=EITHER)(_text)
