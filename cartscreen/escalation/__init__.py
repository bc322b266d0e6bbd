"""Dose escalation: what the page says after so many patients, and what a study has done."""
