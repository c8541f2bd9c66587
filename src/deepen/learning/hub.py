"""A checkpoint folder of the Hugging Face hub as what a training begins with: a text encoder in safetensors.

Nothing is fetched, no code of the folder is run, and no pickle is read.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from deepen.compute.json_files import read_json
from deepen.data.kinds import Text
from deepen.data.tokens import Tokeniser
from deepen.errors import FolderError, nearest
from deepen.learning.pretrained import Pretrained
from deepen.nets.assemble import NetSettings
from deepen.nets.hub import transformers

__all__ = ["is_checkpoint", "pretrained_of_checkpoint"]

_CONFIG = "config.json"
_WEIGHTS = ("model.safetensors", "model.safetensors.index.json")
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.h5", "*.msgpack")
_LONGEST = 512  # tokens of a text that are read at the most: attention's cost grows by their square (assumed)
_NO_SETTING = ("architectures", "auto_map", "transformers_version", "_name_or_path")


def is_checkpoint(folder: Path) -> bool:
    """Whether a folder looks like a checkpoint of the hub."""
    return (folder / _CONFIG).is_file()


def pretrained_of_checkpoint(folder: Path) -> Pretrained:
    """Read a checkpoint: its tokeniser, its configuration and its weights.

    Raises
    ------
    FolderError
        If its architecture is unknown, or no text encoder's; if its weights are not in safetensors; if its tokeniser is
        missing or damaged.
    SettingError
        If the package ``transformers`` is missing.
    """
    named = read_json(folder / _CONFIG).get("model_type")
    if not any((folder / name).is_file() for name in _WEIGHTS):
        other = next((p.name for pattern in _PICKLES for p in sorted(folder.glob(pattern))), "")
        raise FolderError(
            "holds no weights in safetensors" + (", and what may hold code is not read" if other else ""), where=folder,
            allowed=_WEIGHTS[0], came=other, mend="Save it anew with model.save_pretrained(folder)." if other else "",
        )  # fmt: skip
    package = transformers()
    known = list(package.CONFIG_MAPPING.keys())
    if named not in known:
        raise FolderError(
            "names an architecture that transformers does not know", where=folder / _CONFIG, came=repr(named),
            mend=nearest(str(named), known),
        )  # fmt: skip
    config, tokeniser, model = _read(package, folder)
    if config.is_encoder_decoder or not hasattr(config, "vocab_size"):
        raise FolderError("is not of a text encoder", where=folder, came=str(named), allowed="such as BERT")
    given = {
        k: v for k, v in json.loads(config.to_json_string(use_diff=True)).items() if k not in _NO_SETTING
    }
    begin, end = _frame(tokeniser)
    room = min(_LONGEST, tokeniser.model_max_length, getattr(config, "max_position_embeddings", _LONGEST))
    text = Text(
        Tokeniser("words", _library(tokeniser, folder), config.vocab_size + 1, "as in the checkpoint"),
        int(room) - 2,
    )
    settings = NetSettings(reader="hub", given={"config": given, "begin": begin, "end": end})
    weights = {f"model.{name}": tensor.float() for name, tensor in model.state_dict().items()}
    return Pretrained(f"{folder.name} ({named})", {"text": text}, settings, {"text text": weights})


def _read(package: Any, folder: Path) -> tuple[Any, Any, Any]:
    """The configuration, the tokeniser and the encoder."""
    log = package.utils.logging
    shown = log.is_progress_bar_enabled()
    log.disable_progress_bar()
    local = {"local_files_only": True, "trust_remote_code": False}
    try:
        config = package.AutoConfig.from_pretrained(folder, **local)
        tokeniser = package.AutoTokenizer.from_pretrained(folder, **local)
        model = package.AutoModel.from_pretrained(folder, config=config, use_safetensors=True, **local)
    except (
        Exception
    ) as error:  # the package raises whatever it meets: OSError, KeyError, errors of safetensors
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise FolderError(f"cannot be read by transformers ({why})", where=folder) from None
    finally:
        if shown:
            log.enable_progress_bar()
    return config, tokeniser, model


def _library(tokeniser: Any, folder: Path) -> str:
    """The tokeniser as the tokenizers library writes it, without padding and cutting of its own."""
    made = getattr(tokeniser, "backend_tokenizer", None)
    if made is None:
        raise FolderError(
            "has no tokeniser of the tokenizers library", where=folder, allowed="tokenizer.json"
        )
    made.no_padding()
    made.no_truncation()
    return str(made.to_str())


def _frame(tokeniser: Any) -> tuple[int | None, int | None]:
    """The tokens that stand before and behind a text, as an empty text has them."""
    ids = list(tokeniser("")["input_ids"])
    if len(ids) == 2:
        return int(ids[0]), int(ids[1])
    if len(ids) == 1:
        return (int(ids[0]), None) if ids[0] == tokeniser.bos_token_id else (None, int(ids[0]))
    return None, None
