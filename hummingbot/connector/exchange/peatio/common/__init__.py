"""What every part of the connector shares: errors, parsed payloads, back-off, tasks. It imports no other part."""
