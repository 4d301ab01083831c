"""Other versions and forks of Peatio, each as its difference from the core."""

#: The core itself.
DEFAULT_DIALECT = "peatio-3.1"
