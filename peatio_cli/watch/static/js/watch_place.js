// The local server of `watch` as the place that the page reads: no keys, no sessions, GET only.

import { request } from "./rest.js";

const SOCKETS = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}`;

/** Whose orders, fills and balances are shown, as the page names them. */
export const JOURNAL = "the bot's own record";
export const ACCOUNT = "the account";

/** @param {object} view one bot on one exchange, as GET /watch/page describes it */
export function placeOf({ id, exchange }) {
  const own = (member) => `/views/${id}/${member === ACCOUNT ? "account" : "journal"}`;
  return {
    publicRest: `/exchanges/${exchange}/rest`,
    publicStream: `${SOCKETS}/exchanges/${exchange}/ranger`,
    renewsSessions: false,
    ownRest: (member) => `${own(member)}/rest`,
    ownStream: (member) => `${SOCKETS}${own(member)}/stream`,
    openSession: async (member) => member,
    headers: () => ({}),
    // Requests cost the exchange's limit, of which the bot needs the most.
    reconcileMs: 15000,
    gatherMs: 6000,
    bookPatienceMs: 5000,
    readsAllFills: false,
  };
}

/** What is shown of which bots. */
export function readPage() {
  return request("/watch/page");
}

/** Profit and inventory over time: rows of epoch second, net, realised and unrealised profit, fees, inventory. */
export function readCourse({ id }, { trading_pair: pair, controller = "" }, since) {
  return request(`/views/${id}/course?${new URLSearchParams({ pair, controller, since })}`);
}

/** The bots as they are now. */
export function readBots() {
  return request("/watch/bots");
}
