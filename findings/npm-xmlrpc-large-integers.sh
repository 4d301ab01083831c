#!/usr/bin/env bash
# xmlrpc 1.3.2 of npm, sax 1.2.4, xmlbuilder 8.2.2; needs Node and npm besides what the README names
#
# Halo's tracker answers amounts in satoshi: as <int> up to 2147483647, which is 21.5 coins, and as <i8> above.
# Guess: a client reads both as numbers, and refuses to send a number that an <int> does not hold, or sends it as <i8>.
# What happens: an <int> is read as a number and an <i8> as a string, so one field of a balance changes its type with
# its size, and `+` appends digits instead of adding. A number above 2147483647 is sent as an <int> all the same.
#
# Observed:
#   <int> 2147483647: number, plus 1 is 2147483648
#   <i8> 2147483648: string, plus 1 is 21474836481
#   sent: <int>2147483647</int>
#   sent: <int>2147483648</int>
set -eu
. "$(dirname "$0")/lib.bash"

command -v node >/dev/null && command -v npm >/dev/null || fail "Node and npm are needed (apt install nodejs npm)"
npm install --silent --no-audit --no-fund --prefix "$work" xmlrpc@1.3.2 sax@1.2.4 xmlbuilder@8.2.2 >/dev/null

cat >"$work/observe.js" <<'JAVASCRIPT'
const { Readable } = require('stream')
const Deserializer = require('xmlrpc/lib/deserializer')
const serializer = require('xmlrpc/lib/serializer')

function read (type, text) {
  const body = `<?xml version="1.0"?><methodResponse><params><param><value><${type}>${text}</${type}></value></param>` +
    '</params></methodResponse>'
  return new Promise((resolve, reject) => new Deserializer('utf8').deserializeMethodResponse(
    Readable.from([body]), (error, value) => error ? reject(error) : resolve(value)))
}

async function main () {
  for (const [type, text] of [['int', '2147483647'], ['i8', '2147483648']]) {
    const value = await read(type, text)
    console.log(`<${type}> ${text}: ${typeof value}, plus 1 is ${value + 1}`)
  }
  for (const amount of [2147483647, 2147483648]) {
    console.log('sent:', serializer.serializeMethodCall('Trade', [amount], 'utf8').match(/<int>.*<\/int>/)[0])
  }
}

main()
JAVASCRIPT
node "$work/observe.js" | check_observed
