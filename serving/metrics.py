"""What Prometheus may read of the service; no text and no caller."""

import os
from collections.abc import Sequence

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from serving.schema import Resultaat

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

REQUESTS = Counter("kamervraag_requests", "Requests by resource and status", ["resource", "status"])
REQUEST_SECONDS = Histogram("kamervraag_request_seconds", "Time of a request", ["resource"], buckets=_SECONDS)
QUEUE_SECONDS = Histogram("kamervraag_queue_seconds", "Wait of a request before the model took it", buckets=_SECONDS)
INFERENCE_SECONDS = Histogram("kamervraag_inference_seconds", "Time of the model for a batch", buckets=_SECONDS)
QUESTIONS = Counter("kamervraag_questions", "Questions answered by domain and urgency", ["domain", "urgency"])
REVIEWS = Counter("kamervraag_reviews", "Questions that a person should look at")
TOKENS = Counter("kamervraag_tokens", "Tokens of the questions answered")


def count(results: Sequence[Resultaat]) -> None:
    """Count answers."""
    for result in results:
        QUESTIONS.labels(result.domein.id, result.urgentie.niveau).inc()
        REVIEWS.inc(result.beoordelen)
        TOKENS.inc(result.aantal_tokens)


def exposition() -> bytes:
    """All numbers in Prometheus' text format, summed over the processes where there are several."""
    registry: CollectorRegistry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
