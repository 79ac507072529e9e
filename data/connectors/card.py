"""The README of a harvest, for who finds the folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write_card(path: Path, manifest: Mapping[str, Any]) -> None:
    """Write what was asked, what came of it and what the columns mean, as Markdown."""
    asked, counts = manifest["asked"], manifest["counts"]
    addresses = "\n".join(
        f"| {name} | {asked[name]} |" for name in ("sru", "documents", "odata") if asked.get(name) is not None
    )
    path.write_text(
        f"""\
# Written questions, {asked["since"]} to {asked["until"]}

Harvested by Kamervraag {manifest["version"]} with `kamervraag ingest {asked["source"]}`, started on
{manifest["started"]}.

| asked of | address |
| --- | --- |
{addresses}

{counts["questions"]} questions of {counts["documents"]} documents; {counts["with_domain"]} have a domain,
{counts["without_label"]} have no official label. {len(manifest["problems"])} remarks on documents that could not be
read, or not whole, and {len(manifest["left_out"])} documents that another replaces are listed in `manifest.json`.

```python
datasets.load_dataset("parquet", data_files="*.parquet")
```

| column | is |
| --- | --- |
| `id`, `number` | document and place of the question in it |
| `title`, `context`, `question`, `answer` | subject, the question before it, the question, the minister's answer |
| `official` | labels of OVERHEID.TaxonomieBeleidsagenda as written, given by the publisher to the whole document |
| `domain`, `also` | domain of the first label that has one, and of the others |
| `group` | the same for documents with the same questions |
| `document`, `url`, `source` | identifier at officielebekendmakingen.nl, address, where the harvest began |
| `vraagnummer`, `session` | the Tweede Kamer's number, parliamentary year |
| `askers`, `addressees` | members and ministers as published |
| `date`, `date_put`, `date_due`, `date_answered` | of the document, put, term, answered |
| `published` | day of publication (koop) or of putting (tweedekamer); the file is of its month |
| `status`, `postponed` | answered, postponed, withdrawn or open; whether there was a notice of delay |

The texts are those of the official publications; their conditions of use hold.
""",
        encoding="utf-8",
    )
