// The peg of a pegged coin (docs/reference/sandbox.md): its cycles, and the open orders that they have made smaller.

import { byId, drawRows, setText } from "./dom.js";
import * as numbers from "./numbers.js";
import { sandbox } from "./sandbox.js";

const LOOK_MS = 1000;
/** What a phase means for orders; the words stand where nothing moves when they change. */
const PHASES = {
  between: ["between cycles", "orders and trades as usual"],
  busy: ["busy", "creates are refused, cancels work"],
  away: ["no tracker", "creates are refused, trades wait"],
  updating: ["updating", "creates are refused, trades wait"],
};
const TELLINGS = {
  origin: "both volumes lowered, an event",
  remaining: "the remaining volume lowered, an event",
  replace: "a cancel and a new order",
  silent: "both volumes lowered, no event",
};

export class PegView {
  constructor(model) {
    this.model = model;
    this.lastCycle = null;
    byId("peg-grid").hidden = false;
    byId("peg-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.begin();
    });
    this.look();
  }

  async look() {
    if ((await this.read()) !== 403) {
      setTimeout(() => this.look(), LOOK_MS);
    }
  }

  /** Read the state; return the status of a refusal. An exchange that does not answer is seen elsewhere. */
  async read() {
    try {
      this.take(await sandbox("GET", "/peg"));
      return null;
    } catch (error) {
      if (error.status === 403) {
        setText(byId("peg-note"), error.message);
      }
      return error.status;
    }
  }

  take(peg) {
    // A smaller number is another exchange's.
    const known = this.lastCycle === null || peg.cycle < this.lastCycle ? peg.cycle : this.lastCycle;
    for (const { cycle, peg: value, resized } of peg.last_cycles.filter((one) => one.cycle > known)) {
      this.model.note(`Cycle ${cycle}: peg ${value}, ${orders(resized)} resized.`);
    }
    this.lastCycle = peg.cycle;
    this.model.peg = peg;
    this.model.changed("peg");
  }

  async begin() {
    const text = byId("peg-value").value.trim();
    if (text !== "" && !/^\d+$/.test(text)) {
      setText(byId("peg-note"), `${text} is no peg: write a whole number, or nothing for the present one.`);
      return;
    }
    try {
      this.take(await sandbox("POST", "/peg/cycle", text === "" ? {} : { peg: Number(text) }));
      setText(byId("peg-note"), "");
    } catch (error) {
      setText(byId("peg-note"), `That did not work: ${error.message}`);
    }
  }

  draw({ peg, member, markets }) {
    if (peg === null) {
      return;
    }
    const [phase, effect] = PHASES[phaseOf(peg)];
    const last = peg.last_cycles.at(-1);
    setText(byId("peg-title"), `Peg of ${numbers.unit(peg.currency)}`);
    setText(byId("peg-now"), String(peg.peg));
    setText(byId("peg-cycle"), String(peg.cycle));
    setText(byId("peg-phase"), phase);
    byId("peg-phase").toggleAttribute("data-busy", peg.busy || !peg.reachable);
    setText(byId("peg-effect"), effect);
    setText(byId("peg-next"), peg.next_cycle_in_s === null ? "by command" : `in ${Math.round(peg.next_cycle_in_s)} s`);
    setText(byId("peg-last"), last === undefined ? "–" : `${orders(last.resized)} of all members`);
    setText(byId("peg-telling"), TELLINGS[peg.telling] ?? peg.telling);
    byId("peg-begin").disabled = peg.busy || !peg.reachable;
    drawReduced(peg, member, markets);
  }
}

function phaseOf({ reachable, updating, busy }) {
  if (!reachable) {
    return "away";
  }
  return updating ? "updating" : busy ? "busy" : "between";
}

function drawReduced({ reduced }, member, markets) {
  const rows = reduced.filter((order) => order.member === member).map((order) => row(order, markets));
  drawRows(byId("peg-orders"), rows, "none: all have their full size");
  setText(byId("peg-orders-count"), `${member}: ${orders(rows.length)}`);
}

function row(order, markets) {
  const market = markets.find(({ symbol }) => symbol === order.market);
  const hidden = Number(order.remaining_volume) === 0 ? "At zero: not in the book, still the member's. " : "";
  return {
    cells: [
      market.name,
      { text: order.side, className: order.side },
      numbers.price(order.price, market),
      { ...numbers.amount(order.remaining_volume), title: `${hidden}${order.remaining_volume}` },
      { ...numbers.amount(order.full_volume), className: "muted" },
    ],
    data: { id: String(order.id) },
  };
}

function orders(count) {
  return `${count === 0 ? "no" : count} ${count === 1 ? "order" : "orders"}`;
}
