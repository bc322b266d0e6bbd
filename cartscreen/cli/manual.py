"""What only help says of each command: examples to copy, and what its exit status means.

tests/cli/test_help.py runs every example.
"""

from collections.abc import Collection

EXAMPLES: dict[str, list[tuple[str, str]]] = {
    "": [
        ("Begin a profile by answering questions, the most useful first:",
         "cartscreen ask patient.toml"),
        ("Judge it against every trial, then see what comes next:",
         "cartscreen check patient.toml"),
        ("What to do so that the patient may match, and when:",
         "cartscreen plan patient.toml"),
        ("All that a command can do:",
         "cartscreen help check"),
    ],
    "check": [
        ("One patient, every trial:",
         "cartscreen check patient.toml"),
        ("One trial, and only what stands in the way:",
         "cartscreen check patient.toml --trial cd19-csle --only failed,unknown"),
        ("A folder of patients, as rows for a spreadsheet:",
         "cartscreen check patients --format csv --output screening.csv"),
        ("A line of JSON for each patient and trial:",
         "cartscreen check patients --format verdicts"),
        ("The table of a clinic, as it is, by the map that somebody has read:",
         "cartscreen check clinic.csv --map map.toml --summary"),
        ("In a script: exit status 0 eligible, 10 ruled out, 11 open:",
         "cartscreen check patient.toml --trial NCT06222853 --gate"),
    ],
    "plan": [
        ("What rules the patient out, by how much, and what may change that:",
         "cartscreen plan patient.toml"),
        ("One trial, on another day, as a page to print:",
         "cartscreen plan patient.toml --trial cd19-csle --screening-date 2026-12-01 "
         "--format html --output plan.html"),
    ],
    "ask": [
        ("Begin a profile, or go on with one:",
         "cartscreen ask patient.toml"),
        ("Ask only for what one trial reads:",
         "cartscreen ask patient.toml --trial cd19-csle"),
    ],
    "derive": [
        ("Everything that follows from the profile:",
         "cartscreen derive patient.toml"),
        ("One value, with its formula and inputs:",
         "cartscreen derive patient.toml renal.egfr"),
    ],
    "diff": [
        ("What has changed since last month:",
         "cartscreen diff last-month.toml patient.toml"),
        ("What if a value were another:",
         "cartscreen diff patient.toml --set 'heart.lvef=\"55 %\"'"),
        ("What if the patient were screened on another day:",
         "cartscreen diff patient.toml --screening-date 2026-12-01"),
    ],
    "import": [
        ("A chart in FHIR R4 becomes a profile:",
         "cartscreen import chart.json -o imported.toml"),
        ("A bulk export, a file for each patient, with all counts as JSON:",
         "cartscreen import export -o profiles --report import.json"),
        ("An OMOP CDM, a folder of CSV or Parquet (extra omop):",
         "cartscreen import cdm -o cohort"),
        ("What a profile lacks, out of the chart:",
         "cartscreen import chart.json --into patient.toml"),
        ("On the site's word, the problem list is complete up to a day:",
         "cartscreen import chart.json --closed problem-list=2026-10-01"),
        ("A map for the table of a clinic, begun from its header; a person completes it:",
         "cartscreen import clinic.csv --draft-map begun.toml"),
        ("The table, by the map that somebody has read:",
         "cartscreen import clinic.csv --map map.toml -o clinic.toml"),
    ],
    "verify": [
        ("Does a report that was kept still hold?",
         "cartscreen verify report.json patient.toml"),
        ("Demand that it is about this trial, judged on this day:",
         "cartscreen verify report.json patient.toml --trial cd19-csle "
         "--screening-date 2026-10-12"),
    ],
    "compare": [
        ("What each trial asks of each fact:",
         "cartscreen compare"),
        ("Two trials, and whether the patient meets them:",
         "cartscreen compare patient.toml --trial cd19-csle --trial bcma-cd70-csle"),
    ],
    "list-trials": [
        ("The trials, with registry number, ages and status:",
         "cartscreen list-trials"),
        ("For a script:",
         "cartscreen list-trials --format ndjson"),
    ],
    "show": [
        ("Every criterion of a trial, in plain English:",
         "cartscreen show cd19-csle"),
        ("By its registry number:",
         "cartscreen show NCT06222853"),
        ("What its page says after which dose-limiting toxicities:",
         "cartscreen show rd06-04-sle --doses"),
    ],
    "template": [
        ("A profile to fill in, with only what one trial reads:",
         "cartscreen template --trial cd19-csle"),
        ("Only what this patient still lacks:",
         "cartscreen template --for patient.toml"),
        ("The data dictionary of a REDCap project, whose export `import` reads:",
         "cartscreen template --trial cd19-csle --format redcap"),
    ],
    "facts": [
        ("Everything a profile may hold:",
         "cartscreen facts"),
        ("One fact, or one drug:",
         "cartscreen facts lab.creatinine"),
        ("Find a fact by words of its name:",
         "cartscreen facts ejection fraction"),
    ],
    "validate": [
        ("Every fault, with its line and the likely fix:",
         "cartscreen validate patient.toml"),
        ("A whole folder:",
         "cartscreen validate patients/*.toml"),
    ],
    "schema": [
        ("For the program that reads the reports:",
         "cartscreen schema report"),
    ],
    "response": [
        ("A baseline and later visits of one patient, in order; the last is judged:",
         "cartscreen response baseline.toml month-2.toml month-3.toml"),
        ("The rates of a folder of profiles:",
         "cartscreen response visits/ --format csv"),
    ],
    "escalation": [
        ("What the page says of a study, and what each pending result would bring:",
         "cartscreen escalation rd06-04-sle ledger.toml"),
        ("As if three further patients at DL2 had been evaluated, one with a DLT:",
         "cartscreen escalation rd06-04-sle ledger.toml --as-of 2026-10-30 "
         "--what-if 'DL2: 1 of 3'"),
        ("One page for the data safety board, to print and file:",
         "cartscreen escalation rd06-04-sle ledger.toml --format html --output board.html"),
    ],
    "help": [
        ("The commands:",
         "cartscreen help"),
        ("One of them:",
         "cartscreen help check"),
    ],
}  # fmt: skip


