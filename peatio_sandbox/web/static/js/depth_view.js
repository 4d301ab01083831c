// The depth chart: how much lies within a distance of the middle, drawn on a canvas.

import * as decimal from "./decimal.js";
import { byId, colour, setText } from "./dom.js";

/** Levels further from the middle than this part of the price are left out. */
const REACH = 0.032;
const FOOT = 20;

export function drawDepth(model) {
  const canvas = byId("depth");
  const box = canvas.getBoundingClientRect();
  const ratio = devicePixelRatio || 1;
  canvas.width = Math.round(box.width * ratio);
  canvas.height = Math.round(box.height * ratio);
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  pen.clearRect(0, 0, box.width, box.height);
  const { bid, ask } = model.book.best();
  if (bid === null || ask === null) {
    setText(byId("depth-text"), "no book");
    return;
  }
  const middle = (Number(bid) + Number(ask)) / 2;
  const [asks, bids] = ["asks", "bids"].map((side) => curve(model.book.sorted(side), middle));
  const tallest = Math.max(asks.at(-1)?.sum ?? 0, bids.at(-1)?.sum ?? 0, Number.MIN_VALUE);
  const height = box.height - FOOT;
  const scale = {
    x: (price) => (box.width * (price / middle - 1 + REACH)) / (2 * REACH),
    y: (sum) => 4 + (height - 4) * (1 - sum / tallest),
    width: box.width,
    height,
  };
  drawSide(pen, asks, scale, "sell", box.width);
  drawSide(pen, bids, scale, "buy", 0);
  drawQuotes(pen, model.account.quotes(model.market.symbol), scale);
  drawScale(pen, middle, model.market.price_precision, scale);
  const base = model.market.base_unit.toUpperCase();
  const words = (points) => decimal.grouped(Number((points.at(-1)?.sum ?? 0).toPrecision(4)).toString());
  setText(byId("depth-text"), `within 3 %: ${words(bids)} ${base} bid, ${words(asks)} ${base} asked`);
}

/** Sums over a side by rising distance: [{price, sum}]. */
function curve(levels, middle) {
  let sum = 0;
  const near = levels.filter(([price]) => Math.abs(Number(price) / middle - 1) <= REACH);
  return near.map(([price, amount]) => ({ price: Number(price), sum: (sum += Number(amount)) }));
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

function drawScale(pen, middle, places, scale) {
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
    pen.fillText(decimal.grouped(price.toFixed(places)), scale.x(price), scale.height + FOOT - 1);
  }
}
