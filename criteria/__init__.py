"""The bundled pack: one TOML file for each trial, facts.toml and drugs.toml. No code."""
