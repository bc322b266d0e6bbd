"""The table of formulas: what each takes, what it gives, its function, its words and its source.

The loader checks every derivation of a pack against it, and refuses a formula that is not here. A
number comes in the unit that the formula names, or in one that converts to it exactly.
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Mapping
from typing import Literal

from cartscreen import derive
from cartscreen.derive import Call, Gap, body, edss, kidney, laboratory, treatment
from cartscreen.derive.treatment import FieldCall, Role
from cartscreen.frozen import EMPTY, frozen
from cartscreen.observation import Observation

Kind = Literal["quantity", "finding", "date", "duration", "drug", "text", "steps"]


@frozen
class Takes:
    """What may stand for an argument, a result or a role.

    unit      of a quantity; "*" is any unit, the same one for all such arguments and the result
    choices   the words of a finding that the formula knows; without them it is yes or no
    any_words it is a finding with words of the pack's own, which the formula does not read
    optional  it may be left out, and is then the fact `usually`, or nothing
    of_entry  it is another field of the same entry; otherwise it is a fact
    """

    kind: Kind
    unit: str = ""
    choices: tuple[str, ...] = ()
    any_words: bool = False
    optional: bool = False
    usually: str = ""
    of_entry: bool = False

    def __str__(self) -> str:
        match self.kind:
            case "quantity" if self.unit == "*":
                return "a quantity"
            case "quantity" if self.unit in ("1", "years"):
                return f"a quantity in {self.unit!r}"
            case "quantity":
                return f"a quantity in {self.unit!r} or a unit that converts to it"
            case "finding" if self.any_words:
                return "a finding with choices"
            case "finding" if self.choices:
                return f"a finding of the words {', '.join(self.choices)}"
            case "finding":
                return "a yes-or-no finding"
            case kind:
                return f"a {kind}"


@frozen
class FactFormula:
    """A formula for a fact.

    documented       the function whose docstring says what it does and where it holds
    says             what it does in one sentence, in place of that; {x} is the label of argument x
    citation         as a report prints it; empty for what needs none
    is_estimate      a laboratory may state another value, since it used another method
    is_upper_bound   the result holds beside what follows otherwise, which is not above it; a mere
                     range, it gives way to any value that is stated
    completed_years  the result is an age in completed years
    moves_daily      it reads a date as an age in decimal years, which moves with every day
    """

    takes: Mapping[str, Takes]
    gives: Takes
    function: Callable[[Call], Observation | Gap]
    documented: Callable[..., object]
    says: str = ""
    citation: str = ""
    is_estimate: bool = False
    is_upper_bound: bool = False
    completed_years: bool = False
    moves_daily: bool = False

    @property
    def words(self) -> str:
        """What it does, in words: `says`, or else the docstring up to its units."""
        return self.says or _text(self.documented)

    @property
    def domain(self) -> str:
        """Where it holds, from the docstring; empty for a formula with `says`."""
        return "" if self.says else _part(self.documented, "Domain")


@frozen
class FieldFormula:
    """A formula for a field of an entry.

    needs       the roles that the list must declare
    says        what it does; {equivalent}: the mg of prednisone that 1 mg of the drug stands for
    dates       the roles of the dates it starts from
    first_date_only  it takes the first of these that is there
    of_steroid  it says something of systemic glucocorticoids only, by a figure of the drug
    adds_up     it is a dose: those of the entries that run on the same day add up
    goes_on     it is a time that grows while the entry goes on; of one that has ended nothing is so
    """

    gives: Takes
    function: Callable[[FieldCall], Observation | Gap]
    says: str
    takes: Mapping[str, Takes] = EMPTY
    needs: tuple[Role, ...] = ()
    dates: tuple[Role, ...] = ()
    first_date_only: bool = False
    of_steroid: bool = False
    adds_up: bool = False
    goes_on: bool = False

    @property
    def doses(self) -> tuple[Role, ...]:
        """The roles of the doses it may start from."""
        if "dose" in self.needs:
            return "dose", "dose_per_kg"
        return ("dose_per_kg",) if "dose_per_kg" in self.needs else ()


def _docstring(function: Callable[..., object]) -> str:
    """What a function says of itself; from its source where Python dropped it (-OO)."""
    if function.__doc__ is None:
        source = textwrap.dedent(inspect.getsource(function))
        # From Python 3.14, ast.parse drops docstrings too where -OO does.
        module = compile(source, "<formula>", "exec", ast.PyCF_ONLY_AST, optimize=0)
        (parsed,) = module.body if isinstance(module, ast.Module) else (module,)
        return ast.get_docstring(parsed) or "" if isinstance(parsed, ast.FunctionDef) else ""
    return inspect.getdoc(function) or ""


def _text(function: Callable[..., object]) -> str:
    """The part of a docstring that stands before "Units", on one line."""
    return " ".join(_docstring(function).partition("Units")[0].split())


def _part(function: Callable[..., object], name: str) -> str:
    """The part of a docstring that begins with "<name>: ", on one line; empty if there is none."""
    found = re.search(rf"{name}: (.*?)(?=\n[A-Z]\w+:|\Z)", _docstring(function), re.DOTALL)
    return " ".join(found[1].split()) if found else ""


DATE = Takes("date")
AGE = Takes("quantity", "years")
SEX = Takes("finding", choices=("female", "male"))
CREATININE = Takes("quantity", "mg/dL")
HEIGHT = Takes("quantity", "cm")
WEIGHT = Takes("quantity", "kg")
COUNT = Takes("quantity", "10^9/L")
PERCENT = Takes("quantity", "%")
SAME = Takes("quantity", "*")
INDEXED = Takes("quantity", "mL/min/1.73 m2")


FACT_FORMULAS: Mapping[str, FactFormula] = {
    "age": FactFormula(
        {"birth_date": DATE},
        AGE,
        derive.age,
        derive.age,
        says="Completed years from the date of birth to the date judged.",
        completed_years=True,
    ),
    "at_most": FactFormula(
        {"of": SAME},
        SAME,
        derive.at_most,
        derive.at_most,
        says="A part cannot exceed the whole: {of}.",
        is_upper_bound=True,
    ),
    "more_than_half": FactFormula(
        {"part": SAME, "whole": SAME},
        Takes("finding"),
        derive.more_than_half,
        derive.more_than_half,
        says="Whether {part} is more than half of {whole}.",
    ),
    "cockcroft_gault": FactFormula(
        {"age": AGE, "sex": SEX, "weight": WEIGHT, "creatinine": CREATININE},
        Takes("quantity", "mL/min"),
        derive.numbers(kidney.cockcroft_gault, "Cockcroft-Gault"),
        kidney.cockcroft_gault,
        citation="Cockcroft, Gault. Nephron 1976;16:31-41",
        is_estimate=True,
    ),
    "ckd_epi_2021": FactFormula(
        {"age": AGE, "sex": SEX, "creatinine": CREATININE},
        INDEXED,
        derive.numbers(kidney.ckd_epi_2021, "CKD-EPI 2021 (creatinine)"),
        kidney.ckd_epi_2021,
        citation="Inker et al. N Engl J Med 2021;385:1737-49",
        is_estimate=True,
    ),
    "ckid_u25": FactFormula(
        {
            "birth_date": DATE,
            "sex": SEX,
            "height": HEIGHT,
            "creatinine": CREATININE,
        },
        INDEXED,
        derive.numbers(kidney.ckid_u25, "CKiD U25 (creatinine)"),
        kidney.ckid_u25,
        citation="Pierce et al. Kidney Int 2021;99:948-56",
        is_estimate=True,
        moves_daily=True,
    ),
    "bedside_schwartz": FactFormula(
        {"age": AGE, "height": HEIGHT, "creatinine": CREATININE},
        INDEXED,
        derive.numbers(kidney.bedside_schwartz, "bedside Schwartz"),
        kidney.bedside_schwartz,
        citation="Schwartz et al. J Am Soc Nephrol 2009;20:629-37",
        is_estimate=True,
    ),
    "mosteller": FactFormula(
        {"height": HEIGHT, "weight": WEIGHT},
        Takes("quantity", "m2"),
        derive.numbers(body.mosteller, "Mosteller"),
        body.mosteller,
        citation="Mosteller. N Engl J Med 1987;317:1098",
        is_estimate=True,
    ),
    "deindexed": FactFormula(
        {"surface": Takes("quantity", "m2"), "gfr": INDEXED},
        Takes("quantity", "mL/min"),
        derive.numbers(body.deindexed, "indexed GFR times body surface over 1.73 m2"),
        body.deindexed,
        citation="definition of the index",
        is_estimate=True,
    ),
    "edss_progression": FactFormula(
        {"single_relapse": Takes("finding"), "edss": Takes("quantity", "1")},
        Takes("finding"),
        derive.edss_progression,
        edss.is_progression,
        citation="inclusion 3.6 (2)(c) of auto-cd19-bcma-aid; EDSS: Kurtzke. Neurology "
        "1983;33:1444-52.",
    ),
    "neutrophil_count": FactFormula(
        {"white_cells": COUNT, "percent": PERCENT},
        COUNT,
        derive.numbers(
            laboratory.neutrophil_count, "white cells times percentage", one_sample=True
        ),
        laboratory.neutrophil_count,
        citation="Severe Chronic Neutropenia International Registry",
        is_estimate=True,
    ),
    "neutrophil_count_with_bands": FactFormula(
        {"white_cells": COUNT, "segmented": PERCENT, "bands": PERCENT},
        COUNT,
        derive.numbers(
            laboratory.neutrophil_count_with_bands, "white cells times percentages", one_sample=True
        ),
        laboratory.neutrophil_count_with_bands,
        citation="Severe Chronic Neutropenia International Registry",
        is_estimate=True,
    ),
    "reticulocyte_count": FactFormula(
        {"red_cells": Takes("quantity", "10^12/L"), "percent": PERCENT},
        COUNT,
        derive.numbers(
            laboratory.reticulocyte_count, "red cells times percentage", one_sample=True
        ),
        laboratory.reticulocyte_count,
        citation="Auckland District Health Board",
        is_estimate=True,
    ),
    "indirect_bilirubin": FactFormula(
        {"total": SAME, "direct": SAME},
        SAME,
        derive.numbers(laboratory.indirect_bilirubin, "total less direct", one_sample=True),
        laboratory.indirect_bilirubin,
        citation="definition",
        is_estimate=True,
    ),
}
"""The formulas for facts."""

TIME = Takes("duration")

FIELD_FORMULAS: Mapping[str, FieldFormula] = {
    "course_length": FieldFormula(
        TIME,
        treatment.course_length,
        "From the first day to the day after the last, not beyond the date judged.",
        needs=("begins", "ends"),
        dates=("begins", "ends"),
    ),
    "time_since_change": FieldFormula(
        TIME,
        treatment.time_since_change,
        "From the last change of dose, or else from the first day, to the date judged.",
        needs=("begins", "last_change"),
        dates=("last_change", "begins"),
        first_date_only=True,
        goes_on=True,
    ),
    "time_since": FieldFormula(
        TIME,
        treatment.time_since,
        "From a date of the entry to the date judged.",
        takes={"since": Takes("date", of_entry=True)},
        first_date_only=True,
    ),
    "dose_by_weight": FieldFormula(
        Takes("quantity", "mg/day"),
        treatment.dose_by_weight,
        "The dose per kg, times the weight nearest to the first day.",
        takes={"weight": Takes("quantity", "kg", optional=True, usually="person.weight")},
        needs=("dose_per_kg", "begins"),
    ),
    "prednisone_equivalent": FieldFormula(
        Takes("quantity", "mg/day"),
        treatment.prednisone_equivalent,
        "The dose, times the prednisone that 1 mg of the drug stands for: {equivalent} mg.",
        needs=("drug", "dose"),
        of_steroid=True,
        adds_up=True,
    ),
    "prednisone_equivalent_per_kg": FieldFormula(
        Takes("quantity", "mg/kg/day"),
        treatment.prednisone_equivalent_per_kg,
        "The dose as prednisone, over the weight nearest to the first day.",
        takes={"weight": Takes("quantity", "kg", optional=True, usually="person.weight")},
        needs=("drug", "dose", "begins"),
        of_steroid=True,
        adds_up=True,
    ),
}
"""The formulas for fields of a list. They read the fields by their roles."""

ROLES: Mapping[Role, Takes] = {
    "begins": DATE,
    "ends": DATE,
    "last": DATE,
    "last_change": DATE,
    "lasted": TIME,
    "drug": Takes("drug"),
    "dose": Takes("quantity", "mg/day"),
    "dose_per_kg": Takes("quantity", "mg/kg/day"),
    "route": Takes("finding", any_words=True),
    "half_life": Takes("quantity", "days"),
    "every": TIME,
    "steps": Takes("steps"),
    "class": Takes("finding", any_words=True),
    "form": Takes("text"),
    "given": Takes("finding"),
    "response": Takes("finding", any_words=True),
    "together": Takes("finding"),
}
"""What a field must be to have a role of its list.

begins, ends   the first and the last day of what the entry tells of
last           the day of the last dose, where it is not the last day
last_change    the day of the last change of dose
lasted         how long it lasted; in a rule, the time that several entries cover without a gap
drug, dose, dose_per_kg, route, half_life
               what was given, how much a day, where to, and the half-life that the chart states
every          how far apart its doses were given, where it was not given every day
steps          doses that took the place of one another, each from a day on
class          the class of the drug, where the drug has no name or one that is not known
form           "ointment", "tablets": what tells the route where it is not stated
given          false for what was planned or considered, and not given
response       what came of it; its field says which word means that it worked
together       taken besides the other entries of its drug, and not in their place
"""
