"""The acceptance checks that the program cannot meet, or has no place for, and why."""

NOT_TAKEN: dict[int, str] = {
    17: "No criterion reads a temperature; degrees are in no unit, and are refused (test 8).",
    56: "CSV is not read: profiles are TOML.",
}
