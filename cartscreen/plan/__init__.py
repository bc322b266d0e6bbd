"""What next: when the patient fits, how far from it, what to get, what to ask."""
