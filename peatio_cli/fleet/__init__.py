"""`hummingbot-peatio run`: a bot under an MQTT broker."""
