"""Strategy files that `init` copies into every instance; they run there, as Hummingbot's scripts."""
