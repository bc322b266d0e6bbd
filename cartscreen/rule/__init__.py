"""Rules: TOML becomes a small immutable tree, and the tree becomes English."""
