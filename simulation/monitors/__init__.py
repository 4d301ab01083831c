"""What has to hold at every moment of a simulated world, one module for each property.

A monitor gets what happens, in plain values, and yields violations. It never asks the connector whether it is right: it
compares what a strategy sees with what the exchange, the network and the disk show. `watch` feeds all monitors.
"""
