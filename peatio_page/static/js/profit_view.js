// Profit over time, against not having traded: TradingView's Lightweight Charts.

import { BaselineSeries } from "../vendor/lightweight-charts/lightweight-charts.standalone.production.mjs";
import { makeChart, priceFormat } from "./chart_base.js";
import * as decimal from "./decimal.js";
import { byId, colour, setText } from "./dom.js";
import * as numbers from "./numbers.js";
import { moment } from "./times.js";
import { Tooltip, useArrowKeys } from "./tooltip.js";

export class ProfitView {
  constructor() {
    const [chart, apply] = makeChart("profit", { handleScroll: false, handleScale: false }, () => this.restyle());
    this.chart = chart;
    this.points = [];
    this.series = chart.addSeries(BaselineSeries, { lineWidth: 2, priceLineVisible: false, lastValueVisible: false });
    this.addTooltip();
    apply();
  }

  addTooltip() {
    const element = byId("profit");
    this.tooltip = new Tooltip(element);
    this.chart.subscribeCrosshairMove(({ time, point }) => {
      const there = point === undefined ? undefined : this.points.find((known) => known.time === time);
      if (there === undefined) {
        this.tooltip.hide();
      } else {
        this.tooltip.show(this.lines(there), point.x, point.y);
      }
    });
    useArrowKeys(element, {
      count: () => this.points.length,
      last: () => this.points.length - 1,
      choose: (index) => this.point(this.points[index]),
      leave: () => {
        this.chart.clearCrosshairPosition();
        this.tooltip.hide();
      },
    });
  }

  point(there) {
    this.chart.setCrosshairPosition(there.value, there.time, this.series);
    const x = this.chart.timeScale().timeToCoordinate(there.time);
    this.tooltip.show(this.lines(there), x ?? 0, this.series.priceToCoordinate(there.value) ?? 0);
  }

  lines({ time, value }) {
    const sign = value > 0 ? "+" : "";
    const text = `${sign}${numbers.roughPrice(value, this.market)} ${numbers.unit(this.market.quote_unit)}`;
    return [
      ["at", moment(time)],
      ["profit", text, value >= 0 ? "buy" : "sell"],
    ];
  }

  restyle() {
    const [up, down] = [colour("buy"), colour("sell")];
    this.series.applyOptions({
      topLineColor: up,
      topFillColor1: colour("buy-area"),
      topFillColor2: "transparent",
      bottomLineColor: down,
      bottomFillColor1: "transparent",
      bottomFillColor2: colour("sell-area"),
    });
  }

  draw(model) {
    const { market } = model;
    if (this.market !== market) {
      this.market = market;
      this.series.applyOptions({ priceFormat: priceFormat(market) });
    }
    const { points, now } = model.profit();
    this.points = points;
    this.series.setData(points);
    this.chart.timeScale().fitContent();
    drawFigure(now, market);
  }
}

function drawFigure(profit, market) {
  const figure = byId("profit-figure");
  figure.closest(".panel").toggleAttribute("data-empty", profit === null);
  if (profit === null) {
    figure.className = "hint";
    setText(figure, "no fills yet");
    return;
  }
  const sign = decimal.sign(profit);
  figure.className = `figure ${sign >= 0 ? "buy" : "sell"}`;
  const text = decimal.fixed(profit, market.price_precision);
  setText(figure, `${sign > 0 ? "+" : ""}${text} ${numbers.unit(market.quote_unit)}`);
}
