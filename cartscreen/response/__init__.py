"""Response after the infusion: the visits of one patient, and what outcomes say of them."""
