"""Hummingbot connector for exchanges that run Peatio."""
