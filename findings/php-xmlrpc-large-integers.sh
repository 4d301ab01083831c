#!/usr/bin/env bash
# PHP's xmlrpc extension 1.0.0RC3 (Debian: php8.2-xmlrpc): integers above 32 bits
#
# Halo's tracker answers amounts in satoshi: as <int> up to 2147483647, which is 21.5 coins, and as <i8> above.
# Guess: PHP's integers have 64 bits, so the extension reads and sends them, or refuses with an error.
# What happens: it does neither. An <i8> is read as NULL, in a structure too, which counts as 0 in arithmetic. A number
# above 2147483647 is sent as an <int> of its lower 32 bits: 500 coins become less than nothing. Neither warns.
#
# Observed:
#   read <int>2147483647</int>: integer, plus 1 is 2147483648
#   read <i8>2147483648</i8>: NULL, plus 1 is 1
#   read a balance: {"liquid":null,"reserve":5}
#   sent 2147483647: <int>2147483647</int>
#   sent 2147483648: <int>-2147483648</int>
#   sent 50000000000: <int>-1539607552</int>
#   warnings: none
set -eu
. "$(dirname "$0")/lib.bash"

command -v php >/dev/null && [ "$(php -n -d extension=xmlrpc -r 'echo phpversion("xmlrpc");')" = 1.0.0RC3 ] ||
    fail "PHP with its xmlrpc extension 1.0.0RC3 is needed (Debian 12: apt install php8.2-cli php8.2-xmlrpc)"

cat >"$work/observe.php" <<'PHP'
<?php
error_reporting(E_ALL);
$warnings = [];
set_error_handler(function ($number, $text) use (&$warnings) { $warnings[] = $text; return true; });

function read(string $value) {
    return xmlrpc_decode("<?xml version=\"1.0\"?><methodResponse><params><param><value>$value</value></param></params>" .
        '</methodResponse>');
}

foreach (['<int>2147483647</int>', '<i8>2147483648</i8>'] as $value) {
    $read = read($value);
    echo "read $value: ", gettype($read), ', plus 1 is ', $read + 1, "\n";
}
echo 'read a balance: ', json_encode(read('<struct>' .
    '<member><name>liquid</name><value><i8>50000000000</i8></value></member>' .
    '<member><name>reserve</name><value><int>5</int></value></member></struct>')), "\n";
foreach ([2147483647, 2147483648, 50000000000] as $amount) {
    preg_match('~<int>.*</int>~', xmlrpc_encode_request('Trade', [$amount]), $found);
    echo "sent $amount: $found[0]\n";
}
echo 'warnings: ', $warnings === [] ? 'none' : implode('; ', $warnings), "\n";
PHP
php -n -d extension=xmlrpc "$work/observe.php" | check_observed
