"""Learning a vocabulary of 30,522 with the WordPieceTrainer of Hugging Face's tokenizers, from the file."""
import os

from tokenizers import Tokenizer, __version__, models, normalizers, pre_tokenizers, trainers


def train(path):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizers.BertNormalizer(), pre_tokenizers.BertPreTokenizer()
    tokenizer.train([path], trainers.WordPieceTrainer(
        vocab_size=30522, min_frequency=2, limit_alphabet=1000, show_progress=False,
        special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]))
    return tokenizer.get_vocab_size()


def rows(args, median_ms):
    ms, size = median_ms(lambda: train(args.corpus))
    yield {"name": "vocabulary", "bytes": os.path.getsize(args.corpus), "kernel": f"tokenizers {__version__}", "ms": ms,
           "result": f"{size} tokens"}
