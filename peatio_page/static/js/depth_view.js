// The depth chart: how much lies within a distance of the middle, drawn on a canvas.

import { byId, colour, onLook, setText } from "./dom.js";
import * as numbers from "./numbers.js";
import { Tooltip, useArrowKeys } from "./tooltip.js";

/** Levels further from the middle than this part of the price are left out. */
const REACH = 0.032;
const FOOT = 20;
const SUM_DIGITS = 5;

export class DepthView {
  constructor(model) {
    this.model = model;
    this.canvas = byId("depth");
    this.tooltip = new Tooltip(byId("depth-area"));
    /** What the pointer or the keyboard is at: a price, null for nothing. */
    this.at = null;
    this.addPointer();
    onLook(this.canvas, () => this.draw());
  }

  addPointer() {
    this.canvas.addEventListener("pointermove", (event) => {
      if (this.scale) {
        this.lookAt(this.scale.price(event.offsetX));
      }
    });
    this.canvas.addEventListener("pointerleave", () => this.lookAt(null));
    const levels = () => [...(this.bids ?? [])].reverse().concat(this.asks ?? []);
    useArrowKeys(byId("depth-area"), {
      count: () => levels().length,
      last: () => this.bids.length,
      choose: (index) => this.lookAt(levels()[index].price),
      leave: () => this.lookAt(null),
    });
  }

  lookAt(price) {
    this.at = price;
    this.draw();
  }

  draw() {
    const { model, canvas } = this;
    const { bid, ask } = model.book.best();
    const { pen, width, height } = fitted(canvas);
    this.scale = null;
    if (bid === null || ask === null) {
      setText(byId("depth-text"), "no book");
      this.tooltip.hide();
      return;
    }
    this.middle = (Number(bid) + Number(ask)) / 2;
    [this.asks, this.bids] = ["asks", "bids"].map((side) => curve(model.book.sorted(side), this.middle));
    this.scale = makeScale(this.middle, this.asks, this.bids, width, height - FOOT);
    drawSide(pen, this.asks, this.scale, "sell", width);
    drawSide(pen, this.bids, this.scale, "buy", 0);
    drawQuotes(pen, model.account.quotes(model.market.symbol), this.scale);
    drawScale(pen, this.middle, model.market, this.scale);
    this.drawPointer(pen);
    const sum = (points) => numbers.amount(points.at(-1)?.sum ?? 0, SUM_DIGITS).text;
    const text = `bid ${sum(this.bids)} · ask ${sum(this.asks)} ${numbers.unit(model.market.base_unit)} within 3%`;
    setText(byId("depth-text"), text);
    byId("depth-text").title = text;
  }

  /** A line at what is looked at, and how much lies between it and the middle. */
  drawPointer(pen) {
    if (this.at === null) {
      this.tooltip.hide();
      return;
    }
    const { scale, middle } = this;
    const { market } = this.model;
    const isBid = this.at < middle;
    const within = (isBid ? this.bids : this.asks).filter(({ price }) => (isBid ? price >= this.at : price <= this.at));
    const { sum, total } = within.at(-1) ?? { sum: 0, total: 0 };
    const x = scale.x(this.at);
    pen.strokeStyle = colour("muted");
    pen.setLineDash([3, 3]);
    pen.beginPath();
    pen.moveTo(x, 0);
    pen.lineTo(x, scale.height);
    pen.stroke();
    pen.setLineDash([]);
    const lines = [
      ["price", numbers.roughPrice(this.at, market)],
      ["from the middle", numbers.change(100 * (this.at / middle - 1))],
      [isBid ? "bids down to it" : "asks up to it", numbers.money(sum, market.base_unit, SUM_DIGITS).text],
      ["worth", numbers.money(total, market.quote_unit, SUM_DIGITS).text],
    ];
    this.tooltip.show(lines, x, scale.y(sum));
  }
}

/** The canvas' pen, with as many pixels as the screen has, on a clean ground. */
function fitted(canvas) {
  const { width, height } = canvas.getBoundingClientRect();
  const ratio = devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  return { pen, width, height };
}

function makeScale(middle, asks, bids, width, height) {
  const tallest = Math.max(asks.at(-1)?.sum ?? 0, bids.at(-1)?.sum ?? 0, Number.MIN_VALUE);
  return {
    x: (price) => (width * (price / middle - 1 + REACH)) / (2 * REACH),
    price: (x) => middle * (1 + (2 * REACH * x) / width - REACH),
    y: (sum) => 4 + (height - 4) * (1 - sum / tallest),
    width,
    height,
  };
}

/** Sums over a side by rising distance, in base and in quote currency: [{price, sum, total}]. */
function curve(levels, middle) {
  let [sum, total] = [0, 0];
  const near = levels.filter(([price]) => Math.abs(Number(price) / middle - 1) <= REACH);
  return near.map(([text, amount]) => {
    const price = Number(text);
    sum += Number(amount);
    total += price * Number(amount);
    return { price, sum, total };
  });
}

/** Draw a side from the best price to the chart's `end`. */
function drawSide(pen, points, scale, name, end) {
  if (points.length === 0) {
    return;
  }
  const steps = new Path2D();
  steps.moveTo(scale.x(points[0].price), scale.height);
  let sum = 0;
  for (const point of points) {
    steps.lineTo(scale.x(point.price), scale.y(sum));
    steps.lineTo(scale.x(point.price), scale.y(point.sum));
    sum = point.sum;
  }
  steps.lineTo(end, scale.y(sum));
  const area = new Path2D(steps);
  area.lineTo(end, scale.height);
  area.closePath();
  pen.fillStyle = colour(`${name}-area`);
  pen.fill(area);
  pen.strokeStyle = colour(name);
  pen.lineWidth = 1.5;
  pen.stroke(steps);
}

/** A mark at the foot for each of one's own quotes. */
function drawQuotes(pen, own, scale) {
  pen.fillStyle = colour("own");
  for (const price of [...own.asks.keys(), ...own.bids.keys()]) {
    const x = scale.x(Number(price));
    pen.beginPath();
    pen.moveTo(x, scale.height - 9);
    pen.lineTo(x + 4, scale.height - 4);
    pen.lineTo(x, scale.height + 1);
    pen.lineTo(x - 4, scale.height - 4);
    pen.fill();
  }
}

function drawScale(pen, middle, market, scale) {
  pen.strokeStyle = colour("line");
  pen.lineWidth = 1;
  pen.beginPath();
  pen.moveTo(0, scale.height + 0.5);
  pen.lineTo(scale.width, scale.height + 0.5);
  pen.stroke();
  pen.fillStyle = colour("muted");
  pen.font = `11px ${getComputedStyle(document.body).fontFamily}`;
  pen.textBaseline = "bottom";
  pen.textAlign = "center";
  for (const distance of [-0.02, 0, 0.02]) {
    const price = middle * (1 + distance);
    pen.fillText(numbers.roughPrice(price, market), scale.x(price), scale.height + FOOT - 1);
  }
}
