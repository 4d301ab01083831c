// All bots in one table; a press shows another one below.

import * as decimal from "./decimal.js";
import { byId, drawRows, setText } from "./dom.js";
import * as numbers from "./numbers.js";

export function drawBots(model, views, shown, choose) {
  const rows = views.map((view) => {
    const bot = model.bots.find(({ name }) => name === view.bot);
    return {
      cells: [
        { text: view.bot, title: `Show ${view.bot} on ${view.connector}`, button: () => choose(view) },
        { text: view.connector, title: view.site, className: "muted" },
        { text: bot?.activity ?? "…", className: activityClass(bot) },
        { text: readyWord(bot), className: bot?.is_ready === false && bot.activity === "running" ? "sell" : "" },
        guardCell(bot),
        { text: openText(bot, view), title: "by the bot's own record" },
        netCell(bot, view),
      ],
      data: { view: view.id, shown: view === shown ? "yes" : undefined },
    };
  });
  drawRows(byId("bots"), rows);
  setText(byId("bots-note"), model.isReachable === false ? "watch does not answer: what is shown is old" : "");
}

/** An order without a noted exchange is counted with each. */
function openText(bot, { site }) {
  const open = bot?.open_by_site;
  return open === undefined ? "" : String((open[site] ?? 0) + (open[""] ?? 0));
}

function activityClass(bot) {
  return { running: "buy", silent: "sell" }[bot?.activity] ?? "muted";
}

export function readyWord(bot) {
  if (bot?.activity !== "running") {
    return "–";
  }
  return { true: "yes", false: "no", null: "not known" }[String(bot.is_ready)];
}

function guardCell(bot) {
  if (bot?.guard?.has_acted) {
    return { text: "acted", className: "sell" };
  }
  return bot?.guard?.is_watching ? "watches" : { text: "none", className: "muted" };
}

/** Markets have different quote currencies, which are not added up. */
function netCell(bot, view) {
  const nets = (bot?.nets ?? []).filter(({ site, net }) => site === view.site && net !== null);
  const texts = nets.map(({ quote, net }) => numbers.money(net, quote, 6).text);
  const isLoss = nets.some(({ net }) => decimal.sign(decimal.parse(net)) < 0);
  return { text: texts.join(" · ") || "–", className: texts.length === 0 ? "muted" : isLoss ? "sell" : "buy" };
}
