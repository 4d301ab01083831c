"""Changes of the controller's file while it runs: in effect as a whole, or not at all."""

import logging

from peatio_liquidity.config import LiquidityConfig

UNTIL_THEN = "Until then nothing of it takes effect but manual_kill_switch: restart the bot, or set it back."


class SettingsChanges:
    """
    :param logger: for what took effect, and for a file that needs a restart
    :ivar need_start: which changes do, each with both values; "" while the file is in effect
    """

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self.need_start = ""

    def applicable(self, present: LiquidityConfig, new: LiquidityConfig) -> LiquidityConfig:
        """What the running controller may take up of the file.

        Where some of it needs a start that is the kill switch alone: budgets and prices that are meant for another
        market or source would meet the present one.
        """
        before, self.need_start = self.need_start, need_a_start(present, new)
        if not self.need_start:
            if before:
                self._logger.info("The controller's file needs no restart any more; it is in effect.")
            if changes := changed(present, new):
                self._logger.info(f"The controller's file changed, and is in effect: {changes}.")
            return new
        if self.need_start != before:
            self._logger.warning(f"The controller's file needs a restart: {self.need_start}. {UNTIL_THEN}")
        kept: LiquidityConfig = present.model_copy(update={"manual_kill_switch": new.manual_kill_switch})
        return kept


def live_settings() -> set[str]:
    """Those of which a change takes effect while the bot runs."""
    return {name for name in LiquidityConfig.model_fields if _is_live(name)}


def need_a_start(present: LiquidityConfig, new: LiquidityConfig) -> str:
    """Which changes take effect at the next start only, each with both values; "" without any."""
    return ", ".join(
        f"{name} is {getattr(new, name)} there and {getattr(present, name)} here"
        for name in _differing(present, new)
        if not _is_live(name)
    )


def changed(present: LiquidityConfig, new: LiquidityConfig) -> str:
    """Which settings the file has changed, each with both values; "" without any."""
    names = _differing(present, new)
    return ", ".join(f"{name} is {getattr(new, name)} (was {getattr(present, name)})" for name in names)


def _differing(present: LiquidityConfig, new: LiquidityConfig) -> list[str]:
    return [name for name in LiquidityConfig.model_fields if getattr(new, name) != getattr(present, name)]


def _is_live(name: str) -> bool:
    extra = LiquidityConfig.model_fields[name].json_schema_extra
    return isinstance(extra, dict) and bool(extra.get("is_updatable"))
