"""What comes next: when the patient would match, what is in the way, what to get and to ask."""
