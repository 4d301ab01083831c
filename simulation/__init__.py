"""The whole stack in simulated time: exchanges, bots, traders and guards in one thread, decided by one seed.

`python -m simulation --seeds 100`; docs/simulation.md describes it. Not in the wheel.

The code that runs is the real one. Replaced are, each in one module: the clocks of `time` (`virtual_time`), sources of
chance (`seeded_chance`), the hashes of tasks (`ordered_tasks`), module-level state of a process (`processes`), its
number and machine (`identities`), and the event loop with its network (`loop`, `network`, both on simloop).
"""
