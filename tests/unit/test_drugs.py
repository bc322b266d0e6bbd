"""The drugs of the bundled pack: how their names are read, and what their figures rest on."""

import re
from fractions import Fraction

import pytest
from support import profile_toml

from cartscreen.errors import Problem
from cartscreen.pack.pack import bundled_pack
from cartscreen.text import letters_apart

BUNDLED = bundled_pack().vocabulary


def read(name: str) -> tuple[str, str] | None:
    """(the drug, the route that the name tells), or None for what is no drug of the list."""
    found = BUNDLED.preparation(name)
    return (found.drug.name, found.route) if found else None


@pytest.mark.parametrize(
    ("written", "drug"),
    [
        # Chinese script, with salts and forms around the name
        ("泼尼松", "prednisone"),
        ("醋酸泼尼松片", "prednisone"),
        ("甲泼尼龙", "methylprednisolone"),
        ("注射用甲泼尼龙琥珀酸钠", "methylprednisolone"),
        ("羟氯喹", "hydroxychloroquine"),
        ("硫酸羟氯喹", "hydroxychloroquine"),
        ("硫酸羟氯喹片 0.2g", "hydroxychloroquine"),
        ("吗替麦考酚酯", "mycophenolate"),
        ("吗替麦考酚酯分散片", "mycophenolate"),
        ("环磷酰胺", "cyclophosphamide"),
        ("他克莫司", "tacrolimus"),
        ("他克莫司胶囊0.5mg", "tacrolimus"),
        ("环孢素", "ciclosporin"),
        ("硫唑嘌呤", "azathioprine"),
        ("甲氨蝶呤", "methotrexate"),
        ("来氟米特", "leflunomide"),
        ("贝利尤单抗", "belimumab"),
        ("泰它西普", "telitacicept"),
        ("利妥昔单抗", "rituximab"),
        ("利妥昔单抗注射液", "rituximab"),
        ("雷公藤多苷", "tripterygium"),
        ("枸橼酸托法替布片", "tofacitinib"),
        ("氯沙坦钾", "losartan"),
        ("血浆置换", "plasma exchange"),
        # abbreviations
        ("mPSL", "methylprednisolone"),
        ("HCQ sulfate", "hydroxychloroquine"),
        ("OHCQ", "hydroxychloroquine"),
        ("EC-MPA", "mycophenolate"),
        ("CY", "cyclophosphamide"),
        ("LFM", "leflunomide"),
        ("MMF", "mycophenolate"),
        ("6-MP", "mercaptopurine"),
        ("MZR", "mizoribine"),
        ("SASP", "sulfasalazine"),
        ("TGP", "total glucosides of paeony"),
        ("ATG", "antithymocyte globulin"),
        ("ACTH", "corticotropin"),
        ("G-CSF", "filgrastim"),
        ("EPO", "erythropoietin"),
        ("rhTPO", "thrombopoietin"),
        ("TMP-SMX", "trimethoprim-sulfamethoxazole"),
        # case, blanks, full-width letters
        ("  PREDNISONE ", "prednisone"),
        ("mycophenolate   mofetil", "mycophenolate"),
        ("\N{FULLWIDTH LATIN CAPITAL LETTER M}MF", "mycophenolate"),
        # salts, forms and strengths
        ("mycophenolate mofetil hydrochloride", "mycophenolate"),
        ("Hydroxychloroquine Sulphate", "hydroxychloroquine"),
        ("losartan potassium 50 mg tablets", "losartan"),
        ("prednisone 5 mg", "prednisone"),
        ("prednisone 5mg tablet", "prednisone"),
        ("tacrolimus 0.5mg capsules", "tacrolimus"),
        ("prednisone (5 mg)", "prednisone"),
        ("Prednisone (Deltasone)", "prednisone"),
        ("Cytoxan (cyclophosphamide) 500 mg", "cyclophosphamide"),
        ("rituximab 500 mg/50 mL vial", "rituximab"),
        ("tofacitinib citrate", "tofacitinib"),
        ("sildenafil citrate", "sildenafil"),
        ("fingolimod HCl", "fingolimod"),
        # biosimilars and brands
        ("rituximab-abbs", "rituximab"),
        ("Rituximab-PVVR", "rituximab"),
        ("infliximab-dyyb", "infliximab"),
        ("anifrolumab-fnia", "anifrolumab"),
        ("efgartigimod alfa-fcab", "efgartigimod"),
        ("Benlysta", "belimumab"),
        ("Lupkynis", "voclosporin"),
        ("Bredinin", "mizoribine"),
        # depots are drugs of their own
        ("methylprednisolone acetate", "methylprednisolone acetate"),
        ("Depo-Medrol", "methylprednisolone acetate"),
        ("Solu-Medrol", "methylprednisolone"),
        ("Kenalog-40", "triamcinolone acetonide"),
        ("triamcinolone", "triamcinolone"),
        ("Diprospan", "betamethasone depot"),
        # what such patients also take
        ("losartan", "losartan"),
        ("dapagliflozin", "dapagliflozin"),
        ("omeprazole", "omeprazole"),
        ("aspirin", "aspirin"),
        ("vitamin D3", "vitamin D"),
        ("calcium carbonate", "calcium"),
        ("entecavir", "entecavir"),
        ("thalidomide", "thalidomide"),
        ("dapsone", "dapsone"),
        ("low-dose interleukin-2", "interleukin-2"),
        ("eculizumab", "eculizumab"),
        ("daratumumab", "daratumumab"),
        ("nintedanib", "nintedanib"),
        ("pilocarpine", "pilocarpine"),
        ("ozanimod", "ozanimod"),
        ("plasmapheresis", "plasma exchange"),
        ("immunoadsorption", "immunoadsorption"),
    ],
)
def test_a_name_as_people_write_it(written: str, drug: str) -> None:
    """Each of these names a drug, and a route only where it tells one."""
    assert read(written) == (drug, "")


