"""A world of two exchanges, with the controller `peatio_liquidity` between them.

    plan     what a seed is made of: the world and the controller's settings
    crowd    who trades on the own exchange: takers, and strangers who quote inside the mirror's spread
    life     one process of the mirror: both connectors, Hummingbot's recorder, clock and V2 runner
    bots     the mirror over all its lives, once for each of its two accounts
    ledger   what the exchanges know: base and open orders on both
    journal  what the hedge journal has on the disk
    watch    what has to hold during the run; properties in `simulation.monitors.violation`
    operator   the person who settles a hedge of which the source does not say what became of it
    recovery   after the last fault: quotes again, and everything is hedged
    audit    the hedge journal against both ledgers, at the end
    world    all of it together
"""
