"""What the official sources publish, in the shapes that they document. All content is invented."""

import html
from dataclasses import dataclass

TAXONOMY = "OVERHEID.TaxonomieBeleidsagenda"
WRITTEN = "Schriftelijke vragen"
ERROR_PAGE = b"<!DOCTYPE html><html><head><title>Niet gevonden</title></head><body><p>Helaas<br></body></html>"


@dataclass(kw_only=True)
class Published:
    """A document of KOOP."""

    id: str
    available: str = "2024-01-15"
    vraagnummer: str = ""
    title: str = "Antwoord op vragen van het lid De Wit over het loket in Veendam"
    subject: str = "Het loket in Veendam"
    labels: tuple[tuple[str, str], ...] = ((TAXONOMY, "Bestuur | Gemeenten"),)
    questions: tuple[tuple[str, str], ...] = (("Kent u het loket?", "Ja."), ("Gaat het dicht?", "Nee, het blijft."))
    manifestations: tuple[str, ...] = ("html", "metadata", "metadataowms", "odt", "pdf", "xml")
    status: str = "Opgemaakt"
    kind: str = "Antwoord"
    modified: str = "2024-02-01"

    def record(self, position: int) -> str:
        """One record of a search."""
        subjects = "".join(
            f'<dcterms:subject scheme="{scheme}">{html.escape(value)}</dcterms:subject>'
            for scheme, value in self.labels
        )
        items = "".join(
            f'<gzd:itemUrl manifestation="{each}">https://koop.example/{self.id}/{each}</gzd:itemUrl>'
            for each in self.manifestations
        )
        number = f"<w:vraagnummer>{self.vraagnummer}</w:vraagnummer>" if self.vraagnummer else ""
        kind = f'<w:subrubriek scheme="OVERHEIDop.AanhangselTypen">{self.kind}</w:subrubriek>' if self.kind else ""
        return f"""
<sru:record><sru:recordSchema>http://standaarden.overheid.nl/sru/</sru:recordSchema><sru:recordData><gzd:gzd>
 <gzd:originalData><w:meta>
  <w:owmskern><dcterms:identifier>{self.id}</dcterms:identifier><dcterms:title>{html.escape(self.title)}
  </dcterms:title><dcterms:language>nl</dcterms:language><dcterms:modified>{self.modified}</dcterms:modified></w:owmskern>
  <w:owmsmantel><dcterms:available>{self.available}</dcterms:available><dcterms:date>2019-01-01</dcterms:date>
   {subjects}</w:owmsmantel>
  <w:tpmeta><c:product-area>officielepublicaties</c:product-area><w:aanhangselnummer>12</w:aanhangselnummer>
   <w:datumOntvangst>2024-01-14</w:datumOntvangst><w:documentstatus>{self.status}</w:documentstatus>
   <w:indiener>A. de Wit</w:indiener><w:indiener>B. Bos</w:indiener><w:ontvanger>C. Smit</w:ontvanger>
   <w:publicatienaam>Kamervragen (Aanhangsel)</w:publicatienaam><w:vergaderjaar>2023-2024</w:vergaderjaar>
   {number}{kind}</w:tpmeta></w:meta></gzd:originalData>
 <gzd:enrichedData><gzd:preferredUrl>https://koop.example/{self.id}.html</gzd:preferredUrl>{items}</gzd:enrichedData>
</gzd:gzd></sru:recordData><sru:recordPosition>{position}</sru:recordPosition></sru:record>"""

    def xml(self) -> bytes:
        """The XML manifestation."""
        blocks = "".join(
            f"<vraag><nr status='officieel'>Vraag {number}</nr><al>{html.escape(question)}</al></vraag>"
            + (f"<antwoord><nr>Antwoord {number}</nr><al>{html.escape(answer)}</al></antwoord>" if answer else "")
            for number, (question, answer) in enumerate(self.questions, start=1)
        )
        return f"""<?xml version="1.0" encoding="UTF-8"?>
<officiele-publicatie><metadata><meta name="OVERHEIDop.externMetadataRecord" content="x"/></metadata><kamervragen>
<kamervraagkop><tekstregel inhoud="vergaderjaar">2023-2024</tekstregel></kamervraagkop>
<kamervraagnummer>12</kamervraagnummer>
<kamervraagomschrijving type="vraag">Vragen van het lid <naam><achternaam>De Wit</achternaam></naam> aan de minister
 over <kamervraagonderwerp>{html.escape(self.subject)}</kamervraagonderwerp> (ingezonden
 <datum isodatum="2023-12-20">20 december 2023</datum>).</kamervraagomschrijving>{blocks}
</kamervragen></officiele-publicatie>""".encode()

    def pdf(self) -> bytes:
        """A stand-in for the PDF, which only the fake reader reads."""
        return b"%PDF-1.7\n" + "\n".join(f"{question}|{answer}" for question, answer in self.questions).encode()

    def metadata(self) -> bytes:
        """metadata.xml."""
        rows = [("OVERHEIDop.vraagnummer", "", self.vraagnummer), ("DC.title", "", self.title)]
        rows += [("OVERHEID.category", scheme, value) for scheme, value in self.labels]
        body = "".join(
            f'<metadata name="{name}" scheme="{scheme}" content="{html.escape(value)}"/>'
            for name, scheme, value in rows
        )
        return f'<?xml version="1.0" encoding="UTF-8"?><metadata_gegevens>{body}</metadata_gegevens>'.encode()


def sru_page(records: str, *, number: str = "7", following: int | None = None, more: str = "") -> bytes:
    """An answer to a search; the number of records is an estimate."""
    count = f"<sru:numberOfRecords>{number}</sru:numberOfRecords>" if number else ""
    after = f"<sru:nextRecordPosition>{following}</sru:nextRecordPosition>" if following else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<sru:searchRetrieveResponse xmlns:w="http://standaarden.overheid.nl/wetgeving/" xmlns:dcterms="http://purl.org/dc/terms/"
 xmlns:sru="http://docs.oasis-open.org/ns/search-ws/sruResponse" xmlns:gzd="http://standaarden.overheid.nl/sru"
 xmlns:c="http://standaarden.overheid.nl/collectie/"><sru:version>2.0</sru:version>{count}
<sru:records>{records}</sru:records>{after}<sru:resultCountPrecision>info:srw/vocabulary/resultCountPrecision/1/estimate
</sru:resultCountPrecision>{more}</sru:searchRetrieveResponse>""".encode()


DIAGNOSTIC = """<sru:diagnostics><diag:diagnostic xmlns:diag="http://docs.oasis-open.org/ns/search-ws/diagnostic">
<diag:uri>info:srw/diagnostic/1/10</diag:uri><diag:details>not a valid range constraint</diag:details>
<diag:message>{message}</diag:message></diag:diagnostic></sru:diagnostics>"""
