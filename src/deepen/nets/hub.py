"""A text encoder of the Hugging Face hub as a reader of texts; the package ``transformers`` builds it.

Legend: B examples in a batch, T tokens of the longest, D units of the encoder, K outputs.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from deepen.errors import SettingError
from deepen.shapes import Tokens

__all__ = ["HubEncoder", "transformers"]


def transformers() -> Any:
    """Import the package.

    Raises
    ------
    SettingError
        If it is not there, with the line that installs it.
    """
    try:
        return importlib.import_module("transformers")
    except ImportError:
        raise SettingError(
            "a checkpoint of the Hugging Face hub needs the package transformers", where="--from",
            mend='Install it: pip install "deepen[hub]".',
        ) from None  # fmt: skip


class HubEncoder(nn.Module):
    """An encoder, the mean of its last layer over the text's own tokens, and a linear head.

    The mean is what Reimers and Gurevych (2019, "Sentence-BERT") found best of three ways to one vector for a text.

    Parameters
    ----------
    shape
        Tokens, numbered one higher than the checkpoint's own, as 0 stands behind the end.
    outputs
        K, or None: then ``forward`` gives the features.
    config
        The checkpoint's ``config.json``.
    begin, end
        The tokens that stand before and behind every text, by the checkpoint's own numbers; None for none.
    dropout
        The share of features silenced before the head.

    Attributes
    ----------
    features_n : int
        D.
    blocks : tuple of str
        The paths of the encoder's layers, each of which counts as one level.

    Raises
    ------
    SettingError
        If the package ``transformers`` is missing.
    """

    def __init__(
        self,
        shape: Tokens,
        outputs: int | None,
        *,
        config: Mapping[str, Any],
        begin: int | None = None,
        end: int | None = None,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        package = transformers()
        self.shape, self.begin, self.end = shape, begin, end
        self.model = package.AutoModel.from_config(package.AutoConfig.for_model(**config))
        lists = [(name, m) for name, m in self.named_modules() if isinstance(m, nn.ModuleList)]
        name, longest = max(lists, key=lambda each: len(each[1]), default=("", nn.ModuleList()))
        self.blocks = tuple(f"{name}.{k}" for k in range(len(longest)))
        self.features_n = int(self.model.config.hidden_size)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Identity() if outputs is None else nn.Linear(self.features_n, outputs)

    def features(self, x: Tensor) -> Tensor:
        """Give the features of texts, tokens x (B, T): (B, D)."""
        x = self._framed(x)
        own = x > 0
        mask = None if x.is_meta else own.long()  # the package looks into a mask, which has no values there
        h = self.model(input_ids=(x - 1).clamp(min=0), attention_mask=mask).last_hidden_state  # (B, T, D)
        mean = (h * own.unsqueeze(2)).sum(1) / own.sum(1, keepdim=True).clamp(min=1)
        return self.dropout(mean)  # type: ignore[no-any-return]

    def forward(self, x: Tensor) -> Tensor:
        """Give the outputs (B, K) of tokens x (B, T)."""
        out: Tensor = self.head(self.features(x))
        return out

    def _framed(self, x: Tensor) -> Tensor:
        """Put the first and the last token around each text: (B, T) to (B, up to T + 2)."""
        if self.begin is not None:
            x = torch.cat([x.new_full((len(x), 1), self.begin + 1), x], dim=1)
        if self.end is not None:
            last = (x > 0).sum(1, keepdim=True)
            x = nn.functional.pad(x, (0, 1)).scatter(1, last, self.end + 1)
        return x
