"""Messages to a person about a bot: what is worth one, and how it gets there (docs/operate/alerts.md)."""
