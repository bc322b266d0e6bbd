"""One patient: TOML becomes a Profile, and an answer becomes TOML."""
