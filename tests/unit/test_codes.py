"""What codes say: the pack's own, and the faults that the loader finds."""

import tomllib

import pytest
from support import ROOT

from cartscreen.codes import BY_PREFIX, Codes
from cartscreen.errors import CriteriaError
from cartscreen.pack.pack import bundled_pack

CODES, VOCABULARY = bundled_pack().codes, bundled_pack().vocabulary


def parsed(text: str) -> Codes:
    return Codes.parse(tomllib.loads(text), VOCABULARY, "codes.toml")


def said(system: str, code: str, kind: str = "condition") -> list[tuple[str, dict[str, str]]]:
    """(fact or list, the fields of the entry) for each thing that a code says."""
    return [(m.target, dict(m.fields)) for m in CODES.meanings(kind, system, code)]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("M32.9", [("diagnosis.sle", {})]),
        ("M329", [("diagnosis.sle", {})]),  # as some charts write it
        ("M32.14", [("diagnosis.sle", {}), ("diagnosis.lupus_nephritis", {})]),
        ("M32.0", []),  # drug-induced
        ("L93.0", []),  # of the skin
        ("C50.911", [("malignancy", {"kind": "other"})]),
        ("C44.91", [("malignancy", {"kind": "unknown"})]),  # noninvasive or not: not said
        ("C61", [("malignancy", {"kind": "unknown"})]),
        ("D05.11", [("malignancy", {"kind": "ductal carcinoma in situ"})]),
        ("D05.00", [("malignancy", {"kind": "unknown"})]),
        ("Z94.0", [("transplant", {"organ": "kidney"})]),
        ("Z80.3", []),  # of the family
        ("I63.9", [("cns_event", {"kind": "stroke"}),
                   ("cardiovascular_event", {"kind": "stroke/TIA"})]),
    ],
)  # fmt: skip
def test_a_diagnosis_says_what_its_longest_prefix_does(
    code: str, expected: list[tuple[str, dict[str, str]]]
) -> None:
    """Each fact or list once; names as in the tabular list of ICD-10-CM."""
    assert said("icd10cm", code) == expected


def test_a_code_belongs_to_its_system() -> None:
    """What looks alike elsewhere says nothing."""
    assert said("icd10", "M32.9") == said("snomed", "M32.9") == []
    assert set(BY_PREFIX) == {"icd10cm", "icd10"}


def test_a_history_is_asked() -> None:
    (meaning,) = CODES.meanings("condition", "icd10cm", "Z85.3")

    assert meaning.ask == "a malignancy of the past, without its dates and cure"


def test_a_number_is_a_result_of_what_holds_one() -> None:
    """A code of a number on a fact of words could never be imported."""
    for code, result in CODES.results.items():
        entry = VOCABULARY.facts[result.fact]
        if result.scale == "Qn":
            assert entry.kind == "quantity" or entry.measured, code
        elif result.scale == "Ord":
            assert entry.choices, code


def test_each_drug_of_rxnorm_is_named_so_by_us() -> None:
    """The ingredient's name is a name of the drug that it stands for."""
    listed = tomllib.loads((ROOT / "criteria" / "codes.toml").read_text("utf-8"))["rxnorm"]

    for drug, codes in listed.items():
        for name in codes.values():
            assert VOCABULARY.drug_named(name) == VOCABULARY.drugs[drug]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('[loinc.lab.alt.Qn]\n"1742-7" = "ALT"', "its last digit does not fit"),
        ('[loinc.lab.alt.Qn]\n"1742" = "ALT"', "'1742' is no code of loinc"),
        ('[loinc.lab.alt.Qn]\n"1742-6" = ""', "'1742-6' has no name"),
        ('[loinc.lab.alt.Ord]\n"1742-6" = "ALT"', "Ord is the scale of a word, and lab.alt has"),
        ('[loinc.lab.alt.Nar]\n"1742-6" = "ALT"', "'Nar' is no scale"),
        ('[loinc.infection.hbcab.Qn]\n"13952-7" = "HBc"', "Qn is the scale of a number, and inf"),
        ('[loinc.lab.alat.Qn]\n"1742-6" = "ALT"', "there is no fact 'lab.alat'"),
        ('[loinc.lab.alt.Qn]\n"1742-6" = "a"\n[loinc.lab.ast.Qn]\n"1742-6" = "a"',
         "1742-6 is a code of lab.alt, too"),
        ('[loinc.lab.alt.Qn]\n"1742-6" = "a"\n[unlike.loinc]\n"1742-6" = "a"',
         "unlike 1742-6: it is a result of lab.alt, too"),
        ('[[says]]\nfact = "heart.lvef"\nloinc = []', "heart.lvef is no yes-or-no finding"),
        ('[[says]]\nfact = "heart.lvef_by_echo"\nloinc = ["8806-2"]', "'8806-2' is a result of no"),
        ("says = 1", "says is no list; write [[says]] above each"),
        ("[[condition]]", "condition : it takes either a fact or a list"),
        ('[[condition]]\nfact = "heart.lvef"', "the fact is no such finding"),
        ('[[condition]]\nfact = "diagnosis.sle"\nonset = "start"', "fields are of a list"),
        ('[[condition]]\nlist = "gvhds"', "there is no such list. Did you mean 'gvhd'?"),
        ('[[condition]]\nlist = "gvhd"\nonset = "begin"', "no field 'begin'"),
        ('[[condition]]\nlist = "gvhd"\nonset = "grade"', "grade is no date"),
        ('[[condition]]\nlist = "malignancy"\nfields = { kind = "skin" }', "'skin' is no word of"),
        ('[[condition]]\nlist = "gvhd"\n[condition.icd10cm]\n"89.81" = "x"', "no code of icd10cm"),
        ('[none.snomed]\nx = "x"', "none: 'x' is no code of snomed"),
        ('[words]\npositiv = ["pos"]', "words: 'positiv' is no word of a fact"),
        ("[words]\npositive = 1", "words positive: this is no list of texts"),
        ('[closes]\nproblems = ["diseases"]', "closes problems: there is no list 'diseases'"),
        ('[rxnorm.prednisoon]\n"1" = "prednisone"', "rxnorm: there is no drug 'prednisoon'"),
        ("[loincs]", "there is no key 'loincs'"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(text: str, fault: str) -> None:
    """The place, the code and what is wrong with it."""
    with pytest.raises(CriteriaError) as raised:
        parsed(text)

    assert fault in str(raised.value)


def test_codes_of_a_folder_are_added() -> None:
    """A code of one's own counts; one that we have is refused."""
    own = parsed('[[condition]]\nlist = "malignancy"\n[condition.snomed]\n"1000001" = "our own"')
    both = CODES.plus(own, "codes.toml")

    assert [m.target for m in both.meanings("condition", "snomed", "1000001")] == ["malignancy"]
    assert both.meanings("condition", "icd10cm", "M32.9") == CODES.meanings(
        "condition", "icd10cm", "M32.9"
    )
    with pytest.raises(CriteriaError, match="1742-6 is a code of the bundled pack already"):
        CODES.plus(parsed('[loinc.lab.alt.Qn]\n"1742-6" = "ALT"'), "codes.toml")
