"""Files as people have them."""

from io import BytesIO
from pathlib import Path

from pypdf import PdfReader, PdfWriter

MARKDOWN = """# Handover in practice

What is said before the first clause.

## 4.1 Preparation

The source node asks the target node.

```
# this is no heading
```

## 4.2 Execution

| timer | seconds |
|---|---|
| T304 | 2 |
"""
HTML = """<html><head><title>Site manual</title><style>p {color: red}</style></head><body>
<nav><a href="/">Home of everything</a></nav>
<h1>Site manual</h1><p>Doors open at <b>eight</b>.</p>
<h2>Power</h2><p>Batteries last four hours.</p><table><tr><td>fuse</td><td>40 A</td></tr></table>
<script>alert("never read")</script></body></html>"""
STANDARD = """Introduction to all of it.

5.7.3 QoS characteristics
The delay budget is an upper bound.
5.7.4 Standardised values
They stand in a table.
"""


def pdf_of(*pages: str) -> bytes:
    """A PDF with these lines of text on its pages, written by hand."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for page in pages:
        drawn = " ".join(f"({line}) Tj T*" for line in page.splitlines())
        stream = f"BT /F1 12 Tf 14 TL 72 720 Td {drawn} ET"
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        looks = f"/Contents {len(objects)} 0 R /Resources << /Font << /F1 3 0 R >> >>"
        objects.append(f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] {looks} >>")
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    out, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{content}\nendobj\n".encode()
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    trailer = f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF"
    return out + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{trailer}".encode()


def encrypted(pdf: bytes, password: str) -> bytes:
    """The same, with a password for its readers; an empty one asks nobody."""
    writer = PdfWriter(clone_from=PdfReader(BytesIO(pdf)))
    writer.encrypt(user_password=password, owner_password="owner", algorithm="AES-256")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def write_all(folder: Path) -> None:
    """One file of each form."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "handover.md").write_text(MARKDOWN)
    (folder / "manual.html").write_text(HTML)
    (folder / "standard.txt").write_text(STANDARD)
    (folder / "part").mkdir(exist_ok=True)
    (folder / "part" / "report.pdf").write_bytes(pdf_of("1 Scope\nAntennas were measured.", "Gain was as expected."))
    (folder / "picture.png").write_bytes(b"\x89PNG")
    (folder / ".hidden.md").write_text("# not for readers")
