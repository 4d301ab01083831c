"""The command line `hummingbot-peatio`: a local exchange, a Hummingbot instance directory, a demo.

Each command has a module of its own (`*_command.py`), imported only when the command is used: `--version`
and `--help` must not wait for aiohttp. Nothing here imports Hummingbot except `bot_runner`, which runs in the
process of the bot, and the doctor, which judges an exchange by the connector's own parts.
"""
