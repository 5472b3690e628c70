"""Tables for the documentation, made from what the code really does."""

from __future__ import annotations

from dataclasses import fields

from sandbox import model
from sandbox.destinations import DOMAIN, FATES
from sandbox.operations import OPERATIONS
from sandbox.quota_rates import CATEGORIES
from sandbox.switches import SAYINGS, Switches


def operations_table() -> str:
    """Every operation of the service and whether this sandbox has it, as Markdown."""
    rows = ["| Operation | Signed | State |", "|---|---|---|"]
    for name in model.operation_names():
        signed = "yes" if model.needs_signature(name) else "no"
        state = "works" if name in OPERATIONS else "refused by name"
        rows.append(f"| {name} | {signed} | {state} |")
    return "\n".join(rows)


def destinations_table() -> str:
    """Every number and address that fails by itself, as Markdown."""
    rows = ["| Number | Address | What becomes of a message |", "|---|---|---|"]
    for fate in FATES:
        number = f"`{fate.number}`" if fate.number else ""
        address = f"`{fate.tag}@{DOMAIN}`" if fate.tag else ""
        rows.append(f"| {number} | {address} | {fate.meaning} |")
    return "\n".join(rows)


def quotas_table() -> str:
    """Every category of request rates, as Markdown."""
    rows = ["| Category | Requests a second | Can be raised | Operations |", "|---|---|---|---|"]
    for name, each in CATEGORIES.items():
        more = "; 5 for one pool and operation" if each.per_pool else ""
        raised = "yes" if each.adjustable else "no"
        rows.append(f"| {name} | {each.rate:g}{more} | {raised} | {', '.join(each.operations)} |")
    return "\n".join(rows)


def switches_table() -> str:
    """Every switch with its default and how sure we are of it, as Markdown."""
    rows = ["| Switch | Default | Confidence | Meaning |", "|---|---|---|---|"]
    for each in fields(Switches):
        sure, meaning = each.metadata["confidence"], each.metadata["meaning"]
        rows.append(f"| `{each.name}` | `{each.default}` | {sure} | {meaning} |")
    return "\n".join(rows)


def sayings_table() -> str:
    """Every refusal with its words and how sure we are of them, as Markdown."""
    rows = ["| Code | Status | Words | Confidence |", "|---|---|---|---|"]
    for saying in SAYINGS.values():
        words = saying.words.replace("|", "\\|").strip()
        rows.append(f"| {saying.code} | {saying.status} | {words} | {saying.confidence} |")
    return "\n".join(rows)
