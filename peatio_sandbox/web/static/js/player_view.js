// What one moves through a recording with, and the requests in it.

import { byId, drawRows, make, setText } from "./dom.js";
import { SPEEDS } from "./replay.js";
import { clock, timeCell } from "./times.js";

export class PlayerView {
  constructor(replay, name) {
    this.replay = replay;
    this.button = make("button");
    this.button.type = "button";
    this.button.addEventListener("click", () => replay.play(!replay.isPlaying));
    this.slider = this.makeSlider();
    this.time = make("span", "figure");
    byId("player").replaceChildren(this.button, this.slider, this.time, this.makeSpeeds());
    byId("player").hidden = false;
    byId("faults-panel").hidden = true;
    byId("links").hidden = true;
    byId("requests-panel").hidden = false;
    byId("trade-panel").hidden = true;
    setText(byId("what"), `the recording ${name} · no real money`);
  }

  makeSlider() {
    const slider = make("input");
    slider.type = "range";
    slider.min = "0";
    slider.max = String(Math.ceil(this.replay.end_ms / 1000));
    slider.setAttribute("aria-label", "Moment of the recording, in seconds");
    slider.addEventListener("input", () => this.replay.seek(1000 * Number(slider.value)));
    return slider;
  }

  makeSpeeds() {
    const select = make("select");
    select.append(...SPEEDS.map((speed) => new Option(`${speed}×`, speed)));
    select.addEventListener("change", () => {
      this.replay.speed = Number(select.value);
    });
    const label = make("label", "field", "Speed ");
    label.append(select);
    return label;
  }

  draw(model) {
    const { at_ms, end_ms, isPlaying } = this.replay;
    setText(this.button, isPlaying ? "Pause" : "Play");
    this.slider.value = String(Math.floor(at_ms / 1000));
    this.slider.setAttribute("aria-valuetext", clock(model.now_s()));
    setText(this.time, `${minutes(at_ms)} / ${minutes(end_ms)} · ${clock(model.now_s())}`);
  }
}

export function drawRequests(model) {
  const rows = model.requests.map((request) => ({
    cells: [
      { text: line(request), title: line(request), className: "long" },
      { text: outcome(request), className: request.status >= 200 && request.status < 300 ? "muted" : "sell" },
      timeCell(request.at_s, model.now_s()),
    ],
  }));
  drawRows(byId("requests"), rows, "none yet");
}

function line({ method, path, query }) {
  return `${method} ${path.replace("/api/v2/peatio", "")}${query ? `?${query}` : ""}`;
}

function outcome({ status, answer }) {
  if (status === null) {
    return "no answer";
  }
  const codes = answer?.errors === undefined ? "" : ` ${[answer.errors].flat().join(", ")}`;
  return `${status}${codes}`;
}

function minutes(ms) {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
