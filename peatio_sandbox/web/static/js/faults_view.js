// Switches for the sandbox's faults (docs/reference/sandbox-faults.md), and which of them are in force.

import { byId, make, setText } from "./dom.js";
import { sandbox } from "./sandbox.js";

const ELSEWHERE = "Started elsewhere: ";
const LOOK_MS = 1500;

/** What the page offers. With `once` a fault ends by itself; the others last until they are switched off. */
const OFFERED = [
  {
    name: "Drop the streams",
    effect: "every websocket ends without a word",
    fault: { kind: "websocket_drop" },
    once: true,
  },
  {
    name: "Keep the streams down",
    effect: "no websocket comes about for 10 seconds",
    fault: { kind: "websocket_drop", duration_s: 10 },
    once: true,
  },
  {
    name: "Silence the streams",
    effect: "sockets stay open, nothing passes",
    fault: { kind: "websocket_silent" },
  },
  {
    name: "Lose RabbitMQ",
    effect: "events are gone, REST goes on",
    fault: { kind: "broker_lost" },
  },
  {
    name: "Lose the answer to a create",
    effect: "the next order takes effect unanswered",
    fault: { kind: "answer_lost", path: "/market/orders", method: "POST", count: 1 },
    once: true,
  },
  {
    name: "Lose the answer to a cancel",
    effect: "the next cancel takes effect unanswered",
    fault: { kind: "answer_lost", path: "/market/orders/*", method: "POST", count: 1 },
    once: true,
  },
  {
    name: "Answer 503 to orders",
    effect: "creates and cancels fail, nothing happens",
    fault: { kind: "server_error", path: "/market/*", method: "POST" },
  },
  {
    name: "Slow answers",
    effect: "every answer comes two seconds late",
    fault: { kind: "latency", delay_s: 2 },
  },
  {
    name: "Restart the matching engine",
    effect: "sequences begin at 1, cancels on their way are lost",
    fault: { kind: "engine_restart" },
    once: true,
  },
  {
    name: "Pause the order processor",
    effect: "orders stay pending, cancels have no effect",
    fault: { kind: "processor_paused" },
  },
  {
    name: "Restart the server",
    effect: "nobody can connect for 5 seconds",
    fault: { kind: "server_restart", duration_s: 5, engines: true },
    once: true,
  },
  {
    name: "Set the clock wrong",
    effect: "ten seconds ahead: nonces expire",
    fault: { kind: "clock_skew", offset_s: 10 },
  },
];

export class FaultsView {
  constructor(model) {
    this.model = model;
    this.buttons = OFFERED.map((offer) => this.makeButton(offer));
    byId("faults").replaceChildren(...this.buttons.map((button) => listed(button)));
    byId("end-faults").addEventListener("click", () => this.act(() => this.endAll()));
    this.look();
  }

  makeButton(offer) {
    const button = make("button", offer.once ? "once" : "");
    button.type = "button";
    if (!offer.once) {
      button.setAttribute("role", "switch");
      button.setAttribute("aria-checked", "false");
    }
    button.append(make("span", "lamp"), make("span", "name", offer.name), make("span", "effect", offer.effect));
    button.addEventListener("click", () => this.act(() => this.toggle(offer)));
    return button;
  }

  async toggle(offer) {
    const active = this.activeFor(offer);
    if (offer.once || active.length === 0) {
      await sandbox("POST", "/faults", offer.fault);
      this.model.note(`Fault: ${offer.name}.`);
    } else {
      await Promise.all(active.map(({ id }) => sandbox("DELETE", `/faults/${id}`)));
      this.model.note(`Ended: ${offer.name}.`);
    }
  }

  async endAll() {
    await sandbox("DELETE", "/faults");
    this.model.note("All faults have ended.");
  }

  async act(ask) {
    try {
      await ask();
      setText(byId("faults-note"), "");
    } catch (error) {
      setText(byId("faults-note"), `That did not work: ${error.message}`);
    }
    await this.readFaults();
  }

  /** Faults that were started elsewhere show too. */
  async look() {
    await this.readFaults();
    setTimeout(() => this.look(), LOOK_MS);
  }

  async readFaults() {
    try {
      this.model.faults = await sandbox("GET", "/faults");
      this.model.changed("faults");
    } catch (error) {
      if (error.status === 403 && byId("faults-note").textContent === "") {
        setText(byId("faults-note"), error.message);
      }
    }
  }

  draw({ faults }) {
    OFFERED.forEach((offer, index) => {
      const isOn = this.activeFor(offer).length > 0;
      const button = this.buttons[index];
      button.toggleAttribute("data-on", isOn);
      if (!offer.once) {
        button.setAttribute("aria-checked", String(isOn));
      }
    });
    const others = faults.active.filter((fault) => !OFFERED.some((offer) => isLike(offer.fault, fault)));
    byId("end-faults").disabled = faults.active.length === 0;
    const note = byId("faults-note");
    if (others.length > 0) {
      setText(note, `${ELSEWHERE}${others.map(({ kind }) => kind).join(", ")}`);
    } else if (note.textContent.startsWith(ELSEWHERE)) {
      setText(note, "");
    }
  }

  activeFor(offer) {
    return this.model.faults.active.filter((fault) => isLike(offer.fault, fault));
  }
}

/** Tell whether a fault in force is what an offer asks for. */
function isLike(asked, fault) {
  return Object.entries(asked).every(([name, value]) => fault[name] === value);
}

function listed(button) {
  const item = make("li");
  item.append(button);
  return item;
}
