"""The tagger in PyTorch: a RoBERTa encoder with a domain head and an urgency head.

Shapes: B questions, T tokens, D domains, U urgency levels, H hidden size.
"""

from typing import Any

from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from transformers import RobertaConfig, RobertaModel, RobertaPreTrainedModel

IGNORE = -100
"""Label of a question that nobody judged on that head."""


class TaggerConfig(RobertaConfig):
    """A RoBERTa configuration with the sizes of the two heads."""

    model_type = "kamervraag-tagger"

    def __init__(
        self,
        domains: int = 2,
        urgencies: int = 2,
        head_dropout: float = 0.1,
        label_smoothing: float = 0.05,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.domains = domains
        self.urgencies = urgencies
        self.head_dropout = head_dropout
        self.label_smoothing = label_smoothing


def mean_pool(hidden_BTH: Tensor, attention_mask: Tensor) -> Tensor:
    """The mean over the tokens that are no padding (attention mask 1). *Shape:* (B, H)."""
    mask_BT1 = attention_mask.unsqueeze(-1).to(hidden_BTH.dtype)
    pooled_BH: Tensor = (hidden_BTH * mask_BT1).sum(1) / mask_BT1.sum(1).clamp(min=1)
    return pooled_BH


class RobertaTagger(RobertaPreTrainedModel):
    """Encoder, mean over the tokens, one linear head for each task.

    The mean serves a small encoder better than the state at `<s>`, which only long pre-training fills.
    """

    config_class = TaggerConfig

    def __init__(self, config: TaggerConfig) -> None:
        super().__init__(config)
        self.roberta = RobertaModel(config, add_pooling_layer=False)
        self.dropout = nn.Dropout(config.head_dropout)
        self.domain_head = nn.Linear(config.hidden_size, config.domains)
        self.urgency_head = nn.Linear(config.hidden_size, config.urgencies)
        self.post_init()  # type: ignore[no-untyped-call]

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        domain: Tensor | None = None,
        urgency: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """Logits, and the summed loss where labels are given.

        Args:
            input_ids: *Shape:* (B, T).
            attention_mask: 1 for tokens, 0 for padding. *Shape:* (B, T).
            domain: index of the domain, or `IGNORE`. *Shape:* (B,).
            urgency: index of the urgency level, or `IGNORE`. *Shape:* (B,).

        Returns:
            `loss` if labels are given, `domain_logits` (B, D) and `urgency_logits` (B, U).
        """
        hidden_BTH = self.roberta(input_ids, attention_mask=attention_mask).last_hidden_state
        pooled_BH = self.dropout(mean_pool(hidden_BTH, attention_mask))
        logits = {"domain_logits": self.domain_head(pooled_BH), "urgency_logits": self.urgency_head(pooled_BH)}
        if domain is None or urgency is None:
            return logits
        smoothing = self.config.label_smoothing
        loss = _loss(logits["domain_logits"], domain, smoothing) + _loss(logits["urgency_logits"], urgency, smoothing)
        return {"loss": loss, **logits}


def _loss(logits: Tensor, labels: Tensor, smoothing: float) -> Tensor:
    """Cross-entropy in nats over the judged questions; 0 where a batch has none, for which the mean would be NaN."""
    total = cross_entropy(logits, labels, ignore_index=IGNORE, label_smoothing=smoothing, reduction="sum")
    return total / (labels != IGNORE).sum().clamp(min=1)