def exit_status(command: str, takes: Collection[str]) -> list[tuple[str, str]]:
    """(status, meaning) of a command; of the program where the command is empty.

    takes: the names of its arguments and options, which tell what can go wrong.
    """
    every = not command
    said: list[tuple[bool, str, str]] = [
        (every or command == "check", "0", "every profile was judged, whatever the verdicts"),
        (command == "validate", "0", "every profile is valid"),
        (command == "verify", "0", "every verdict of the report holds, whatever else has changed"),
        (command not in ("", "check", "validate", "verify"), "0", "done"),
        (command == "response", "0, 10, 11",
         "with --gate: every outcome of every patient is met; one is not met; otherwise"),
        (command == "escalation", "0, 10, 11",
         "with --gate: the page gives one answer for the next patient; it allows no further "
         "patient; it gives several or none, or it depends on pending patients"),
        (command not in ("response", "escalation") and (every or "--gate" in takes), "0, 10, 11",
         "with --gate: eligible for at least one selected trial; ineligible for all; otherwise"),
        (every, "0, 10, 11",
         "of verify: every verdict holds; one does not, or the report was altered or is not the "
         "one demanded; part of it was not verified"),
        (command == "verify", "10",
         "a verdict does not hold, or the report was altered or is not the one demanded"),
        (command == "verify", "11", "part of the report was not verified"),
        (True, "1", "internal error"),
        (True, "2", "wrong usage"),
        (every or command == "check", "3",
         "a profile could not be read; the others of a batch were judged"),
        (command == "response", "3", "a profile or a list could not be read"),
        (command == "escalation", "3", "the ledger could not be read"),
        (command == "import", "3", "a chart could not be read; nothing was written"),
        (command != "check" and ("FILE" in takes or "--for" in takes), "3",
         "a profile could not be read"),
        (command == "escalation", "4",
         "criteria could not be read, the trial is not known, or its page gives no rule"),
        (command != "escalation" and (every or "--criteria" in takes), "4",
         "criteria could not be read, or the trial is not known"),
        (True, "5", "the output could not be written"),
        (True, "129, 130, 143", "hung up, interrupted, terminated"),
        (True, "141", "the reader of a pipe has gone"),
    ]  # fmt: skip
    return [(status, meaning) for applies, status, meaning in said if applies]
