"""A bot as seen from outside, and the page that shows it (`hummingbot-peatio watch`)."""
