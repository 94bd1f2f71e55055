"""Labels, declarations, marks, and bytes that contradict what is declared."""

from __future__ import annotations

import codecs
import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpusmill.read.charset import decode_html
from corpusmill.read.charset_declared import CODECS, encoding_in_markup, encoding_named

RUSSIAN = "Съешь же ещё этих мягких французских булок, да выпей чаю. Широкая электрификация южных губерний."
CHINESE = "我们的历史从这里开始，今天的天气很好，大家一起去公园散步。"
JAPANESE = "これは日本語の文章です。今日は天気がよいので、公園まで散歩に行きました。"
KOREAN = "오늘은 날씨가 좋아서 가족과 함께 공원에 산책을 갔습니다. 아이들이 매우 즐거워했습니다."
TAIWANESE = "這是一個使用繁體中文的網頁，歡迎大家來參觀我們的網站。"
GREEK = "Η γρήγορη καφέ αλεπού πηδάει πάνω από το τεμπέλικο σκυλί στην αυλή."
POLISH = "Zażółć gęślą jaźń, proszę państwa: źródło łąki żyje w ciszy."
GERMAN = "Die Übergröße der Straße fällt natürlich schon früh auf, sagte der Bürgermeister."


def page(text: str, head: str = "") -> str:
    return f"<html><head>{head}<title>t</title></head><body><p>{text}</p></body></html>"


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("ISO-8859-1", "windows-1252"),
        (" latin1\n", "windows-1252"),
        ("us-ascii", "windows-1252"),
        ('"utf8"', "utf-8"),
        ("gb2312", "gbk"),
        ("GB18030", "gb18030"),
        ("ks_c_5601-1987", "euc-kr"),
        ("x-sjis", "shift_jis"),
        ("iso-8859-9", "windows-1254"),
        ("tis-620", "windows-874"),
        ("visual", "iso-8859-8"),
        ("logical", "iso-8859-8-i"),
        ("koi8-ru", "koi8-u"),
        ("unicode", "utf-16le"),
        ("utf-7", None),
        ("rot13", None),
        ("hex", None),
        ("zip", None),
        ("idna", None),
        ("undefined", None),
        ("unicode_escape", None),
        ("hz-gb-2312", None),
        ("iso-2022-kr", None),
        ("", None),
        (None, None),
        ("../../etc/passwd\0", None),
    ],
)
def test_labels(label, name):
    assert encoding_named(label) == name


def test_every_encoding_has_a_text_codec():
    for codec in CODECS.values():
        assert codecs.lookup(codec)._is_text_encoding


@pytest.mark.parametrize(
    ("markup", "name"),
    [
        (b"<meta charset=koi8-r>", "koi8-r"),
        (b"<META CHARSET='KOI8-R' />", "koi8-r"),
        (b'<meta name=x content="text/html; charset=koi8-r">', None),
        (b'<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">', "koi8-r"),
        (b"<meta content=\"text/html;charset = 'koi8-r'\" http-equiv=content-type>", "koi8-r"),
        (b"<!-- <meta charset=koi8-r> --><meta charset=big5>", "big5"),
        (b"<a title='<meta charset=koi8-r>'><meta charset=big5>", "big5"),
        (b"<meta charset=nonsense><meta charset=big5>", "big5"),
        (b"<meta charset=utf-16>", "utf-8"),
        (b"<meta charset=utf-16be>", "utf-8"),
        (b"<meta charset=x-user-defined>", "windows-1252"),
        (b'<?xml version="1.0" encoding="windows-1251"?><html>', "windows-1251"),
        (b"<p>charset=koi8-r</p>", None),
        (b"<!-- never closed <meta charset=koi8-r>", None),
        (b"<metacharset=koi8-r>", None),
        (b"", None),
        (b"<meta charset", None),
        (b"<meta charset='koi8-r", None),
        (b"<" * 5000, None),
    ],
)
def test_declaration_in_markup(markup, name):
    assert encoding_in_markup(markup) == name


