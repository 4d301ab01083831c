"""The dead man's switch: heartbeat and fence, as the bot and its guard see them."""
