"""The files of a pack become a vocabulary and trials."""
