"""The frame of every body: nothing unknown is sent, and every answer is an envelope."""

from datetime import datetime
from typing import Any, ClassVar, Generic, Literal, TypeVar
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field

from accounts.api.codes import CODES

T = TypeVar("T")


class Sent(Schema):
    """A body of which every member is known."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


class Error(Schema):
    code: str = Field(json_schema_extra={"enum": [*CODES]})
    message: str
    details: dict[str, Any] | None = None


class Failure(Schema):
    """Every refusal."""

    success: Literal[False]
    error: Error


class Success(Schema, Generic[T]):
    success: Literal[True]
    data: T


class Receipt(Schema):
    """The audit record of a change, which the person, the helpdesk and the logs can quote."""

    id: UUID
    created_at: datetime


class Ended(Schema):
    ended: int


class Done(Schema):
    done: Literal[True]
