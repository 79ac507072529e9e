"""The tagger in PyTorch: a RoBERTa encoder with a domain head and an urgency head, and a wide part beside it.

Shapes: B questions, T tokens, N character n-grams, D domains, U urgency levels, H hidden size.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, log_softmax
from transformers import RobertaConfig, RobertaModel, RobertaPreTrainedModel, initialization

IGNORE = -100
"""Label of a question that nobody judged on that head."""
LENGTH = 64
"""Tokens of a question of ordinary length, for which the calibration's growth changes nothing."""


class TaggerConfig(RobertaConfig):
    """A RoBERTa configuration with the sizes of the two heads."""

    model_type = "kamervraag-tagger"

    def __init__(
        self,
        domains: int = 2,
        urgencies: int = 2,
        head_dropout: float = 0.1,
        label_smoothing: float = 0.05,
        ngram_buckets: int = 1 << 17,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.domains = domains
        self.urgencies = urgencies
        self.head_dropout = head_dropout
        self.label_smoothing = label_smoothing
        self.ngram_buckets = ngram_buckets


def mean_pool(hidden_BTH: Tensor, attention_mask: Tensor) -> Tensor:
    """The mean over the tokens that are no padding (attention mask 1). *Shape:* (B, H)."""
    mask_BT1 = attention_mask.unsqueeze(-1).to(hidden_BTH.dtype)
    pooled_BH: Tensor = (hidden_BTH * mask_BT1).sum(1) / mask_BT1.sum(1).clamp(min=1)
    return pooled_BH


def calibrate(logits_BL: Tensor, tokens_B: Tensor, growth: Tensor, damping: Tensor) -> Tensor:
    """Logits whose softmax is a probability that can be believed; the likeliest label stays the same.

    With p the softmax of the logits times (tokens / 64)^growth, the probability is in proportion to
    p (1 - p)^damping. A long question tells more than a bare title does, and one size for both makes one of them too
    sure. The second factor lowers sure answers more than doubtful ones, which a size alone (temperature scaling, Guo
    et al. 2017, "On calibration of modern neural networks") cannot do: labels are wrong now and then however clear a
    question is.

    Args:
        logits_BL: L labels. *Shape:* (B, L).
        tokens_B: length of each input. *Shape:* (B,).
        growth: of the logits with the length; 0 for none.
        damping: over -1, or another label may become the likeliest; 0 for none.
    """
    log_p_BL = log_softmax(logits_BL * (tokens_B.unsqueeze(1) / LENGTH) ** growth, dim=-1)
    return log_p_BL + damping * torch.log1p(-log_p_BL.exp().clamp(max=1 - 1e-6))


class WidePart(nn.Module):
    """A linear model on TF-IDF weights of hashed character n-grams, the trust in each part of the tagger, and how its
    answers become probabilities.

    N-grams tell at once what a word looks like, where an encoder must have read it often: the two err on other
    questions (Cheng et al. 2016, "Wide & deep learning for recommender systems").
    """

    def __init__(self, buckets: int, domains: int, urgencies: int) -> None:
        super().__init__()
        self.weight = nn.Embedding(buckets, domains + urgencies)
        self.bias = nn.Parameter(torch.empty(domains + urgencies))
        self.idf = nn.Embedding(buckets, 1)
        self.blend = nn.Parameter(torch.empty(2, 2))
        """Factors of the logits, rows domain and urgency, columns encoder and wide part."""
        self.calibration = nn.Parameter(torch.empty(2, 2))
        """Of the blended logits, rows domain and urgency, columns growth and damping; see `calibrate`."""
        self.sizes = (domains, urgencies)

    def forward(self, ngram_ids: Tensor, ngram_weights: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of both heads. *Shape:* (B, D) and (B, U) from (B, N) and (B, N)."""
        tfidf_BN = ngram_weights * self.idf(ngram_ids).squeeze(-1)
        summed_BL = (self.weight(ngram_ids) * tfidf_BN.unsqueeze(-1)).sum(1)
        norm_B1 = tfidf_BN.square().sum(1, keepdim=True).sqrt().clamp(min=1e-6)
        domain, urgency = (summed_BL / norm_B1 + self.bias).split(self.sizes, dim=1)
        return domain, urgency


class RobertaTagger(RobertaPreTrainedModel):
    """Encoder, mean over the tokens, one linear head for each task; the wide part's logits are added to theirs,
    and the sum calibrated.

    The mean serves a small encoder better than the state at `<s>`, which only long pre-training fills.
    """

    config_class = TaggerConfig

    def __init__(self, config: TaggerConfig) -> None:
        super().__init__(config)
        self.roberta = RobertaModel(config, add_pooling_layer=False)
        self.dropout = nn.Dropout(config.head_dropout)
        self.domain_head = nn.Linear(config.hidden_size, config.domains)
        self.urgency_head = nn.Linear(config.hidden_size, config.urgencies)
        self.wide = WidePart(config.ngram_buckets, config.domains, config.urgencies)
        self.post_init()  # type: ignore[no-untyped-call]

    def _init_weights(self, module: nn.Module) -> None:
        """A new wide part says nothing: its weights are fitted apart, by `training.blend`."""
        if isinstance(module, WidePart):
            for parameter in (module.weight.weight, module.idf.weight, module.bias, module.calibration):
                initialization.zeros_(parameter)
            initialization.copy_(module.blend, torch.tensor([[1.0, 0.0], [1.0, 0.0]]))
        else:
            super()._init_weights(module)  # type: ignore[no-untyped-call]

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        ngram_ids: Tensor | None = None,
        ngram_weights: Tensor | None = None,
        domain: Tensor | None = None,
        urgency: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """Logits, and the summed loss where labels are given.

        Args:
            input_ids: *Shape:* (B, T).
            attention_mask: 1 for tokens, 0 for padding. *Shape:* (B, T).
            ngram_ids: buckets of n-grams. Without them the encoder answers alone. *Shape:* (B, N).
            ngram_weights: 0 for padding. *Shape:* (B, N).
            domain: index of the domain, or `IGNORE`. *Shape:* (B,).
            urgency: index of the urgency level, or `IGNORE`. *Shape:* (B,).

        Returns:
            `loss` if labels are given, `domain_logits` (B, D) and `urgency_logits` (B, U).
        """
        hidden_BTH = self.roberta(input_ids, attention_mask=attention_mask).last_hidden_state
        pooled_BH = self.dropout(mean_pool(hidden_BTH, attention_mask))
        logits = {"domain_logits": self.domain_head(pooled_BH), "urgency_logits": self.urgency_head(pooled_BH)}
        if ngram_ids is not None and ngram_weights is not None:
            wide = self.wide(ngram_ids, ngram_weights)
            rows = zip(logits.items(), wide, self.wide.blend, self.wide.calibration, strict=True)
            for (name, own), other, (a, b), (growth, damping) in rows:
                logits[name] = calibrate(a * own + b * other, attention_mask.sum(1), growth, damping)
        if domain is None or urgency is None:
            return logits
        smoothing = self.config.label_smoothing
        loss = _loss(logits["domain_logits"], domain, smoothing) + _loss(logits["urgency_logits"], urgency, smoothing)
        return {"loss": loss, **logits}


def _loss(logits: Tensor, labels: Tensor, smoothing: float) -> Tensor:
    """Cross-entropy in nats over the judged questions; 0 where a batch has none, for which the mean would be NaN."""
    total = cross_entropy(logits, labels, ignore_index=IGNORE, label_smoothing=smoothing, reduction="sum")
    return total / (labels != IGNORE).sum().clamp(min=1)
