"""All broken rules, one after the other."""

from tests.mutations.rules_of_judgement import JUDGEMENT
from tests.mutations.rules_of_record import RECORD
from tests.mutations.rules_of_sending import SENDING

RULES = SENDING + RECORD + JUDGEMENT
