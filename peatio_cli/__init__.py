"""The command line `hummingbot-peatio`: a local exchange, a Hummingbot instance directory, a demo.

Each command has a package of its own, imported only when the command is used: `--version` and `--help` must not wait
for aiohttp or Hummingbot. Hummingbot is imported only by code that runs in a bot's process (`demo.bot_runner`,
`console.console`, `fleet`), and by the doctor and the guard, which use the connector's own modules.
"""
