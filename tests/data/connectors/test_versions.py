from data.connectors.koop import KoopRecord, parse_record
from data.connectors.versions import choose
from data.connectors.xml import find_all, parse_xml


def _records(official) -> list[KoopRecord]:
    root = parse_xml(official.page(*official.published), "searchRetrieveResponse")
    return [parse_record(each) for each in find_all(root, "record")]


def _kept(choice) -> list[str]:
    return [record.id for record in choice.records]


def test_a_record_that_comes_by_twice_is_kept_once(official) -> None:
    official.publish("ah-1")
    official.publish("ah-1")
    choice = choose(_records(official))
    assert _kept(choice) == ["ah-1"]
    assert choice.left_out == []


def test_the_latest_version_of_an_identifier_is_kept(official) -> None:
    official.publish("ah-1", status="Opgemaakt na onopgemaakt", modified="2024-02-01")
    official.publish("ah-1", status="Onopgemaakt", modified="2024-03-01")
    assert [record.status for record in choose(_records(official)).records] == ["Opgemaakt na onopgemaakt"]
    official.publish("ah-1", status="Opgemaakt na onopgemaakt", modified="2024-04-01")
    assert [record.modified for record in choose(_records(official)).records] == ["2024-04-01"]


def test_an_unedited_document_gives_way_to_the_edited_one(official) -> None:
    official.publish("ah-1271549", vraagnummer="2024Z00001", status="Onopgemaakt", kind="")
    official.publish("ah-tk-20232024-12", vraagnummer="2024Z00001", status="Opgemaakt na onopgemaakt")
    official.publish("ah-1271550", vraagnummer="2024Z00002", status="Onopgemaakt")
    choice = choose(_records(official))
    assert _kept(choice) == ["ah-1271550", "ah-tk-20232024-12"]
    assert [(each.document, each.reason) for each in choice.left_out] == [
        ("ah-1271549", "Onopgemaakt; ah-tk-20232024-12 is a later version")
    ]


def test_an_unedited_document_of_another_kind_is_kept(official) -> None:
    official.publish("ah-1271549", vraagnummer="2024Z00001", status="Onopgemaakt", kind="Nader antwoord")
    official.publish("ah-tk-20232024-12", vraagnummer="2024Z00001", status="Opgemaakt na onopgemaakt")
    assert _kept(choose(_records(official))) == ["ah-1271549", "ah-tk-20232024-12"]


def test_two_edited_answers_of_one_number_are_both_kept(official) -> None:
    official.publish("ah-tk-20232024-12", vraagnummer="2024Z00001")
    official.publish("ah-tk-20232024-13", vraagnummer="2024Z00001", status="Opgemaakt na onopgemaakt")
    assert len(choose(_records(official)).records) == 2


def test_documents_without_a_number_have_nothing_in_common(official) -> None:
    official.publish("ah-1", status="Onopgemaakt")
    official.publish("ah-2", kind="Mededeling")
    official.publish("ah-3")
    assert _kept(choose(_records(official))) == ["ah-1", "ah-2", "ah-3"]


def test_a_notice_gives_way_to_the_answer_and_is_remembered(official) -> None:
    official.publish("ah-tk-20232024-11", vraagnummer="2024Z00001", kind="Mededeling")
    official.publish("ah-tk-20232024-12", vraagnummer="2024Z00001", available="2024-02-03")
    official.publish("ah-tk-20232024-13", vraagnummer="2024Z00002", kind="Mededeling")
    choice = choose(_records(official))
    assert _kept(choice) == ["ah-tk-20232024-13", "ah-tk-20232024-12"]
    assert choice.postponed == {"2024Z00001", "2024Z00002"}
    assert [(each.document, each.reason) for each in choice.left_out] == [
        ("ah-tk-20232024-11", "Mededeling; ah-tk-20232024-12 answers the questions")
    ]


def test_the_order_is_of_day_and_identifier_whatever_the_search_gives(official) -> None:
    official.publish("ah-3", available="2024-01-02")
    official.publish("ah-2", available="2024-01-01")
    official.publish("ah-1", available="2024-01-02")
    assert _kept(choose(_records(official))) == ["ah-2", "ah-1", "ah-3"]
    assert _kept(choose(reversed(_records(official)))) == ["ah-2", "ah-1", "ah-3"]
