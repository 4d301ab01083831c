// What only the bot knows: its state and health, profit by market, its strategy, and the lives of its orders.

import * as decimal from "./decimal.js";
import { readyWord } from "./bots_view.js";
import { byId, drawRows, make, setText } from "./dom.js";
import * as numbers from "./numbers.js";
import { moment } from "./times.js";

const STATES = {
  running: "running",
  silent: "silent: it died, or hangs",
  stopped: "stopped",
  unknown: "…",
};
const ENDS = { unsent: "never sent", absent: "not found", failed: "rejected" };

export function drawBot(model, view) {
  const { bot } = model;
  setText(byId("bot-title"), view.bot);
  const state = byId("bot-state");
  setText(state, STATES[bot?.activity] ?? "not known");
  state.toggleAttribute("data-sound", bot?.activity === "running");
  const connector = bot?.connectors?.find(({ name }) => name === view.connector);
  drawFacts(facts(bot, connector));
  drawPositions(model, view);
  drawStrategy(bot?.strategy);
  drawLives(model, view);
  document.title = `${view.bot}: ${bot?.activity ?? "…"}`;
}

function facts(bot, connector) {
  const health = connector?.health;
  const found = [
    ["Ready", readyWord(bot), health?.why_not_ready.join(", ")],
    ["Guard", guardText(bot, connector)],
    ["Heartbeat", connector === undefined ? "none" : `${connector.silent_s.toFixed(0)} s ago`],
    silentFact(bot),
    ["Process", bot?.pid ? String(bot.pid) : "–"],
  ];
  const elsewhere = bot?.elsewhere?.connectors ?? [];
  if (elsewhere.length > 0) {
    found.push(["Also trades on", elsewhere.join(", "), "its orders there are below, under “On other exchanges”"]);
  }
  const waitsFor = health?.why_not_ready ?? [];
  if (waitsFor.length > 0) {
    found.push(["Waits for", waitsFor.join(", ").replaceAll("_", " ")]);
  }
  for (const { markets, base, pending } of bot?.exposures ?? []) {
    found.push(["Not hedged", numbers.amount(base, 6).text, `${markets}: ${base}, ${pending} hedge(s) under way`]);
  }
  if (!health) {
    const remedy = "set metrics_port in conf/peatio.yml to see more of the bot";
    return [...found, ["Health", bot?.activity === "running" ? "not known" : "–", remedy]];
  }
  return [
    ...found,
    ["Books", booksText(health.books), health.books.map(bookLine).join("\n")],
    ["Streams", streamsText(health.streams)],
    ["Limit left", ...budgetTexts(health)],
    ["Requests", `${health.requests}, ${sum(health.failures)} failed`, JSON.stringify(health.failures)],
    ["Waited for the limit", String(health.waits)],
    ["Found by polling", String(health.late_finds), "fills and ends that the stream had not reported"],
    ["Reconnects", String(health.reconnects)],
    ["Clock", health.clock_offset_s === null ? "–" : `${health.clock_offset_s.toFixed(2)} s off`],
  ];
}

function silentFact(bot) {
  const where = "without a heartbeat: the --after of the guard that watches, 30 s without one";
  return ["Silent after", bot?.silent_after_s === undefined ? "–" : `${bot.silent_after_s.toFixed(0)} s`, where];
}

function guardText(bot, connector) {
  if (connector?.fence_reason) {
    return `acted: ${connector.fence_reason}`;
  }
  return bot?.guard?.is_watching ? "watches" : "none";
}

function booksText(books) {
  const untrusted = books.filter((book) => !book.is_trusted);
  if (untrusted.length === 0) {
    return books.length > 0 ? "trusted" : "–";
  }
  return `not trusted: ${untrusted.map(({ trading_pair: pair }) => pair).join(", ")}`;
}

function bookLine({ trading_pair: pair, is_trusted: isTrusted, untrusted_s: untrusted, faults }) {
  const causes = Object.entries(faults).map(([cause, count]) => `${cause} ${count}`);
  return `${pair}: ${isTrusted ? "trusted" : "not trusted"}, ${untrusted} s without (${causes.join(", ") || "no fault"})`;
}

function budgetTexts({ budget, budget_left: left }) {
  return budget === null ? ["–"] : [numbers.percent((100 * left) / budget, 0), `${left} of ${budget} requests`];
}

function streamsText(streams) {
  const down = Object.keys(streams).filter((name) => !streams[name]);
  return down.length === 0 ? "up" : `down: ${down.join(", ")}`;
}

function sum(counts) {
  return Object.values(counts).reduce((all, count) => all + count, 0);
}

