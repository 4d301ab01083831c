// Profit and inventory of the chosen market over time, which the server computes from all fills there ever were.

import * as decimal from "./decimal.js";
import { byId, make } from "./dom.js";
import { readCourse } from "./watch_place.js";

/** What a row of the server has after its time, in this order, and how it is called. */
const SERIES = { net: "Net", realised: "Realised", unrealised: "Unrealised", fees: "Fees", inventory: "Inventory" };
const NAMES = Object.keys(SERIES);
/** The server thins its points to as many; who has kept more asks for all again. */
const MOST_POINTS = 1200;

export class CourseFeed {
  /** @param {object} view the one that is shown */
  constructor(model, view) {
    this.model = model;
    this.view = view;
    this.series = "net";
    this.controller = null;
    this.offered = "";
    this.rows = [];
    this.select = byId("profit-shown");
    this.select.hidden = false;
    this.select.addEventListener("change", () => this.choose(this.select.value));
  }

  choose(value) {
    const [series, controller] = JSON.parse(value);
    this.series = series;
    this.controller = controller;
    this.draw();
  }

  /** Ask for what is new. */
  async look() {
    const result = this.result();
    const of = result === undefined ? "" : JSON.stringify([result.trading_pair, result.controller ?? ""]);
    if (this.of !== of || this.rows.length > MOST_POINTS) {
      this.of = of;
      this.rows = [];
    }
    if (result !== undefined) {
      const since = this.rows.at(-1)?.[0] ?? 0;
      const rows = await readCourse(this.view, result, since);
      if (this.of === of) {
        this.rows = [...this.rows.filter(([second]) => second < since), ...rows];
      }
    }
    this.draw();
  }

  draw() {
    this.offer();
    const result = this.result();
    const number = 1 + NAMES.indexOf(this.series);
    const points = this.rows.map((row) => ({ time: row[0], value: row[number] }));
    const text = result?.[this.series] ?? null;
    const isBase = this.series === "inventory";
    const now = text === null ? null : decimal.parse(text);
    // Neither more fees nor more inventory is a gain.
    const isPlain = isBase || this.series === "fees";
    this.model.course = { points, now, isBase, isPlain, label: SERIES[this.series] };
    this.model.changed("account");
  }

  /** The position of the chosen market, or with the hedges of a controller: that comes first. */
  result() {
    const hedged = this.hedged();
    const chosen = hedged.find(({ controller }) => controller === this.controller);
    return chosen ?? (this.controller === "" ? undefined : hedged[0]) ?? this.position();
  }

  position() {
    const { bot, market } = this.model;
    return bot?.positions?.find((one) => isOf(one, this.view, market));
  }

  hedged() {
    const { bot, market } = this.model;
    return (bot?.exposures ?? []).filter((one) => one.fills > 0 && isOf(one, this.view, market));
  }

  /** The list changes only with what there is: an open one must not close under a finger. */
  offer() {
    const hedged = this.hedged().map(({ controller, source }) => [controller, `with hedges on ${source}`]);
    const groups = [...hedged, ["", "this market alone"]];
    const text = JSON.stringify(groups);
    if (text !== this.offered) {
      this.offered = text;
      this.select.replaceChildren(
        ...groups.map(([controller, label]) => {
          const group = make("optgroup");
          group.label = label;
          group.append(
            ...NAMES.map((name) => {
              const option = make("option", "", SERIES[name]);
              option.value = JSON.stringify([name, controller]);
              return option;
            }),
          );
          return group;
        }),
      );
    }
    this.select.value = JSON.stringify([this.series, this.result()?.controller ?? ""]);
  }
}

function isOf({ site, market }, view, chosen) {
  return (site === view.site || site === "") && market === chosen?.symbol;
}
