#!/usr/bin/env bash
# hummingbot 20260922 (PyPI)
#
# Guess: a connector whose `*_utils.py` cannot be imported is named in an error, and the others work on.
# What happens: if a module is missing there, the connector is not listed and not a word is said. If anything else goes
# wrong there, no connector is listed at all: every command that needs the list ends with that exception.
#
# Observed:
#   as it should be: example listed, binance listed
#   a module is missing: example not listed, binance listed
#   a name is missing: ImportError
#   a wrong value: ValueError
#   printed by Hummingbot meanwhile: 0 lines
set -eu
. "$(dirname "$0")/lib.bash"

hummingbot_venv

# Hummingbot looks for connectors in the folders beside its own `__init__.py`. A tree of links, in which that file is a
# copy, takes one more connector in without a change to the installed package.
package=$("$python" -I -c 'import pathlib, hummingbot; print(pathlib.Path(hummingbot.__file__).parent)')

# Links what is in the folder $1 of the package, except for $2, into the same folder of the tree.
link_folder() {
    local entry
    mkdir -p "tree/hummingbot/$1"
    for entry in "$package/$1"/*; do
        case $(basename "$entry") in
            "$2" | __pycache__) ;;
            *) ln -s "$entry" "tree/hummingbot/$1/" ;;
        esac
    done
}

link_folder . connector
rm tree/hummingbot/__init__.py
cp "$package/__init__.py" tree/hummingbot/
link_folder connector exchange
link_folder connector/exchange example
mkdir tree/hummingbot/connector/exchange/example
touch tree/hummingbot/connector/exchange/example/__init__.py

cat >list_connectors.py <<'PYTHON'
import sys

sys.path.insert(0, "tree")
from hummingbot.client.settings import AllConnectorSettings

try:
    listed = AllConnectorSettings.get_connector_settings()
    print(", ".join(f"{name} {'listed' if name in listed else 'not listed'}" for name in ("example", "binance")))
except (ImportError, ValueError) as error:
    print(type(error).__name__)
PYTHON

# Lists the connectors, the example's utils being $2; $1 says what that is.
with_utils() {
    printf '%s\n' "from hummingbot.core.data_type.trade_fee import TradeFeeSchema" "$2" \
        "DEFAULT_FEES = TradeFeeSchema()" >tree/hummingbot/connector/exchange/example/example_utils.py
    echo "$1: $("$python" -I -B list_connectors.py 2>>log.txt)"
}

{
    with_utils "as it should be" ""
    with_utils "a module is missing" "import a_module_that_is_not_installed"
    with_utils "a name is missing" "from decimal import a_name_that_is_not_there"
    with_utils "a wrong value" "LIMIT = int('many')"
    cat log.txt >&2
    echo "printed by Hummingbot meanwhile: $(wc -l <log.txt | tr -d ' ') lines"
} | check_observed
