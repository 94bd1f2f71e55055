"""`corpusmill train lm --pieces FILE… --order N --out DIR`: models, repeatably, from a plain install."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from corpusmill.cli import train_classifier, train_extractor, train_importance, train_lines
from corpusmill.cli.common import Verbs, positive
from corpusmill.errors import EXIT_DONE, RecipeError


def add(verbs: Verbs) -> None:
    parser = verbs.add_parser("train", help="language models, classifiers, importance tables, line models, extractors")
    kinds = parser.add_subparsers(dest="kind", metavar="KIND", required=True)
    lm = kinds.add_parser("lm", help="n-gram language model: interpolated modified Kneser-Ney")
    text = lm.add_mutually_exclusive_group(required=True)
    text.add_argument(
        "--text",
        nargs="+",
        metavar="PATH",
        type=Path,
        help="documents: text files with one a line, JSON lines, Parquet, run folders; .gz .zst .xz .bz2",
    )
    text.add_argument(
        "--pieces",
        nargs="+",
        metavar="FILE",
        type=Path,
        help="one sentence a line, words separated by spaces",
    )
    lm.add_argument("--language", metavar="L", help="with --text: code of the language, as en")
    lm.add_argument(
        "--vocabulary-size", type=positive, default=65_536, metavar="N", help="with --text: pieces, at most"
    )
    lm.add_argument("--order", type=positive, default=5, metavar="N", help="longest n-gram (default 5)")
    lm.add_argument(
        "--prune", type=int, nargs="+", default=(), metavar="COUNT",
        help="drop n-grams that occur at most so often, one number a length, the last for all longer ones",
    )  # fmt: skip
    lm.add_argument("--out", required=True, metavar="DIR", type=Path)
    lm.add_argument("--arpa", metavar="FILE", type=Path, help="write the model as ARPA too")
    lm.set_defaults(run=train_lm)
    train_classifier.add(kinds)
    train_importance.add(kinds)
    train_lines.add(kinds)
    train_extractor.add(kinds)


def train_lm(arguments: argparse.Namespace) -> int:
    from corpusmill.language.train_lm import LanguageModelParameters, train_on_text
    from corpusmill.models.card import text_hashes
    from corpusmill.models.ngram.train import NgramParameters, train_on_pieces
    from corpusmill.read.texts import text_files, texts_of

    parameters = NgramParameters(arguments.order, tuple(arguments.prune))
    if arguments.pieces:
        trained = train_on_pieces(arguments.pieces, parameters, arguments.out, arguments.arpa)
    else:
        if arguments.language is None:
            raise RecipeError(["--text needs --language, as --language en"])
        model = LanguageModelParameters(arguments.language, arguments.vocabulary_size, parameters)
        files = [file for path in arguments.text for file in text_files(path)]
        documents = (text for file in files for text in texts_of(file))
        trained = train_on_text(documents, model, text_hashes(files), arguments.out, arguments.arpa)
    for length in trained.discounts.fallen_back:
        print(
            f"corpusmill: the text is too small to tell the discounts of {length}-grams: 0.5, 1 and 1.5 are used",
            file=sys.stderr,
        )
    print(f"{', '.join(f'{n:,} {length}-grams' for length, n in enumerate(trained.ngrams, 1))} in {trained.folder}")
    return EXIT_DONE
