"""Unigram models that tests train, each a tokenizer.json, and texts in several languages; for unigram_parity.py."""
import io
import json
import os
import random

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

SPECIALS = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
NAMES = {"bos_token": "<s>", "eos_token": "</s>", "cls_token": "<s>", "sep_token": "</s>", "unk_token": "<unk>",
         "pad_token": "<pad>", "mask_token": "<mask>", "tokenizer_class": "PreTrainedTokenizerFast"}
WORDS = {
    "en": "the of and river stone houses were built by people who walked from town to town singing about light water",
    "de": "der die das Straße Häuser Größe über Flüsse gehen wir heute nach München zurück können müssen Fußgänger",
    "fr": "l'été où garçon élève déjà français château œuvre naïve être à côté d'une forêt très ancienne peut-être",
    "ru": "река город люди построили дома из камня и ходили по улицам утром вечером съёжился подъём объект йод",
    "el": "το ποτάμι της πόλης και οι άνθρωποι που περπατούσαν στους δρόμους Σίσυφος ΟΔΟΣ φως νερό",
    "ar": "النهر والمدينة والناس الذين بنوا البيوت من الحجر مُحَمَّد كِتَاب السَّلَامُ عَلَيْكُمْ",
    "hi": "नदी शहर और लोग जिन्होंने पत्थर से घर बनाए क्षत्रिय विद्यार्थी हिन्दी में लिखते हैं",
    "th": "แม่น้ำ เมือง ผู้คน สร้างบ้าน จากหิน น้ำ กำลัง ที่นี่",
    "zh": "河流城市人们用石头建造房屋。早上和晚上在街上走，唱歌！「光」与水；３．１４％",
    "ja": "川の町で人々は石の家を建てた。ｶﾞｷﾞｸﾞ ガギグ 東京へ行きました。",
    "ko": "강과 도시 그리고 사람들은 돌로 집을 지었다 한국어 각 값",
    "vi": "dòng sông thành phố và những người xây nhà bằng đá đường phố buổi sáng",
}


def made_texts(count, seed=11):
    """Sentences of made words, a language each; letters are those of the language."""
    rng = random.Random(seed)
    for _ in range(count):
        language = rng.choice(list(WORDS))
        words = WORDS[language].split()
        out = []
        for _ in range(rng.randint(1, 25)):
            word = rng.choice(words)
            out.append(word if rng.random() < 0.6 else word[:rng.randint(1, len(word))] + rng.choice(words)[rng.randint(0, 3):])
        yield rng.choice([" ", " ", " ", " ", "  ", ", "]).join(out) + rng.choice(["", ".", "!", " ", "…", "?"])


