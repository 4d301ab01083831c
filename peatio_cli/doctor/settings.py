"""The check of `conf/peatio.yml`, which needs no exchange."""

from hummingbot.connector.exchange.peatio.common.errors import ConfigError
from hummingbot.connector.exchange.peatio.settings.connector import FILE_NAME, load_settings
from hummingbot.connector.exchange.peatio.settings.exchanges import load_named_exchanges

from peatio_cli.doctor.check_runner import ExchangeSession
from peatio_cli.doctor.findings import Finding, failed, passed


async def check_settings(exchange: ExchangeSession) -> Finding:
    """Whether a bot of this instance can read its settings."""
    folder = exchange.target.configuration
    try:
        settings = load_settings(folder)
    except ConfigError as error:
        return failed(
            str(error).rstrip("."),
            "Correct it and run the doctor again. Until then a bot of this instance places no order; it reads the file "
            "every few seconds.",
        )
    named, problems = load_named_exchanges(folder)
    if problems:
        return failed("; ".join(problems), "Correct it, run the doctor again, and restart the bot.")
    if not (folder / FILE_NAME).exists():
        return passed(f"there is no {folder / FILE_NAME}: every setting has its default")
    changed = [name for name, value in settings if value != type(settings).model_fields[name].default]
    set_here = f", set: {', '.join(changed)}" if changed else ""
    exchanges = f"; exchanges: {', '.join(named)}" if named else ""
    return passed(f"{folder / FILE_NAME} can be read{set_here}{exchanges}")
