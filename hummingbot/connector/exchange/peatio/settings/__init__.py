"""What the user configured: `conf/peatio.yml`, named exchanges, stored keys."""
