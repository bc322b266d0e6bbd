"""The patients of cases.toml, as profiles of three dates."""

import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from support import profile_of

from cartscreen.pack.model import Pack
from cartscreen.pack.pack import bundled_pack
from cartscreen.pack.trial import Trial
from cartscreen.response.contract import OutcomeReport, Response
from cartscreen.response.report import response
from cartscreen.response.visits import FollowUp, follow_up

FILE = Path(__file__).parent / "response" / "cases.toml"
CASES = tomllib.loads(FILE.read_text("utf-8"), parse_float=Decimal)["case"]
INFUSION = date(2026, 4, 1)
DAYS = {"baseline": date(2026, 3, 1), "previous": date(2026, 6, 1), "visit": date(2026, 7, 1)}
_FACTS = bundled_pack().vocabulary.facts
ITEMS = [name.partition(".")[2] for name in _FACTS if name.startswith("sledai.")]
ITEMS = [name for name in ITEMS if not name.endswith("_due_to_lupus")]
SYSTEMS = [name.partition(".")[2] for name in _FACTS if name.startswith("bilag.")]
DRUGS = [
    {"drug": "prednisolone", "dose": "5 mg/day", "start": date(2026, 5, 1)},
    {"drug": "hydroxychloroquine", "dose": "400 mg/day", "start": date(2025, 1, 1)},
]


def visit_data(at: str, said: Mapping[str, Any], *, pga: str = "0.5") -> dict[str, Any]:
    """A profile as TOML data: what the case says of this visit, laid on the defaults."""
    day = DAYS[at]
    data: dict[str, Any] = {
        "dates": {"screening" if at == "baseline" else "visit": day, "infusion": INFUSION},
        "activity": {"pga": said.get("pga", "2.0" if at == "baseline" else pga)},
        "visit": {"treatment_tolerated": True, "standard_doses": True, "rescue_treatment": False},
    }
    if data["activity"]["pga"] != "not done":
        data["activity"]["pga"] = Decimal(data["activity"]["pga"])
    sledai, open_ = said.get("sledai", []), said.get("open", [])
    if isinstance(sledai, list):
        data["sledai"] = {name: name in sledai for name in ITEMS if name not in open_}
    else:
        data["activity"]["sledai_2k"] = sledai
    grades = said.get("bilag", {})
    every = grades.get("all", "D")
    data["bilag"] = {
        name: grade for name in SYSTEMS if (grade := grades.get(name, every)) != "not assessed"
    }
    drugs = said.get("drugs", DRUGS)
    if drugs != "not recorded":
        data["treatment"] = [{"stop": "ongoing", **drug} for drug in drugs]
        data["reviewed"] = {"treatment": day}
    for section, facts in said.get("facts", {}).items():
        data.setdefault(section, {}).update(facts)
    return {key: value for key, value in data.items() if value != {}}


def seen(
    baseline: Mapping[str, Any],
    visit: Mapping[str, Any],
    previous: Mapping[str, Any] | None = None,
    *,
    pga: str = "0.5",
    pack: Pack | None = None,
) -> FollowUp:
    """The follow-up of a patient who is so at each visit; without `previous`, of two visits."""
    said = {"baseline": baseline, "previous": previous, "visit": visit}
    files = [
        (f"{at}.toml", profile_of(visit_data(at, item, pga=pga)))
        for at, item in said.items()
        if item is not None
    ]
    return follow_up(files, pack or bundled_pack())


def trial() -> Trial:
    """The trial whose page defines a response."""
    return bundled_pack().select(["cd19-csle"])[0]


def responded(of: FollowUp, **how: Any) -> Response:
    """What is said of it by that trial."""
    pack = bundled_pack()
    return response(of, pack, [trial()], **how)


def outcome(of: Response, name: str) -> OutcomeReport:
    """What is said of one outcome."""
    return next(item for item in of.trials[0].outcomes if item.id == name)


def patient_of(case: Mapping[str, Any]) -> FollowUp:
    """The patient of a case."""
    pga = "0.2" if case["outcome"] == "DORIS" else "0.5"
    each = (case.get(at, {}) for at in ("baseline", "visit", "previous"))
    return seen(*each, pga=pga)
