"""The acceptance checks that the program cannot meet, or has no place for, and why."""

NOT_TAKEN: dict[int, str] = {
    50: "JSON and CSV are not read; what is written twice in TOML is refused (test 50).",
    56: "CSV is not read.",
    57: "Parquet is not read; TOML has no null, and its NaN is refused (test 57).",
    61: "FHIR is not read; what it says by comparator and absence is taken in TOML (test 61).",
}
