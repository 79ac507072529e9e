from datetime import date

from data.labels import LabelScheme
from data.question import LabelledQuestion, Question
from data.stats import Stats, distribution_figure

QUESTIONS = [
    LabelledQuestion(
        question=Question(text="Klopt dat?", title="De brug", date=date(2020, 1, 1)),
        domain="verkeer",
        also=("ruimte",),
        urgency="hoog",
        deadline=date(2020, 1, 2),
        group="brug",
        source="a",
    ),
    LabelledQuestion(
        question=Question(text="Hoelang duurt dat nog?", title="De brug", context="Klopt dat?", date=date(2022, 1, 1)),
        domain="verkeer",
        urgency="laag",
        group="brug",
        source="a",
    ),
    LabelledQuestion(question=Question(text="Waarom?"), domain="zorg", group="waarom", source="a"),
    LabelledQuestion(question=Question(text="En nu?"), domain="zorg", group="en nu", source="a"),
]


def test_counts() -> None:
    stats = Stats.of(QUESTIONS)
    assert (stats.questions, stats.documents) == (4, 3)
    assert stats.domains == {"verkeer": 2, "zorg": 2}
    assert stats.urgencies == {"hoog": 1, "laag": 1}
    assert stats.years == {2020: 1, 2022: 1}
    assert stats.words == [2, 4, 1, 2]
    assert (stats.with_title, stats.with_context, stats.with_also, stats.with_deadline) == (0.5, 0.25, 0.25, 0.25)


def test_the_picture_shows_domains_by_urgency(scheme: LabelScheme) -> None:
    figure = distribution_figure(QUESTIONS, scheme, "proef")
    domains = figure.axes[0]
    assert [label.get_text() for label in domains.get_yticklabels()] == ["zorg", "verkeer"]
    assert [text.get_text() for text in domains.get_legend().get_texts()] == ["laag", "hoog", "not judged"]
    assert sum(bar.get_width() for bar in domains.patches) == 4


def test_questions_without_dates_can_be_drawn(scheme: LabelScheme) -> None:
    assert list(distribution_figure(QUESTIONS[2:], scheme, "proef").axes[2].patches) == []
