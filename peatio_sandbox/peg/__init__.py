"""A stand-in for Halo's exchange tracker: who holds how much of a pegged coin, liquid and in reserve.

Useful alone (``hummingbot-peatio halo``). docs/reference/pegged-tracker.md has the facts it is built from; each says
whether it was seen on the real code, read in it, or is only documented.
"""
