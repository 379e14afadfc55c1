"""Roles: who besides the writer works on examples, each with a template and, if wanted, a model.

    planner     proposes dimension values          before the plan
    writer      writes examples for slots          gatewright.training.synthesis
    answerer    answers the writer's prompts       after the writer
    reformatter says the same in another form      after the answerer
    grader      judges without seeing the label    gatewright.training.verification

Knows nothing about generators but that somebody can be asked.
"""

from gatewright.training.roles.answering import ANSWERER, answer
from gatewright.training.roles.casting import ROLES, cast_list
from gatewright.training.roles.proposing import PLANNER, Proposal, Proposed, propose
from gatewright.training.roles.refining import STEPS, refine
from gatewright.training.roles.reformatting import FORMS, REFORMATTER, reformat
from gatewright.training.roles.results import RoleResult
from gatewright.training.roles.texts import Player, Task, answers_about

__all__ = [
    "ANSWERER",
    "FORMS",
    "PLANNER",
    "REFORMATTER",
    "ROLES",
    "STEPS",
    "Player",
    "Proposal",
    "Proposed",
    "RoleResult",
    "Task",
    "answer",
    "answers_about",
    "cast_list",
    "propose",
    "refine",
    "reformat",
]
