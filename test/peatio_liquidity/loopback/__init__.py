"""Exchanges other than Peatio for the tests, only as much of each as Hummingbot's own connector for it needs."""
