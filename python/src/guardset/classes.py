"""The classes of `taxonomy.toml`, and how MCIP writes the eleven that it has.

Held here because an installed package has no `taxonomy.toml` beside it; a test compares the two.
"""

from __future__ import annotations

from typing import NamedTuple

SAFE = "appropriate"
"""The class of a row that is not unsafe."""


class Mcip(NamedTuple):
    """How MCIP (arXiv 2505.14590) writes a class: letter and name in its prompt, string in its data, name in its paper."""

    choice: str
    prompt: str
    dataset: str
    paper: str


MCIP = {
    SAFE: Mcip("A", "Appropriate", "true", "True"),
    "function_overlapping": Mcip("B", "Function Overlapping", "function_overlapping", "Function Overlapping"),
    "excessive_privileges_overlapping": Mcip("C", "Excessive Privileges Overlapping", "excessive_privileges", "Excessive Privileges Overlapping"),
    "function_dependency_injection": Mcip("D", "Function Dependency Injection", "function_dependency_injection", "Function Dependency Injection"),
    "function_injection": Mcip("E", "Function Injection", "function_injection", "Function Injection"),
    "causal_dependency_injection": Mcip("F", "Causal Dependency Injection", "causal_dependency_injection", "Causal Dependency Injection"),
    # The misspelling is that of MCIP's data and stands there only.
    "wrong_function_intent_injection": Mcip("G", "Wrong Function Intent Injection", "ignore_prupose_prompt_injection", "Ignore Purpose Intent Injection"),
    "wrong_arguments_intent_injection": Mcip("H", "Wrong Arguments Intent Injection", "wrong_parameter_prompt_injection", "Wrong Parameter Intent Injection"),
    "data_injection": Mcip("I", "Data Injection", "data_injection", "Data Injection"),
    "identity_injection": Mcip("J", "Identity Injection", "identity_injection", "Identity Injection"),
    "replay_injection": Mcip("K", "Replay Injection", "replay_function", "Replay Injection"),
}
"""MCIP's eleven classes by our id, in the order of its choices."""

CLASSES = (
    *MCIP,
    "server_name_overlapping",
    "installer_spoofing",
    "backdoor_implantation",
    "tool_name_overlapping",
    "expired_privilege_redundancy",
    "configuration_drift",
    "server_version_mismatch",
)
"""All class ids: MCIP's first, then those that its data lack."""


def _key(name: str) -> str:
    return "".join(character for character in name.lower() if character.isalnum())


_IDS = {_key(id): id for id in CLASSES} | {_key(name): id for id, names in MCIP.items() for name in names[1:]}


def class_id(name: str) -> str | None:
    """The id of a class from any of its spellings, in any case, with spaces, hyphens or underscores; else None."""
    return _IDS.get(_key(name))
