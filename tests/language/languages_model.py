"""A small fastText model of languages with labels as GlotLID's: ISO 639-3 and script."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa

from corpusmill.models.fasttext.corpus import Corpus, keys_of
from corpusmill.models.fasttext.parameters import ClassifierParameters
from corpusmill.models.fasttext.train import learn
from corpusmill.models.fasttext.write import write_fasttext

SENTENCES = {
    "eng_Latn": """The committee will meet again on Thursday to discuss the new budget.
The dog is asleep in the garden and the children are playing with the ball.
We have to go to the shop because there is nothing left to eat at home.
This page shows what the weather will be like over the next few days.
She said that they would come back when the work was finished.""",
    "deu_Latn": """Der Ausschuss trifft sich am Donnerstag wieder, um den Haushalt zu besprechen.
Der Hund schläft im Garten und die Kinder spielen mit dem Ball.
Wir müssen einkaufen gehen, weil zu Hause nichts mehr zu essen ist.
Diese Seite zeigt, wie das Wetter in den nächsten Tagen wird.
Sie sagte, dass sie zurückkommen würden, wenn die Arbeit fertig ist.""",
    "rus_Cyrl": """Комитет снова соберётся в четверг, чтобы обсудить новый бюджет.
Собака спит в саду, а дети играют с мячом.
Нам нужно идти в магазин, потому что дома нечего есть.
Эта страница показывает, какая погода будет в ближайшие дни.
Она сказала, что они вернутся, когда работа будет закончена.""",
    "cmn_Hani": """委员会 将于 星期四 再次 开会 讨论 新的 预算。
狗 在 花园里 睡觉 孩子们 在 玩球。
我们 得 去 商店 因为 家里 没有 吃的 了。
这个 页面 显示 未来 几天 的 天气。
她说 工作 完成 后 他们 会 回来。""",
}


def train_languages(path: Path, texts: Mapping[str, str] = SENTENCES, epoch: int = 200, bucket: int = 20_000) -> Path:
    """A model at `path` that tells the keys of `texts` apart, each line of them one text."""
    corpus = Corpus()
    for number, lines in enumerate(texts.values()):
        array = pa.array([line for line in lines.split("\n") if line.strip()], pa.large_string())
        corpus.add(array, keys_of(array), number)
    parameters = ClassifierParameters(bucket=bucket, dim=16, epoch=epoch, lr=1.0, minn=1, maxn=4)
    write_fasttext(path, learn(corpus, [f"__label__{name}" for name in texts], parameters).model, parameters)
    return path
