// The sandbox as the place that the page reads: its own addresses, and sessions instead of keys.

import { request } from "./rest.js";

const REST = "/api/v2/peatio";
const RANGER = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/v2/ranger`;

export const SANDBOX = {
  publicRest: REST,
  publicStream: `${RANGER}/public`,
  /** Another exchange at the same address does not know its predecessor's sessions. */
  renewsSessions: true,
  ownRest: () => REST,
  ownStream: (session) => `${RANGER}/private?session=${encodeURIComponent(session)}`,
  openSession: async (member) => (await sandbox("POST", "/sessions", { member })).token,
  headers: (session) => ({ "X-Sandbox-Session": session }),
  /** Lost events stay lost: what is open is asked for this often, whatever the stream sent. */
  reconcileMs: 3000,
  readsAllFills: true,
  /** Bursts of events ask for balances and fees once. */
  gatherMs: 250,
  /** A book without a snapshot is asked for again after this long, and then fed from REST depth as well. */
  bookPatienceMs: 2000,
};

/** Ask something of the sandbox itself, which no real exchange has. */
export function sandbox(method, path, body) {
  return request(`/sandbox${path}`, { method, body: body === undefined ? undefined : JSON.stringify(body) });
}