@pytest.mark.parametrize(
    ("written", "drug", "route"),
    [
        ("tacrolimus ointment", "tacrolimus", "topical"),
        ("tacrolimus (ointment)", "tacrolimus", "topical"),
        ("tacrolimus 0.1% ointment", "tacrolimus", "topical"),
        ("Protopic", "tacrolimus", "topical"),
        ("他克莫司软膏", "tacrolimus", "topical"),
        ("cyclosporine eye drops", "ciclosporin", "ophthalmic"),
        ("cyclosporine 0.05% eye drops", "ciclosporin", "ophthalmic"),
        ("fluticasone nasal spray", "fluticasone", "nasal"),
        ("环孢素滴眼液", "ciclosporin", "ophthalmic"),
        ("Restasis", "ciclosporin", "ophthalmic"),
        ("hydrocortisone cream", "hydrocortisone", "topical"),
        ("prednisolone enema", "prednisolone", "rectal"),
        ("IVMP", "methylprednisolone", "intravenous"),
        ("IV methylprednisolone", "methylprednisolone", "intravenous"),
        ("methylprednisolone pulse iv", "methylprednisolone", "intravenous"),
        ("IVCY", "cyclophosphamide", "intravenous"),
        ("oral cyclophosphamide", "cyclophosphamide", "oral"),
        # chiefly given locally: so taken, unless the name says otherwise
        ("fluticasone", "fluticasone", "inhaled"),
        ("fluticasone nasal", "fluticasone", "nasal"),
        ("Flonase", "fluticasone", "nasal"),
        ("budesonide", "budesonide", "inhaled"),
        ("budesonide oral", "budesonide", "oral"),
        ("Entocort", "budesonide", "oral"),
    ],
)
def test_a_name_may_tell_the_route(written: str, drug: str, route: str) -> None:
    """A form given locally is never dropped: it is the route of what is named."""
    assert read(written) == (drug, route)


