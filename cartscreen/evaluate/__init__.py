"""Rule meets profile: the only place where the two do."""
