"""What an import takes: CPU time beside reading the JSON alone, and peak memory by patients.

    python benchmarks/importing.py [RUNS]

The charts are invented here. CPU time is that of whole processes less that of the same process with
next to nothing to read; runs are interleaved, and the median of the paired ratios counts.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

PYTHON, PROGRAM = sys.executable, str(Path(sys.executable).with_name("cartscreen"))
READ = "import json, sys; json.loads(open(sys.argv[1], 'rb').read())"
BUNDLE_MB = 13
MOST_TIMES = 2.0
MOST_GROWTH = 1.3
Made = Callable[[str, int], Iterator[dict[str, Any]]]
"""The resources of a patient with so many visits."""
PANEL = "8480-6"
TESTS = (
    ("2160-0", "Creatinine [Mass/volume] in Serum or Plasma", "mg/dL", 0.9),
    ("718-7", "Hemoglobin [Mass/volume] in Blood", "g/dL", 12.5),
    ("8480-6", "Systolic blood pressure", "mm[Hg]", 121.0),
    ("2345-7", "Glucose [Mass/volume] in Serum or Plasma", "mg/dL", 98.0),
    ("2951-2", "Sodium [Moles/volume] in Serum or Plasma", "mmol/L", 140.0),
)


def chart(patient: str, visits: int, bills: int = 2) -> Iterator[dict[str, Any]]:
    """A patient with so many visits: of five results two have a code of ours.

    In size it is like the samples of Synthea: about 3 KB a resource, and one in four is read.
    """
    subject = {"reference": f"Patient/{patient}"}
    yield {"resourceType": "Patient", "id": patient, "gender": "female", "birthDate": "1980-02-03"}
    for visit in range(visits):
        day = f"{2000 + visit // 300}-{visit // 25 % 12 + 1:02}-{visit % 25 + 1:02}T08:00:00+01:00"
        act = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB"}
        period = {"start": day, "end": day}
        yield {
            "resourceType": "Encounter", "id": f"{patient}-{visit}", "status": "finished",
            "subject": subject, "period": period, "class": act,
        }  # fmt: skip
        for claim in range(bills):
            price = {"net": {"value": 129.16, "currency": "USD"}, "quantity": {"value": 1}}
            yield {
                "resourceType": "ExplanationOfBenefit", "id": f"{patient}-{visit}-{claim}",
                "patient": subject, "billablePeriod": period, "status": "active",
                "item": [{"sequence": n, "category": act, "servicedPeriod": period,
                          "adjudication": [{"category": act, "amount": price["net"]}] * 4, **price}
                         for n in range(6)],
            }  # fmt: skip
        for code, name, unit, value in TESTS:
            coding = [{"system": "http://loinc.org", "code": code, "display": name}]
            category = "http://terminology.hl7.org/CodeSystem/observation-category"
            yield {
                "resourceType": "Observation", "id": f"{patient}-{visit}-{code}", "status": "final",
                "category": [{"coding": [{"system": category, "code": "laboratory"}]}],
                "code": {"coding": coding, "text": name}, "subject": subject,
                "encounter": {"reference": f"Encounter/{patient}-{visit}"},
                "effectiveDateTime": day, "issued": day,
                "valueQuantity": {"value": value + visit % 10 / 100, "unit": unit, "code": unit,
                                  "system": "http://unitsofmeasure.org"},
            }  # fmt: skip


def dense(patient: str, visits: int) -> Iterator[dict[str, Any]]:
    """A patient whose chart is Observations alone: with ranges, and a panel of components.

    Two in five have a code of ours, so that this costs the most beside reading the JSON.
    """
    for each in chart(patient, visits, 0):
        if each["resourceType"] == "Encounter":
            continue
        if each["resourceType"] == "Observation":
            value = each["valueQuantity"]
            ends = {"low": {**value, "value": 0.5}, "high": {**value, "value": 150.5}}
            each["referenceRange"] = [ends]
            if each["code"]["coding"][0]["code"] == PANEL:
                part = {key: each[key] for key in ("code", "valueQuantity", "referenceRange")}
                each["component"] = [part, part]
        yield each


def bundle(path: Path, megabytes: float, made: Made = chart) -> None:
    """A Bundle of one patient of about this size."""
    visits, size = 0, 0.0
    while size < megabytes * 1e6:
        visits = visits * 2 or 1
        size = len(json.dumps(list(made("p", visits)), indent=1))
    visits = round(visits * megabytes * 1e6 / size)
    entries = [{"fullUrl": f"urn:x:{r['id']}", "resource": r} for r in made("p", visits)]
    whole = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    path.write_text(json.dumps(whole, indent=1))


def lines(path: Path, patients: int) -> None:
    """NDJSON of so many patients, the resources of all patients mixed."""
    with path.open("w") as file:
        for resources in zip(*(chart(str(n), 2, 0) for n in range(patients)), strict=True):
            file.writelines(f"{json.dumps(resource)}\n" for resource in resources)


def used(command: list[str]) -> tuple[float, float]:
    """(CPU seconds, peak MiB) of a command, its output thrown away."""
    pid = os.spawnv(os.P_NOWAIT, PYTHON, [PYTHON, "-c", _QUIET, *command])
    _, status, usage = os.wait4(pid, 0)
    assert isinstance(usage, resource.struct_rusage)
    assert status == 0, command
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def ratio(large: Path, small: Path) -> float:
    """How many times the CPU time of json.loads an import takes."""
    read = [used([PYTHON, "-c", READ, str(path)])[0] for path in (large, small)]
    made = [used([PROGRAM, "import", str(path)])[0] for path in (large, small)]
    return (made[0] - made[1]) / (read[0] - read[1])


_QUIET = """
import os, sys
for stream in (1, 2):
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
os.execv(sys.argv[1], sys.argv[1:])
"""


def main() -> int:
    """Print the figures; 1 if one is over its limit."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        large, small = folder / "large.json", folder / "small.json"
        bundle(large, BUNDLE_MB)
        bundle(small, 0.001)
        bundle(folder / "dense.json", BUNDLE_MB, dense)
        times, of_dense = (
            statistics.median(ratio(path, small) for _ in range(runs))
            for path in (large, folder / "dense.json")
        )
        peaks = {}
        for patients in (1_000, 10_000):
            lines(folder / f"{patients}.ndjson", patients)
            to = folder / f"out-{patients}"
            command = [PROGRAM, "import", str(folder / f"{patients}.ndjson"), "-o", str(to)]
            seconds, peaks[patients] = used(command)
            print(f"{patients} patients: {seconds:.1f} CPU s, {peaks[patients]:.0f} MiB")
            assert sum(1 for _ in to.iterdir()) == patients
    growth = peaks[10_000] / peaks[1_000]
    print(f"a Bundle of {BUNDLE_MB} MB: {times:.2f} times json.loads (at most {MOST_TIMES})")
    print(f"of Observations with ranges alone: {of_dense:.2f} times")
    print(f"memory at 10 000 patients: {growth:.2f} times that at 1 000 (at most {MOST_GROWTH})")
    return int(times > MOST_TIMES or growth > MOST_GROWTH)


if __name__ == "__main__":
    subprocess.run([PROGRAM, "--version"], check=True, stdout=subprocess.DEVNULL)
    sys.exit(main())
