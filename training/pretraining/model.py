"""The encoder with the heads of its three objectives.

Shapes: B texts, T tokens, H hidden size, N names.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize
from transformers import RobertaConfig, RobertaForMaskedLM

from models.tagger import mean_pool
from training.pretraining.batches import IGNORE, PAD


class PretrainingModel(RobertaForMaskedLM):
    """RoBERTa's masked-language model that also draws related texts together and tells names from a text.

    Texts are represented by the mean over their tokens, as the tagger does.
    """

    def __init__(self, config: RobertaConfig, names: int = 0, temperature: float = 0.05) -> None:
        super().__init__(config)
        self.temperature = temperature
        self.names_head = nn.Linear(config.hidden_size, names) if names else None

    def forward(
        self,
        input_ids: Tensor | None = None,
        labels: Tensor | None = None,
        left: Tensor | None = None,
        right: Tensor | None = None,
        texts: Tensor | None = None,
        names: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """The loss of one objective, in nats; which one follows from the arguments.

        Args:
            input_ids: with hidden tokens. *Shape:* (B, T).
            labels: the hidden tokens, `IGNORE` elsewhere. *Shape:* (B, T).
            left: texts that belong to those of `right`. *Shape:* (B, T).
            right: *Shape:* (B, other T).
            texts: texts whose names are known. *Shape:* (B, T).
            names: 1 for each name that a text has. *Shape:* (B, N).
        """
        if input_ids is not None and labels is not None:
            return {"loss": self._masked(input_ids, labels)}
        if left is not None and right is not None:
            return {"loss": self._contrastive(self._pooled(left), self._pooled(right))}
        if texts is None or names is None or self.names_head is None:
            raise TypeError("expected input_ids and labels, left and right, or texts and names")
        logits_BN = self.names_head(self._pooled(texts))
        # Each name of a text is an equal share of what to tell: a loss of the size of the other two.
        return {"loss": cross_entropy(logits_BN.float(), names / names.sum(1, keepdim=True))}

    def _masked(self, input_ids: Tensor, labels: Tensor) -> Tensor:
        """Over the hidden positions alone: the output layer costs twice the encoder at this size."""
        hidden_BTH = self.roberta(input_ids).last_hidden_state
        hidden = labels != IGNORE
        return cross_entropy(self.lm_head(hidden_BTH[hidden]).float(), labels[hidden])

    def _pooled(self, ids: Tensor) -> Tensor:
        mask_BT = (ids != PAD).long()
        return mean_pool(self.roberta(ids, attention_mask=mask_BT).last_hidden_state, mask_BT)

    def _contrastive(self, left_BH: Tensor, right_BH: Tensor) -> Tensor:
        """InfoNCE with the other pairs of the batch as negatives, in both directions (van den Oord et al. 2018)."""
        scores_BB = normalize(left_BH.float()) @ normalize(right_BH.float()).T / self.temperature
        own: Any = torch.arange(len(scores_BB), device=scores_BB.device)
        return (cross_entropy(scores_BB, own) + cross_entropy(scores_BB.T, own)) / 2