@pytest.mark.parametrize(
    "written",
    [
        "methylprednisolone depot injection suspension",  # a word that is not known
        "risperidone depot",
        "prednisolone drops",  # for the eye, or by mouth
        "prednisone 5",  # a number without a unit may be part of a name
        "prednisone 5 mg / hydrocortisone 20 mg",  # two drugs
        "losartan hydrochlorothiazide",
        "prednisone-oral",  # the suffix of a biosimilar stands after a biologic only
        "tacrolimus oral ointment",  # two routes
        "他克莫司口服软膏",
        "IVMP oral",
        "tablets",
        "5 mg",
        "",
        "片" * 40,
        "oral " * 40,
        "prednisone (Cytoxan)",  # in brackets another drug
        "methylprednisolone (Depo-Medrol)",  # and the depot of this one
    ],
)
def test_what_is_not_known_whole_is_not_known(written: str) -> None:
    """A word beside the name that drugs.toml does not list may make it another drug."""
    assert read(written) is None


@pytest.mark.parametrize(
    ("written", "either"),
    [
        ("AZT", "azathioprine or zidovudine"),
        ("azt 50 mg", "azathioprine or zidovudine"),
        ("MP", "methylprednisolone or mercaptopurine"),
        ("CPA", "cyclophosphamide or cyproterone"),
        ("Pred", "prednisone or prednisolone"),
    ],
)
def test_a_name_of_two_drugs_is_refused(written: str, either: str) -> None:
    """It is never taken for one of them; the error names both."""
    with pytest.raises(Problem, match=f"stands for {either}; write which of them"):
        read(written)


def test_a_name_tells_the_route_of_an_entry() -> None:
    """Where the entry states no route, or does not know it; a stated one has to agree."""
    entries = """
        treatment = [
          { drug = "tacrolimus ointment" },
          { drug = "tacrolimus ointment", route = "unknown" },
          { drug = "fluticasone", route = "nasal" },
          { drug = "tacrolimus" },
        ]
    """
    profile = profile_toml(entries)
    routes = [entry.fields.get("route") for entry in profile.records["treatment"]]

    assert [route and route.value for route in routes] == ["topical", "topical", "nasal", None]


def test_a_strength_in_a_name_is_no_dose() -> None:
    """A strength tells the preparation, and not how much of it somebody takes."""
    (entry,) = profile_toml('treatment = [{ drug = "prednisone 5 mg" }]').records["treatment"]

    assert list(entry.fields) == ["drug"]


@pytest.mark.parametrize("text", ["dapsone gel", "fluticasone", "eculizumab"])
def test_a_known_drug_is_no_misspelling_of_another(text: str) -> None:
    """The name of a known drug is taken as it is, and gets no suggestion."""
    assert read(text) is not None
    assert profile_toml(f'treatment = [{{ drug = "{text}" }}]').warnings == ()


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("prednisonne", " Did you mean 'prednisone'?"),  # a letter too many
        ("rituxmiab", " Did you mean 'rituximab'?"),  # two letters swapped
        ("telitacicpet", " Did you mean 'telitacicept'?"),
        ("azatioprin", " Did you mean 'azathioprine'?"),  # two letters left out
        ("dapson", " Did you mean 'dapsone'?"),
        ("deltason", " Did you mean 'Deltasone'?"),
        ("mp3", ""),  # too short
        ("HCQX", ""),
        ("sone", ""),
        ("zoster", ""),
        ("prednisone and more", ""),  # another length is another thing
    ],
)
def test_a_hint_is_one_or_two_letters_off(text: str, hint: str) -> None:
    """Only names of six letters or more get a suggestion, and only the nearest name."""
    assert BUNDLED.drug_suggestion(text) == hint


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("abc", "abc", 0),
        ("abc", "abd", 1),
        ("abc", "ab", 1),
        ("abc", "acb", 1),
        ("abcd", "badc", 2),
        ("abc", "xyz", 3),
        ("abc", "abcdef", 3),
        ("", "ab", 2),
    ],
)
def test_letters_apart(one: str, other: str, apart: int) -> None:
    """Letters added, left out, changed, or swapped with the next; not counted beyond 3 here."""
    assert letters_apart(one, other, most=2) == apart
    assert letters_apart(other, one, most=2) == apart


# What stands in drugs.toml