/** The same elements as long as the same facts are shown: nothing moves, and selections stay. */
function drawFacts(found) {
  const list = byId("bot-facts");
  while (list.children.length > found.length) {
    list.lastElementChild.remove();
  }
  found.forEach(([name, text, title = text], index) => {
    let item = list.children[index];
    if (item === undefined) {
      item = make("div");
      item.append(make("dt"), make("dd"));
      list.append(item);
    }
    const [term, value] = item.children;
    setText(term, name);
    setText(value, text);
    value.title = title;
    value.className = /^(not trusted|down|acted|no$)/.test(text) ? "sell" : "";
  });
}

function drawPositions({ bot, markets }, view) {
  const results = [...(bot?.positions ?? []), ...(bot?.exposures ?? []).filter(({ fills }) => fills > 0)];
  const shown = results.filter(({ site }) => site === view.site || site === "");
  const rows = shown.map((one) => {
    const market = markets.find(({ symbol }) => symbol === one.market);
    const money = (text) => moneyCell(text, market);
    return {
      cells: [
        resultName(one),
        { ...money(one.net), className: signClass(one.net) },
        money(one.realised),
        money(one.unrealised),
        { ...money(one.fees), className: "muted" },
        { ...numbers.amount(one.inventory, 6), className: "" },
        { ...money(one.average_cost), className: "muted" },
      ],
      data: { pair: one.trading_pair, controller: one.controller },
    };
  });
  drawRows(byId("positions"), rows, "no fills yet");
  setText(byId("positions-note"), "in quote currency, at the last price");
}

/** A market by itself, or with the hedges that a controller made elsewhere. */
function resultName({ trading_pair: pair, fills, controller, markets }) {
  return controller === undefined
    ? { text: pair, title: `${fills} fills` }
    : { text: `${pair} hedged`, title: `${markets}: ${fills} fills on both, by ${controller}` };
}

function moneyCell(text, market) {
  if (text === null) {
    return { text: "–", className: "muted" };
  }
  const exact = decimal.parse(text);
  return { text: decimal.fixed(exact, market?.price_precision ?? 4), title: decimal.plain(exact) };
}

function signClass(text) {
  return text === null ? "muted" : decimal.sign(decimal.parse(text)) < 0 ? "sell" : "buy";
}

function drawStrategy(strategy) {
  const names = [strategy?.name, strategy?.config].filter(Boolean);
  setText(byId("strategy-name"), names.join(" · "));
  const text = strategy?.text || "The bot has written no status yet: ./hbot status has it write one.";
  setText(byId("strategy-text"), text);
  byId("strategy-text").toggleAttribute("data-empty", !strategy?.text);
  byId("strategy-text").title = strategy?.text_at_s ? `as of ${moment(strategy.text_at_s)}` : "";
}

function drawLives({ bot, markets }, view) {
  const orders = (bot?.orders ?? []).filter(({ site }) => site === view.site || site === "");
  const rows = orders.map((order) => {
    const market = markets.find(({ symbol }) => symbol === order.market);
    const { life } = order;
    const price = order.price === null ? "market" : market ? numbers.price(order.price, market) : order.price;
    return {
      cells: [
        {
          text: price,
          className: order.side,
          title: `${order.side} ${order.origin_volume}, asked for ${moment(order.created_at)} as ${order.key}`,
        },
        took(life.created_s, life.live_s),
        life.end === null ? age(life.live_s, bot.at_s) : took(life.live_s, life.ended_s),
        endCell(order),
      ],
      data: { key: order.key },
    };
  });
  drawRows(byId("lives"), rows, "no orders yet");
}

/** How old an order is that has not ended. */
function age(live_s, now_s) {
  const so_far = took(live_s, now_s);
  return typeof so_far === "string" ? { text: `${so_far} …`, className: "muted" } : so_far;
}

/** How it ended, or its state, and how much of it is filled where that is not all or nothing. */
function endCell(order) {
  const { life } = order;
  const word = life.end === null ? order.state : (ENDS[life.end] ?? life.end);
  const share = Number(order.executed_volume) / Number(order.origin_volume);
  const part = share > 0 && share < 1 ? ` ${numbers.percent(100 * share, 0)}` : "";
  const filled = `${order.executed_volume} of ${order.origin_volume} filled`;
  const average = share > 0 ? ` at ${numbers.amount(order.avg_price).text}` : "";
  return { text: `${word}${part}`, className: "muted", title: `${filled}${average}` };
}

/** How long something took. Less than nothing says that a clock was measured wrongly, and nothing else. */
export function took(from_s, to_s) {
  if (from_s === null || to_s === null || to_s < from_s) {
    return { text: "–", className: "muted" };
  }
  const seconds = to_s - from_s;
  if (seconds < 1) {
    return `${Math.round(1000 * seconds)} ms`;
  }
  return seconds < 100 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds / 60)} min`;
}