def fields_of(message):
    """Numbers and values of the fields of a protocol buffer's message."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(message):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
            continue
        size = {1: 8, 5: 4}.get(key & 7) or varint()
        yield key >> 3, message[at:at + size]
        at += size


def sentencepiece_model(texts, size, rule="nmt_nfkc", **options):
    """A Unigram model as sentencepiece trains it: the bytes of its file."""
    import sentencepiece

    out = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts), model_writer=out, vocab_size=size, normalization_rule_name=rule,
        hard_vocab_limit=False, minloglevel=2, **{"num_threads": 1, **options})
    return out.getvalue()


def charsmap_of(model):
    normalizer = dict(fields_of(dict(fields_of(model))[3]))
    return normalizer[2]


def around(tokenizer):
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>",
        special_tokens=[(t, tokenizer.token_to_id(t)) for t in ("<s>", "</s>")])


def trained(texts, size, normalizer, pre_tokenizer, decoder, byte_fallback=False):
    tokenizer = Tokenizer(models.Unigram())
    if normalizer:
        tokenizer.normalizer = normalizer
    if pre_tokenizer:
        tokenizer.pre_tokenizer = pre_tokenizer
    if decoder:
        tokenizer.decoder = decoder
    tokenizer.train_from_iterator(texts, trainers.UnigramTrainer(vocab_size=size, special_tokens=SPECIALS, unk_token="<unk>",
                                                                 show_progress=False))
    around(tokenizer)
    told = json.loads(tokenizer.to_str())
    for token in told["added_tokens"]:
        token["lstrip"] = token["content"] == "<mask>"
    if byte_fallback:
        least = min(score for _, score in told["model"]["vocab"])
        told["model"]["vocab"] += [[f"<0x{byte:02X}>", least - 1] for byte in range(256)]
        told["model"]["byte_fallback"] = True
    return told


def from_sentencepiece(model):
    """As transformers makes an XLMRobertaTokenizer of a SentencePiece model."""
    pieces = [dict(fields_of(value)) for number, value in fields_of(model) if number == 1]
    import struct
    vocabulary = [("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)]
    vocabulary += [(p[1].decode(), struct.unpack("<f", p.get(2, b"\0\0\0\0"))[0]) for p in pieces[3:]]
    vocabulary += [("<mask>", 0.0)]
    tokenizer = Tokenizer(models.Unigram(vocabulary, 3, False))
    tokenizer.normalizer = normalizers.Precompiled(charsmap_of(model))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.add_special_tokens(SPECIALS)
    around(tokenizer)
    return json.loads(tokenizer.to_str())


def all_models(texts, sizes=(500, 2000, 8000)):
    """Name and tokenizer.json of each; those with SentencePiece's map need its package."""
    N, P, D = normalizers, pre_tokenizers, decoders
    spaces = N.Replace(Regex(" {2,}"), " ")
    ascii_texts = [t.encode("ascii", "ignore").decode() for t in texts]
    yield "nmt, NFKC, first", trained(ascii_texts, sizes[0], N.Sequence([N.Nmt(), N.NFKC(), spaces]),
                                      P.Metaspace(prepend_scheme="first"), D.Metaspace(prepend_scheme="first"))
    yield "NFC, byte fallback, never", trained(
        texts, sizes[1], N.Sequence([N.NFC(), N.Strip()]), P.Metaspace(prepend_scheme="never"),
        D.Sequence([D.ByteFallback(), D.Metaspace(prepend_scheme="never"), D.Fuse(), D.Strip(" ", 1, 0)]), byte_fallback=True)
    yield "NFD, whole text", trained([t[:100] for t in texts[:500]], sizes[1], N.NFD(), P.Metaspace(split=False),
                                     D.Metaspace(split=False))
    yield "nothing around it", trained([t[:100] for t in texts[:500]], sizes[1], None, None, None)
    yield "spaces last", trained(texts, sizes[1], N.Sequence([N.Lowercase(), N.Prepend("_")]),
                                 P.Sequence([P.Metaspace(replacement="_"), P.WhitespaceSplit()]), D.Metaspace(replacement="_"))
    try:
        model = sentencepiece_model(texts, sizes[2])
        folding = charsmap_of(sentencepiece_model(texts[:300], 1000, "nmt_nfkc_cf"))
    except ImportError:
        print("skipped: SentencePiece's maps; python package sentencepiece is missing", flush=True)
        return
    yield "sentencepiece's, as XLM-R", from_sentencepiece(model)
    yield "map, spaces joined", trained(texts, sizes[2], N.Sequence([N.Precompiled(charsmap_of(model)), spaces]), P.Metaspace(),
                                        D.Metaspace())
    yield "as ALBERT", trained(texts, sizes[1], N.Sequence([N.Replace("``", '"'), N.Replace("''", '"'), N.NFKD(), N.StripAccents(),
                                                            N.Lowercase(), N.Precompiled(folding)]), P.Metaspace(), D.Metaspace())


def save(told, folder):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "tokenizer.json"), "w", encoding="utf-8") as file:
        json.dump(told, file, ensure_ascii=False)
    with open(os.path.join(folder, "tokenizer_config.json"), "w", encoding="utf-8") as file:
        json.dump(NAMES, file)
