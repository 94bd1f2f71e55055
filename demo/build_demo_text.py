"""Writes demo/text/ from the benchmark's reference text. Run by maintainers; users need only the result.

    python demo/build_demo_text.py PATH/TO/text

One paragraph a line. Only texts that may be passed on are taken (see LICENSES.md). The same input gives the same bytes.
"""

from __future__ import annotations

import json
import lzma
import sys
from pathlib import Path

HERE = Path(__file__).parent


def read(path: Path) -> str:
    with lzma.open(path, "rt", encoding="utf-8") as file:
        return file.read()


def novel(text: str) -> list[str]:
    """Paragraphs of a Project Gutenberg text without what the project has put around and into it."""
    body = text[: text.index("*** END OF")]
    return [" ".join(paragraph.split()) for paragraph in body.split("\n\n")]


def lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.split("\n")]


def main() -> None:
    source = Path(sys.argv[1])
    xquad = [json.loads(line) for line in read(source / "xquad_wikipedia_paragraphs.jsonl.xz").splitlines()]
    texts = {
        f"wikipedia.{language}": [" ".join(row["text"].split()) for row in xquad if row["lang"] == language]
        for language in ("de", "en", "es")
    }
    texts["wikipedia.it"] = lines(read(source / "squad_it_test_contexts.txt.xz"))
    texts["speeches.en"] = lines(read(source / "state_union.en.txt.xz"))
    texts["novel.de"] = novel(read(source / "gutenberg_22367_verwandlung.de.txt.xz"))
    for language in ("de", "es", "fr"):
        texts[f"sentences.{language}"] = lines(read(source / f"ud_{language}_sentences.txt.xz"))
    (HERE / "text").mkdir(exist_ok=True)
    for name, paragraphs in texts.items():
        unique = dict.fromkeys(paragraph for paragraph in paragraphs if paragraph)
        content = "".join(f"{paragraph}\n" for paragraph in unique).encode()
        (HERE / "text" / f"{name}.txt.xz").write_bytes(lzma.compress(content, preset=9 | lzma.PRESET_EXTREME))


if __name__ == "__main__":
    main()
