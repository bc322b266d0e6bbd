"""cartscreen: which CAR-T trials could this patient be screened for, and what is missing?"""

__version__ = "0.2.0.dev0"

NOTICE = (
    "An aid to pre-screening for qualified trial staff; not a medical device. The investigator "
    "decides, from source documents and the current protocol. Unknown is not no."
)
"""What every report and the help say."""
