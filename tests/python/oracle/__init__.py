"""A second, literal implementation of the metrics contract, for comparing with the marts.

Written from metrics.md, inputs.md, channels.md and interfaces.md alone, in plain Python over the
raw rows. Where the contract leaves something open, a comment beginning ``Reading:`` says what was
chosen.
"""

from .core import QUERIES, Oracle
from .places import UnknownSessionError
from .raw import MissingInputError

__all__ = ["QUERIES", "MissingInputError", "Oracle", "UnknownSessionError"]
