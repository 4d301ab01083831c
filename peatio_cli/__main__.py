"""`python -m peatio_cli` is the same as `hummingbot-peatio`."""

from peatio_cli.main import main

if __name__ == "__main__":
    main()
