from data.connectors.groups import Head, group_names, make_head, without_answers


def _head(key: str, number: str | None = None, title: str = "", *questions: str, answered: bool = True) -> Head:
    return make_head(key, number, title, questions or (key,), answered=answered)


def test_the_group_is_the_title_in_letters() -> None:
    assert group_names([_head("a", "1", "Het «loket»!")]) == {"a": "het loket"}
    assert group_names([_head("a", "1")]) == {"a": "a"}


def test_one_set_that_was_put_to_several_ministers_is_one_group() -> None:
    heads = [
        _head("a", "1", "De brug", "Is hij dicht?"),
        _head("b", "2", "DE BRUG.", "Is hij dicht? En hoe lang?"),
        _head("c", "3", "Een andere titel", "is hij dicht"),
        _head("d", "4", "De weg", "Is hij dicht?", "Nee?"),
    ]
    assert group_names(heads) == {"a": "de brug", "b": "de brug", "c": "de brug", "d": "de weg"}


def test_documents_of_one_number_are_one_group() -> None:
    heads = [
        _head("a", "1", "De brug"),
        _head("b", "1", "De weg"),
        _head("c", "2", "Het pad"),
        _head("d", "3", "De weg"),
    ]
    assert group_names(heads) == {"a": "de brug", "b": "de brug", "c": "het pad", "d": "de brug"}


def test_documents_without_number_and_title_stay_apart() -> None:
    assert group_names([_head("a"), _head("b")]) == {"a": "a", "b": "b"}


def test_a_document_without_answers_gives_way_to_one_with() -> None:
    heads = [
        _head("a", "1", answered=False),
        _head("b", "1"),
        _head("c", "2", answered=False),
        _head("d", None, answered=False),
        _head("e", None),
        _head("f", "1"),
    ]
    assert without_answers(heads) == {"a": "b"}
