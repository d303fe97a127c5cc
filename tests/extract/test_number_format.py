"""What a spreadsheet's cell shows of its number, and that it is what is found."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.extract.number_format import BUILT_IN, compile_format

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

SHOWN = [
    ("000-00-0000", "12345678", "012-34-5678"),
    ("000\\-00\\-0000", "123456789", "123-45-6789"),
    ("0000 0000 0000 0000", "4111111111111111", "4111 1111 1111 1111"),
    ("[<=9999999]###-####;(###) ###-####", "4155550134", "(415) 555-0134"),
    ("[<=9999999]###-####;(###) ###-####", "5550134", "555-0134"),
    ("00000", "1234", "01234"),
    ("00/00/0000", "5171980", "05/17/1980"),
    ("#,##0.00", "1599.9923", "1,599.99"),
    ("#,##0", "12", "12"),
    ("0,000", "5", "0,005"),
    ('"$"#,##0.00_);[Red]("$"#,##0.00)', "-1599.99", "($1,599.99)"),
    ("[$€-407] #,##0.00", "-5.5", "-€ 5.50"),
    ("0.00;-0.00;nil;@", "0", "nil"),
    ("0.0%", "0.12345", "12.3%"),
    ("0.##", "5.5", "5.5"),
    ("#-##", "12345", "123-45"),
    ("0.00E+00", "198000000", "1.98E+08"),
    ("m/d/yyyy", "29358", "5/17/1980"),
    ("dd.mm.yy", "29358", "17.05.80"),
    ("yyyy-mm-dd hh:mm:ss", "29358.5", "1980-05-17 12:00:00"),
    ("[$-409]mmmm d, yyyy", "29358", "May 17, 1980"),
    ("ddd d-mmm-yyyy", "29358", "Sat 17-May-1980"),
    ("d/m/yyyy", "59", "28/2/1900"),
    ("h:mm AM/PM", "0.75", "6:00 PM"),
    ("[h]:mm:ss", "1.5", "36:00:00"),
    ("mm:ss.0", "0.0012345", "01:46.6"),
]
NOT_FOLLOWED = [
    *("General", "0", "#", "@", ";;;", "0,", "0.0,,", "# ?/?", "mmm-yy", "[$-407]d. mmmm yyyy", "", '"text"'),
]


@pytest.mark.parametrize(("code", "value", "text"), SHOWN, ids=[code for code, _, _ in SHOWN])
def test_shown(code, value, text):
    show = compile_format(code)
    assert show is not None
    assert show(value) == text


@pytest.mark.parametrize("code", NOT_FOLLOWED)
def test_a_format_that_hides_the_value_is_not_followed(code):
    show = compile_format(code)
    assert show is None or show("12345.6") is None


def test_digits_that_an_exponent_hides_are_kept():
    show = compile_format("0.00E+00")
    assert show is not None
    assert show("198123456") is None


@settings(deadline=None)
@given(
    code=st.one_of(
        st.sampled_from([*BUILT_IN.values(), *(code for code, _, _ in SHOWN)]),
        st.text(st.sampled_from('0#?.,%E+-/ymdhs[]$"\\_*;@ AMP1<>='), max_size=30),
    ),
    value=st.one_of(st.floats().map(str), st.integers().map(str), st.text(max_size=9)),
)
def test_no_format_and_no_value_raises(code, value):
    show = compile_format(code)
    assert show is None or isinstance(show(value), str | None)


def workbook(cells: str, formats: dict[int, str], since_1904: bool = False) -> bytes:
    """A workbook of one sheet; style `n` of its cells is the format `n` of `formats`."""
    kinds = "".join(f'<numFmt numFmtId="{200 + n}" formatCode="{code}"/>' for n, code in formats.items())
    styles = "".join(f'<xf numFmtId="{200 + n}" applyNumberFormat="1"/>' for n in formats)
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    members = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{rel}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{rel}">'
        f'<workbookPr date1904="{int(since_1904)}"/><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets>'
        "</workbook>",
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
        f'relationships"><Relationship Id="r1" Type="{rel}/worksheet" Target="worksheets/sheet1.xml"/>'
        "</Relationships>",
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><numFmts>{kinds}</numFmts><cellStyleXfs>'
        f'<xf numFmtId="0"/></cellStyleXfs><cellXfs>{styles}</cellXfs></styleSheet>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{MAIN}"><sheetData>{cells}</sheetData></worksheet>',
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return out.getvalue()


FORMATS = {0: "General", 1: "000-00-0000", 2: "m/d/yyyy", 3: "&quot;$&quot;#,##0.00"}
CELLS = (
    '<row r="1"><c r="A1" s="1"><v>12345678</v></c><c r="B1"><v>7</v></c></row>'
    '<row r="3"><c r="A3" s="2"><v>29358</v></c><c r="C3" s="0" t="str"><v>as it is</v></c></row>'
    '<row r="4"><c r="B4" s="3"><f>1+1</f><v>1599.9923</v></c><c r="C4" s="1" t="str"><v>12</v></c></row>'
)


def test_cells_are_found_as_shown(run):
    got = run(workbook(CELLS, FORMATS), "x.xlsx")
    assert not got.problems
    cells = {text: got.only(text).cell for text in ("012-34-5678", "5/17/1980", "$1,599.99", "as it is")}
    assert cells == {
        "012-34-5678": "S!A1",
        "5/17/1980": "S!A3",
        "$1,599.99": "S!B4",
        "as it is": "S!C3",
    }
    assert got.text == b"012-34-5678\t7\t\n5/17/1980\t\tas it is\n\t$1,599.99\t12\n"


def test_cells_far_apart_are_found_as_shown(run):
    far = '<row r="1048576"><c r="XFD1048576" s="2"><v>29358</v></c></row>'
    got = run(workbook(CELLS + far, FORMATS), "x.xlsx", stall_seconds=30)
    assert got.locate("5/17/1980")[-1].cell == "S!XFD1048576"
    assert got.only("012-34-5678").cell == "S!A1"


def test_days_since_1904(run):
    cells = '<row r="1"><c r="A1" s="2"><v>27896</v></c></row>'
    assert b"5/17/1980" in run(workbook(cells, FORMATS, since_1904=True), "x.xlsx").text


def test_the_library_opens_what_these_tests_make():
    import python_calamine

    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(workbook(CELLS, FORMATS)))
    assert book.sheet_names == ["S"]


def test_a_sheet_that_begins_in_another_column(run):
    cells = '<row r="4"><c r="C4" s="3"><v>1599.99</v></c><c r="D4" s="1"><v>12345678</v></c></row>'
    got = run(workbook(cells, FORMATS), "x.xlsx")
    assert got.only("$1,599.99").cell == "S!C4"
    assert got.only("012-34-5678").cell == "S!D4"
