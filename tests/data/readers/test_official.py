import pytest

from data.errors import InputError
from data.readers.official import read_html, read_xml

XML = """<?xml version="1.0" encoding="UTF-8"?>
<officiele-publicatie>
  <metadata><meta name="OVERHEIDop.externMetadataRecord" content="https://example.org/metadata.xml"/></metadata>
  <kamervragen>
    <kamervraagkop><tekstregel inhoud="vergaderjaar">Vergaderjaar 2020-2021</tekstregel></kamervraagkop>
    <kamervraagnummer>17</kamervraagnummer>
    <kamervraagomschrijving type="vraag">Vragen van het lid <naam><achternaam>De Wit</achternaam></naam> (ABC) aan de
      Minister van Verkeer over <kamervraagonderwerp>de brug bij
      Zwartsluis</kamervraagonderwerp> (ingezonden <datum isodatum="2021-06-02">2 juni 2021</datum>).
    </kamervraagomschrijving>
    <kamervraagomschrijving type="antwoord">Antwoord van Minister <naam><achternaam>Smit</achternaam></naam>
      (<organisatie afkorting="VK">Verkeer</organisatie>) (ontvangen <datum isodatum="2021-07-01">1 juli 2021</datum>)
    </kamervraagomschrijving>
    <vraag><nr status="officieel">Vraag 1</nr>
      <al>Bent u bekend met het
        <nadruk type="cur">bericht</nadruk>?<noot id="n1" type="voet"><noot.nr>1</noot.nr><noot.al>Krant,
        3 mei</noot.al></noot></al>
    </vraag>
    <antwoord><nr status="officieel">Antwoord 1</nr><al>Ja.</al></antwoord>
    <vraag><nr status="officieel">Vraag 2</nr><al>Welke bruggen?</al>
      <lijst><li><li.nr>a.</li.nr><al>de eerste</al></li><li><li.nr>b.</li.nr><al>de tweede</al></li></lijst></vraag>
    <vraag><nr status="officieel">Vraag 3</nr><al>Waarom?</al></vraag>
    <antwoord><nr status="officieel">Antwoord 2 en 3</nr><al>Daarom.</al>
      <table><tgroup><tbody><row><entry>2020</entry><entry>12</entry></row></tbody></tgroup></table></antwoord>
  </kamervragen>
</officiele-publicatie>"""

HTML = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>Aanhangsel</title></head><body>
<nav><p>Zoeken op overheid.nl?</p></nav>
<h1 class="kamervraagomschrijving_kop">Vragen van het lid De Wit (ABC) aan de Minister van Verkeer over de brug bij
 Zwartsluis (ingezonden 2 juni 2021).</h1>
<h1 class="kamervraagomschrijving_kop">Antwoord van Minister Smit (Verkeer) (ontvangen 1 juli 2021)</h1>
<div class="vraag"><h2>Vraag 1</h2><p>Bent u bekend met het
 <em>bericht</em>?<a class="nootnum" href="#n1">1</a></p></div>
<div class="antwoord"><h2>Antwoord 1</h2><p>Ja.</p></div>
<div class="vraag"><p class="nummer">Vraag 2</p><p>Welke bruggen?</p>
 <ul><li>a. de eerste</li><li>b. de tweede</li></ul></div>
<div class="vraag"><h2>Vraag 3</h2><p>Waarom?</p></div>
<div class="antwoord"><h2>Antwoord 2 en 3</h2><p>Daarom.</p><table><tr><td>2020</td><td>12</td></tr></table></div>
<div class="voet noot"><span class="nootnum">1</span> Krant, 3 mei</div></body></html>"""


@pytest.mark.parametrize(
    ("read", "content"), [pytest.param(read_xml, XML, id="XML"), pytest.param(read_html, HTML, id="HTML")]
)
def test_both_forms_give_the_same_records(read, content: str) -> None:
    records = read(content.encode())
    head = records[0].document
    assert (head.title, head.askers, head.addressees) == (
        "de brug bij Zwartsluis",
        ("De Wit (ABC)",),
        ("de Minister van Verkeer",),
    )
    assert f"{head.date}" == "2021-06-02"
    assert [(record.number, record.text, record.answer) for record in records] == [
        (1, "Bent u bekend met het bericht?", "Ja."),
        (2, "Welke bruggen? a. de eerste b. de tweede", "Daarom.\n2020 12"),
        (3, "Waarom?", "Daarom.\n2020 12"),
    ]


def test_the_two_forms_are_one_document() -> None:
    assert read_xml(XML.encode()) == read_html(HTML.encode())


def test_questions_alone_have_no_answers() -> None:
    content = """<officiele-publicatie xmlns="http://example.org/op"><kamervragen><vraag><nummer>1</nummer>
      <al>Klopt het?</al></vraag><vraag><al>Hoelang nog?</al></vraag></kamervragen></officiele-publicatie>"""
    assert [(each.text, each.answer) for each in read_xml(content.encode())] == [
        ("Klopt het?", ""),
        ("Hoelang nog?", ""),
    ]


def test_a_notice_of_postponement_has_no_questions() -> None:
    content = b"<officiele-publicatie><kamervragen><mededeling><al>Later.</al></mededeling></kamervragen>"
    content += b"</officiele-publicatie>"
    assert read_xml(content) == []


def test_a_page_without_marks_is_read_as_text() -> None:
    page = b"<html><body><h1>De brug</h1><p>1. Klopt het?</p><p>2. Zo ja, hoe&shy;lang nog &ndash; 1 jaar?</p></body>"
    records = read_html(page)
    assert [(each.document.title, each.text) for each in records] == [
        ("De brug", "Klopt het?"),
        ("De brug", "Zo ja, hoelang nog – 1 jaar?"),
    ]


def test_a_page_may_be_in_another_encoding_that_it_names() -> None:
    page = '<html><head><meta charset="iso-8859-1"></head><body><p>Hoe staat het met Curaçao?</p></body></html>'
    assert [each.text for each in read_html(page.encode("latin-1"))] == ["Hoe staat het met Curaçao?"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param('<!DOCTYPE a [<!ENTITY b "c">]><vraag>&b;</vraag>', "declares some|declare", id="entity"),
        pytest.param(
            '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><vraag>&b;</vraag>',
            "without entities",
            id="file entity",
        ),
        pytest.param(
            '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><vraag>&b;</vraag>',
            "without entities",
            id="laughs",
        ),
        pytest.param("<vraag><al>Klopt het?</vraag>", "expected XML, found a broken file", id="broken"),
        pytest.param("<rekening><bedrag>3</bedrag></rekening>", "found XML with root rekening", id="other kind"),
        pytest.param("<a>" * 5000, "expected XML, found a broken file", id="deep"),
    ],
)
def test_xml_that_cannot_be_read(content: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_xml(content.encode())


@pytest.mark.parametrize("content", [pytest.param(b"", id="empty"), pytest.param(b"<!-- -->", id="comment")])
def test_html_that_cannot_be_read(content: bytes) -> None:
    with pytest.raises(InputError, match="expected an HTML page"):
        read_html(content)


def test_without_numbers_the_order_tells_which_answer_is_whose() -> None:
    content = b"""<officiele-publicatie><kamervragen><vraag><al>Klopt het?</al></vraag><vraag><al>Hoelang?</al></vraag>
      <antwoord><al>Ja.</al></antwoord><antwoord><al>Kort.</al></antwoord></kamervragen></officiele-publicatie>"""
    assert [(each.text, each.answer) for each in read_xml(content)] == [("Klopt het?", "Ja."), ("Hoelang?", "Kort.")]
