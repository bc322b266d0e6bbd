"""What a rule says, in words: never as advice, since people decide, by the clause beside it."""

from cartscreen.escalation.table import Said
from cartscreen.pack.doses import Doses


def in_words(said: Said, doses: Doses) -> str:
    """What is said of a level, in a sentence without its full stop."""
    names = [level.id for level in doses.levels]
    level = said.levels[0]
    match said.kind:
        case "treat":
            return f"{names[level]} takes up to {said.to} patients"
        case "open":
            return f"{names[level + 1]} is the next level"
        case "between":
            return (
                f"a dose between {names[level - 1]} and {names[level]} may be chosen and evaluated"
            )
        case "higher":
            return f"doses above {names[level]} may be explored"
        case "expand":
            return f"expansion at {' or '.join(names[each] for each in said.levels)}"
        case "exceeds":
            return f"{names[level]} exceeds the MTD"
        case "mtd":
            return f"{names[level]} is the MTD"
        case "complete":
            return "the DLT evaluation is complete"
        case "ask":
            asks = " ".join(doses.gap[name].asks for name in said.rule.gaps)
            return f"the page gives no rule: {asks}"


BASIS = {
    "stated": "",
    "implied": "implied, not stated",
    "certain": "certain before the page's number of patients is reached",
}
