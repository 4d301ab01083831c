// How the page writes numbers: one form for each kind, wherever it stands. Exact values go into hints (title).

import * as decimal from "./decimal.js";

/** Digits of an amount in a column; the market's precision where that is fewer. */
const COLUMN_DIGITS = 8;
/** Digits of a number that stands alone. */
const DIGITS = 11;
const FEE_DIGITS = 6;
/** More places than Peatio has for fees. */
const MOST_PLACES = 16;

export function unit(code) {
  return code.toUpperCase();
}

export function price(text, market) {
  return decimal.fixed(decimal.parse(text), market.price_precision);
}

/** A price that a chart computed as a float. */
export function roughPrice(value, market) {
  return rough(value, market.price_precision);
}

/** Any number that a chart computed as a float. */
export function rough(value, places) {
  return decimal.grouped(value.toFixed(places));
}

/**
 * Return a function that writes the amounts of one column, all with the same number of places: as many as the market
 * has, fewer where the largest would not fit. What would become zero that way is written as "<" the smallest.
 */
export function amounts(values, places) {
  const whole = Math.max(...values.map((value) => wholeDigits(decimal.parse(value))), 1);
  const kept = Math.max(0, Math.min(places, COLUMN_DIGITS - whole));
  const least = { units: 1n, scale: kept };
  return (value) => {
    const exact = decimal.parse(value);
    const text = decimal.fixed(exact, kept);
    const isLost = decimal.sign(exact) > 0 && decimal.sign(decimal.subtract(least, exact)) > 0;
    return { text: isLost ? `<${decimal.fixed(least, kept)}` : text, title: decimal.plain(exact) };
  };
}

/** An amount that stands alone, without trailing zeros: {text, title}. */
export function amount(value, digits = DIGITS) {
  const exact = typeof value === "object" ? value : decimal.parse(value);
  return { text: decimal.short(exact, placesFor(exact, digits)), title: decimal.plain(exact) };
}

/** An amount with its currency. */
export function money(value, code, digits = DIGITS) {
  const { text, title } = amount(value, digits);
  return { text: `${text} ${unit(code)}`, title: `${title} ${unit(code)}` };
}

export function fee(value, code) {
  return money(value, code, FEE_DIGITS);
}

/** A part of a hundred as a float. */
export function percent(value, places = 2) {
  return `${value.toFixed(places)}%`;
}

/** As Peatio's tickers have it: with a sign. */
export function change(value, places = 2) {
  return `${value > 0 ? "+" : ""}${percent(value, places)}`;
}

/** Leading zeros are no digits: 0.00000012 has two. */
function placesFor(exact, digits) {
  const whole = wholeDigits(exact);
  if (whole > 0) {
    return Math.max(0, digits - whole);
  }
  const zeros = exact.scale - String(exact.units < 0n ? -exact.units : exact.units).length;
  return Math.min(MOST_PLACES, Math.max(0, zeros) + digits);
}

/** How many digits stand before the point; none for what is less than one. */
function wholeDigits({ units, scale }) {
  const digits = String(units < 0n ? -units : units);
  return units === 0n ? 0 : Math.max(0, digits.length - scale);
}