@pytest.mark.parametrize("name", sorted(set(CODECS) - {"x-user-defined", "iso-8859-8-i", "utf-16le", "utf-16be"}))
def test_a_right_declaration_is_believed(name):
    """In every encoding of the web: header, meta or both around text that the encoding can hold."""
    samples = {
        "big5": TAIWANESE,
        "euc-jp": JAPANESE,
        "shift_jis": JAPANESE,
        "iso-2022-jp": JAPANESE,
        "euc-kr": KOREAN,
        "gbk": CHINESE,
        "gb18030": CHINESE,
        "utf-8": RUSSIAN,
        "iso-8859-5": RUSSIAN,
        "ibm866": RUSSIAN,
        "koi8-r": RUSSIAN,
        "koi8-u": RUSSIAN,
        "windows-1251": RUSSIAN,
        "x-mac-cyrillic": RUSSIAN,
        "iso-8859-7": GREEK,
        "windows-1253": GREEK,
        "iso-8859-2": POLISH,
        "windows-1250": POLISH,
        "iso-8859-6": "مرحبا بكم في موقعنا الجديد على الانترنت",
        "windows-1256": "مرحبا بكم في موقعنا الجديد على الانترنت",
        "iso-8859-8": "ברוכים הבאים לאתר החדש שלנו באינטרנט",
        "windows-1255": "ברוכים הבאים לאתר החדש שלנו באינטרנט",
        "windows-874": "ยินดีต้อนรับสู่เว็บไซต์ใหม่ของเรา",
        "windows-1258": "đường phố Hà Nội".encode("cp1258", "ignore").decode("cp1258"),
    }
    text = samples.get(
        name, "Ein schöner Tag für alle" if name not in ("iso-8859-13", "windows-1257") else "Šiandien gražu"
    )
    for head, header in (("", name), (f"<meta charset={name}>", None), (f"<meta charset={name}>", name)):
        html = page(text, head)
        found, used = decode_html(html.encode(CODECS[name]), header)
        assert found == html
        assert used == name


@pytest.mark.parametrize(
    ("text", "codec", "header", "head"),
    [
        (RUSSIAN, "koi8-r", "iso-8859-1", ""),
        (RUSSIAN, "koi8-r", None, "<meta charset=iso-8859-1>"),
        (RUSSIAN, "cp1251", "iso-8859-1", "<meta charset=windows-1251>"),
        (RUSSIAN, "koi8-r", "windows-1251", ""),
        (RUSSIAN, "cp1251", "koi8-r", ""),
        (RUSSIAN, "cp1251", None, ""),
        (RUSSIAN, "utf-8", "windows-1252", "<meta charset=koi8-r>"),
        (CHINESE, "gb18030", "utf-8", ""),
        (CHINESE, "gb18030", "utf-8", "<meta charset=utf-8>"),
        (CHINESE, "gb18030", None, ""),
        (CHINESE, "gb18030", "iso-8859-1", "<meta charset=gb2312>"),
        (CHINESE, "utf-8", "gb2312", "<meta charset=gb2312>"),
        (TAIWANESE, "big5", "utf-8", ""),
        (JAPANESE, "cp932", "iso-8859-1", ""),
        (JAPANESE, "euc-jp", "iso-8859-1", ""),
        (JAPANESE, "cp932", "euc-jp", ""),
        (JAPANESE, "euc-jp", "shift_jis", ""),
        (KOREAN, "cp949", "utf-8", ""),
        (KOREAN, "cp949", None, ""),
        (GREEK, "iso8859-7", "iso-8859-1", ""),
        (POLISH, "iso8859-2", "iso-8859-1", "<meta charset=iso-8859-2>"),
        (GERMAN, "cp1252", None, ""),
        (GERMAN, "cp1252", "utf-8", ""),
        (GERMAN, "cp1252", "rot13", "<meta charset=utf-7>"),
        (GERMAN, "utf-8", "iso-8859-1", "<meta charset=iso-8859-1>"),
        (JAPANESE, "iso2022-jp", None, ""),
        (RUSSIAN, "utf-16", "iso-8859-1", ""),
        (RUSSIAN, "utf-16-le", None, ""),
        (RUSSIAN, "utf-16-be", "utf-8", ""),
        (CHINESE, "utf-16-le", "utf-16", ""),
        (CHINESE, "utf-32", None, ""),
        (GERMAN, "utf-8-sig", "iso-8859-1", "<meta charset=windows-1251>"),
    ],
)
def test_bytes_outvote_wrong_declarations(text, codec, header, head):
    html = page(text, head)
    assert decode_html(html.encode(codec), header)[0] == html


