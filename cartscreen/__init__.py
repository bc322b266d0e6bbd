"""cartscreen: which CAR-T trials could this patient be screened for, and what is missing?"""

__version__ = "0.1.0"
