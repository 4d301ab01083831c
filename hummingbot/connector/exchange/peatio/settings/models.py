"""From a section of `conf/peatio.yml` to a frozen model, with messages that name the setting and what it takes."""

from collections.abc import Collection
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

from hummingbot.connector.exchange.peatio.common.errors import ConfigError
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)


class SettingsModel(BaseModel):
    """A section of the file. The docs show each field's description."""

    # Without the input in messages: a proxy's URL may hold a password.
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, hide_input_in_errors=True)


def must_be(requirement: str, is_shown: bool = True) -> WrapValidator:
    """Replaces pydantic's messages about a field by `FIELD REQUIREMENT, not VALUE`.

    :param requirement: what the field takes, from the verb on: "is true or false"
    :param is_shown: whether the message repeats the value; False for what may hold a secret
    """

    def check(value: Any, validate: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
        try:
            return validate(value)
        except ValueError:
            shown = f", not {value!r}" if is_shown else ""
            raise ConfigError(f"{info.field_name} {requirement}{shown}", str(info.field_name)) from None

    return WrapValidator(check)


def scalar(value: Any) -> str:
    """The text of a single value: a user id of digits is a number in YAML.

    :raises ValueError: when it is a list or a section
    """
    if isinstance(value, dict | list):
        raise ValueError("not a single value")
    return str(value).strip()


Flag = Annotated[bool, Field(strict=True), must_be("is true or false")]
Count = Annotated[int, Field(strict=True, ge=1), must_be("is a whole number of 1 or more")]
Text = Annotated[str, BeforeValidator(scalar), must_be("is one value", is_shown=False)]


def read[Model: SettingsModel](
    model: type[Model], content: Any, folder: Path, others: Collection[str] = (), **given: str
) -> Model:
    """The model of a section; a setting without a value has its default.

    :param folder: of the file; paths in the file are relative to it
    :param others: further settings of the section, which are not the model's
    :param given: fields of the model that do not come from the file
    :raises ConfigError: naming the first setting that is unknown, missing or cannot be used, and what it takes
    """
    if not isinstance(content, dict):
        raise ConfigError(
            "it must consist of lines of the form `setting: value`, those of a section indented below its name"
        )
    known = [*(name for name in model.model_fields if name not in given), *others]
    unknown = sorted(set(map(str, content)) - set(known))
    if unknown:
        named = ", ".join(f"{name}{_nearest(name, known)}" for name in unknown)
        raise ConfigError(f"there is no setting {named}. The settings are: {', '.join(known)}", unknown[0])
    values = {name: value for name, value in content.items() if value is not None and name not in others}
    try:
        return model.model_validate({**values, **given}, context={"folder": folder})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        reason = first.get("ctx", {}).get("error")
        if isinstance(reason, ConfigError):
            raise reason from None
        name = str(first["loc"][0])
        raise ConfigError(f"{name} is missing: {model.model_fields[name].description}") from None


def _nearest(name: str, known: Collection[str]) -> str:
    near = get_close_matches(name.strip().lower().replace("-", "_"), known, n=1)
    return f" (did you mean {near[0]}?)" if near else ""
