"""Which questions to label next, and a table to label them in."""

import csv
from collections import defaultdict
from collections.abc import Sequence
from itertools import chain, islice, zip_longest
from pathlib import Path

from data.output import refuse_existing, whole_file
from data.reading import read_documents
from models.prediction import Prediction, Tagger


def label_next(predictions: Sequence[Prediction], count: int) -> list[int]:
    """Places of the questions whose labels would teach a tagger most: the least sure first, by domain in turn.

    Uncertainty sampling by the least confident answer (Lewis & Gale 1994, "A sequential algorithm for training text
    classifiers"). One question of each domain that was answered, then the next of each: the least sure alone would all
    come from the domain that is hardest.
    """
    by_domain: defaultdict[int, list[int]] = defaultdict(list)
    for place in sorted(range(len(predictions)), key=lambda place: max(predictions[place].domain_probabilities)):
        by_domain[predictions[place].domain_index].append(place)
    turns = chain.from_iterable(zip_longest(*by_domain.values()))
    return list(islice((place for place in turns if place is not None), count))


def write_to_label(tagger: Tagger, source: Path, target: Path, count: int) -> None:
    """Write the questions of a file that are to be labelled next as CSV, with an empty column `domain` to fill.

    The column `voorstel` has the tagger's answer and `kans` its probability. The filled table is one to train on: rows
    without a domain are left out.

    Args:
        tagger: answers the questions.
        source: a document or table; see `data.reading.read_documents`.
        target: the table.
        count: most questions that are written.

    Raises:
        InputError: `target` exists, and may hold labels; or `source` cannot be read.
    """
    refuse_existing(target, force=False)
    questions = [record.question() for document in read_documents(source) for record in document]
    predictions = tagger.predict(questions)
    with whole_file(target) as file:
        table = csv.DictWriter(file, ["id", "titel", "context", "tekst", "datum", "voorstel", "kans", "domain"])
        table.writeheader()
        for place in label_next(predictions, count):
            question, answer = questions[place], predictions[place]
            table.writerow(
                {
                    "id": question.id,
                    "titel": question.title,
                    "context": question.context,
                    "tekst": question.text,
                    "datum": question.date,
                    "voorstel": tagger.scheme.domain_ids[answer.domain_index],
                    "kans": f"{max(answer.domain_probabilities):.2f}",
                }
            )