@pytest.mark.parametrize("name", ["iso-8859-1", "iso-8859-15", "windows-1252", "us-ascii"])
def test_bytes_of_the_c1_range_are_windows(name):
    text, _ = decode_html(b"<p>\x93Quoted\x94 \x96 it\x92s \x85</p>", name)
    assert text == "<p>“Quoted” – it’s …</p>"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (page(RUSSIAN).encode() + b"\xff\xfe tail", page(RUSSIAN) + "\ufffd\ufffd tail"),
        (page(RUSSIAN).encode()[:-40] + b"\xd0", None),
        (b"\xef\xbb\xbf" + page(RUSSIAN).encode() + b"\x80", page(RUSSIAN) + "\ufffd"),
        (b"<p>undefined \x81 byte</p>", "<p>undefined \ufffd byte</p>"),
    ],
)
def test_stray_bytes_cost_only_themselves(body, text):
    found, _ = decode_html(body, "utf-8" if b"\x81" not in body else "windows-1252")
    assert found.count("\ufffd") <= 2
    assert text is None or found == text


def test_lone_surrogates_are_replaced():
    body = codecs.BOM_UTF16_LE + "<p>a".encode("utf-16-le") + b"\x00\xd8" + "b</p>".encode("utf-16-le")
    assert decode_html(body, None) == ("<p>a\ufffdb</p>", "utf-16le")
    assert "\ud800" not in decode_html(b"<p>\xed\xa0\x80</p>", "utf-8")[0]


def test_stray_utf16_mark_before_plain_markup():
    text, name = decode_html(codecs.BOM_UTF16_LE + page("plain words only").encode(), None)
    assert "plain words only" in text
    assert not name.startswith("utf-16")


def test_utf7_is_not_decoded():
    body = b"<html><head><meta charset=utf-7></head>+ADw-script+AD4-</html>"
    assert decode_html(body, "utf-7") == (body.decode(), "utf-8")


@pytest.mark.parametrize(
    "body", [b"", b"<", b"\xff", b"\xfe\xff", b"\xff\xfe\x00", b"\xef\xbb", b"\x1b$B", b"\x00" * 100]
)
def test_tiny_bodies(body):
    text, name = decode_html(body, None)
    text.encode("utf-8")
    assert name


LABELS = st.one_of(st.none(), st.text(max_size=20), st.sampled_from(sorted(CODECS)))
FRAGMENTS = st.sampled_from(
    [
        b"<meta charset=",
        b"utf-8>",
        b"gbk>",
        b"<",
        b">",
        b"<!--",
        b"\xff\xfe",
        b"\x1b$B",
        b"\0",
        b"<html lang=vi ",
        b"\x81\x40",
    ]
)


@settings(derandomize=True, max_examples=400, deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=40), FRAGMENTS), max_size=12), LABELS)
def test_random_bytes_never_raise_and_give_valid_text(parts, label):
    text, name = decode_html(b"".join(parts), label)
    text.encode("utf-8")
    assert name in CODECS or name in ("utf-32le", "utf-32be")


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufeff\x1b\0"), min_size=1, max_size=200))
def test_utf8_is_always_utf8(text):
    html = page(text + " – “ordinary words beside it” – Übergröße")
    assert decode_html(html.encode(), "iso-8859-1") == (html, "utf-8")


@pytest.mark.parametrize("unit", [b"<", b"<a ", b"a", b"\xe9", b"<!--", b"<meta ", b"\xe9 ", b"<script>", b"&#7845;"])
def test_long_hostile_bodies_are_decoded(unit):
    """A megabyte of each: quadratic work would hold the suite for minutes."""
    body = b"\xe9" + unit * (1_000_000 // len(unit))
    assert len(decode_html(body, None)[0]) > 100_000


@pytest.mark.shared
def test_transcoded_pages(shared):
    """397 real pages in 15 legacy encodings, declared rightly, wrongly or not at all, read as what they are."""
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    folder = shared / "data/crawl-bench"
    with gzip.open(folder / "crawl-bench.truth.jsonl.gz") as lines:
        truth = {entry["id"]: entry for entry in map(json.loads, lines) if entry["kind"] == "real-transcoded"}
    wrong, seen = [], 0
    for archive in sorted(folder.glob("*.warc.gz")):
        with archive.open("rb") as stream:
            for record in ArchiveIterator(
                stream, record_types=WarcRecordType.response, parse_http=True, auto_decode="all"
            ):
                entry = truth.get(record.record_id)
                if entry is None:
                    continue
                seen += 1
                body = record.reader.read()
                label = (record.http_headers.get("Content-Type") or "").partition("charset=")[2] or None
                codec = "cp1252" if entry["charset"] == "iso-8859-1" else entry["charset"]
                if decode_html(body, label)[0] != body.decode(codec).removeprefix("\ufeff"):
                    wrong.append((entry["charset"], entry["charset_declared"], entry["url"]))
    assert seen == 397
    assert wrong == []