def test_every_name_is_of_one_drug() -> None:
    """By its own reading: each name of each drug, and nothing else, leads to it."""
    for drug in BUNDLED.drugs.values():
        for name, route in drug.all_names:
            assert read(name) == (drug.name, route or drug.usual_route), name


def test_every_figure_has_a_source() -> None:
    """A half-life, an interval and a prednisone equivalent each say where they are from."""
    for drug in BUNDLED.drugs.values():
        if drug.half_life:
            assert drug.half_life.source, drug.name
            assert drug.half_life.kind or drug.half_life.at_most, drug.name
        if drug.interval:
            assert drug.interval.source, drug.name
        assert bool(drug.prednisone_equivalent) == bool(drug.prednisone_equivalent_source)


def test_the_width_of_a_half_life_follows_from_its_kind() -> None:
    """One mean stands for itself to twice itself; every other kind has two ends of its own."""
    for drug in BUNDLED.drugs.values():
        if drug.half_life is None or drug.half_life.at_most:
            continue
        low, high = drug.half_life.shortest_days, drug.half_life.longest_days
        assert 0 < low < high, drug.name
        if drug.half_life.kind == "mean":
            assert high == 2 * low, drug.name


def test_the_width_of_an_interval() -> None:
    """The longest is no shorter than the usual; without a source for it, it is twice the usual."""
    for drug in BUNDLED.drugs.values():
        if drug.interval is None:
            continue
        usual, longest = drug.interval.usual_days, drug.interval.longest_days
        assert 0 < usual <= longest, drug.name
        if "a convention of ours" in drug.interval.source:
            assert longest == 2 * usual, drug.name


def test_routes_are_those_of_an_entry() -> None:
    """Every route that drugs.toml names is a word of the field."""
    words = set(BUNDLED.records["treatment"].fields["route"].choices)
    told = set(BUNDLED.wording.routes)
    for drug in BUNDLED.drugs.values():
        told |= {*drug.routed_names, *drug.also_local, drug.usual_route} - {""}

    assert told <= words


def test_what_is_not_given_against_the_disease_is_of_no_class_of_immunity() -> None:
    """other and procedure stand alone: a drug that changes immunity is of neither."""
    for drug in BUNDLED.drugs.values():
        if {"other", "procedure"} & set(drug.classes):
            assert len(drug.classes) == 1, drug.name


def test_codes_are_atc_codes() -> None:
    """A letter, two digits, two letters, two digits."""
    for drug in BUNDLED.drugs.values():
        for code in drug.atc:
            assert re.fullmatch(r"[A-Z]\d\d[A-Z]{2}\d\d", code), drug.name


def test_the_half_life_of_rituximab_is_of_populations() -> None:
    """The means of its labels, 18 to 22 days, and not the 77.5 days of one patient."""
    half_life = BUNDLED.drugs["rituximab"].half_life

    assert half_life is not None
    assert (half_life.shortest_days, half_life.longest_days) == (Fraction(18), Fraction(22))


@pytest.mark.parametrize(
    ("written", "own"),
    [
        ("autologous stem cell transplantation", "transplant"),
        ("CD19 CAR-T cells", "car_t"),
        ("tisagenlecleucel (Kymriah)", "car_t"),
        ("relma-cel", "car_t"),
        ("haemodialysis", "renal_replacement"),
        ("influenza vaccine", "vaccine"),
    ],
)
def test_what_has_a_list_of_its_own_is_said_to_belong_there(written: str, own: str) -> None:
    """Among the treatments the trials do not look for it; where it stands in its list, they do."""
    entry = f'[[treatment]]\ndrug = "{written}"\n'

    assert profile_toml(entry).warnings == (
        f"treatment[1].drug: '{written}' belongs in [[{own}]], which the rules read.",
    )
    assert profile_toml(f"{entry}given = false\n").warnings == ()
    assert profile_toml(f"{entry}[[{own}]]\n{FIELD[own]}\n").warnings == ()


FIELD = {
    "transplant": 'organ = "stem cells"',
    "car_t": 'target = "CD19"',
    "renal_replacement": "last_session = 2025-01-10",
    "vaccine": "live = false",
}
