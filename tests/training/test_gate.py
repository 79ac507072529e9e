import tomllib
from collections.abc import Sequence
from dataclasses import replace

from data.labels import LabelScheme
from data.question import LabelledQuestion, Question
from models.prediction import Prediction
from training.behaviour import CASES, check_behaviour
from training.gate import objections


class KnowsTheCases:
    """Answers the behaviour cases by their first words, and urgency by words of haste."""

    name, version = "knower", "1"

    def __init__(self, scheme: LabelScheme, *, sure: float = 0.8, wrong: str = "") -> None:
        self.scheme = scheme
        self.sure = sure
        self.wrong = wrong
        cases = tomllib.loads(CASES.read_text(encoding="utf-8"))["cases"]
        self.domains = {self._key(text): domain for domain, texts in cases.items() for text in texts}

    @staticmethod
    def _key(text: str) -> tuple[int, str]:
        letters = "".join(sorted(character for character in text.lower() if character.isalpha()))
        return len(letters), letters

    def predict(self, questions: Sequence[Question]) -> list[Prediction]:
        return [self._one(question) for question in questions]

    def _one(self, question: Question) -> Prediction:
        best, text = 0, question.text.lower()
        for (length, letters), domain in self.domains.items():
            if self._contains(text, letters, length) and domain != self.wrong:
                best = self.scheme.domain_index(domain)
        count = len(self.scheme.domains)
        rest = (1 - self.sure) / (count - 1)
        hasty = any(word in text for word in ("vandaag", "direct", "debat"))
        return Prediction(
            domain_probabilities=tuple(
                self.sure if place == best else rest for place in range(len(self.scheme.domains))
            ),
            urgency_probabilities=(0.1, 0.2, 0.7) if hasty else (0.9, 0.08, 0.02),
            deadline=None,
            likely=(best,),
            review=False,
            tokens=1,
        )

    def _contains(self, text: str, letters: str, length: int) -> bool:
        """Whether some stretch of the text as long as a case has its letters."""
        own = [character for character in text if character.isalpha()]
        return any(sorted(own[start : start + length]) == list(letters) for start in range(len(own) - length + 1))


def _set(scheme: LabelScheme, count: int = 60) -> list[LabelledQuestion]:
    return [
        LabelledQuestion(question=Question(text=f"Waarom {place}?"), domain="bestuur", group=f"{place}", source="own")
        for place in range(count)
    ]


def test_who_does_all_right_passes(scheme: LabelScheme) -> None:
    tagger = KnowsTheCases(scheme)
    assert [each.name for each in check_behaviour(tagger) if not each.passed] == []
    # All are right at a probability of 0.97: within the calibration that is asked.
    assert objections(KnowsTheCases(scheme, sure=0.97), None, {"own": _set(scheme)}) == []


def test_each_failure_is_named(scheme: LabelScheme) -> None:
    class Calm(KnowsTheCases):
        def _one(self, question: Question) -> Prediction:
            return replace(super()._one(question), urgency_probabilities=(1.0, 0.0, 0.0))

    failed = {each.name for each in check_behaviour(Calm(scheme)) if not each.passed}
    assert len(failed) == 3
    assert all("raises urgency" in name for name in failed)


def test_too_sure_or_unsure_is_an_objection(scheme: LabelScheme) -> None:
    [objection] = objections(KnowsTheCases(scheme, sure=0.6), None, {"own": _set(scheme)})
    # Of 60 answers of a probability of 0.6 chance makes 10 more or fewer right.
    assert objection == "calibration: expected an error of at most 0.167 on own, found 0.400"


def test_worse_than_the_champion_is_an_objection(scheme: LabelScheme) -> None:
    half = [replace(each, domain="bestuur" if place % 2 else "zorg") for place, each in enumerate(_set(scheme))]

    class Better(KnowsTheCases):
        def predict(self, questions: Sequence[Question]) -> list[Prediction]:
            found = super().predict(questions)
            zorg = self.scheme.domain_index("zorg")
            chances = tuple(0.97 if place == zorg else 0.03 / 19 for place in range(20))
            return [
                replace(each, domain_probabilities=chances)
                if question.text in {q.question.text for q in half[::2]}
                else each
                for question, each in zip(questions, found, strict=True)
            ]

    worse, better = KnowsTheCases(scheme, sure=0.5), Better(scheme, sure=0.97)
    found = objections(worse, better, {"half": half})
    assert [each.split(":")[0] for each in found] == ["accuracy"]
    assert objections(better, worse, {"half": half}) == []
