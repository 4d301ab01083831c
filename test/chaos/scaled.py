"""Importing this scales the connector's time (`time_scale`); it has to come before the connector is imported."""

from test.chaos.time_scale import scale_time

scale_time()
