"""The page that shows a market and a member's account in a browser: what the sandbox's page and `watch` share.

It knows neither the sandbox nor the connector: its modules read Peatio's REST interface and Ranger from the address
that they are given. Each page adds files of its own, and panels that only it has (docs/reference/browser.md).
"""
