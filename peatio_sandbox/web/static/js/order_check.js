// What is wrong with an order that somebody has typed, before it is sent.

import * as decimal from "./decimal.js";
import * as numbers from "./numbers.js";

const NUMBER = /^\d+(\.\d*)?$|^\.\d+$/;

/**
 * Check a typed price (null: a market order) and amount against the market.
 *
 * @returns {object} price and volume as texts for Peatio, or a problem: what is wrong, where, and what to do
 */
export function checked({ price, amount }, market) {
  const volume = read(amount, "amount", market.amount_precision);
  const limit = price === null ? {} : read(price, "price", market.price_precision);
  const problem = limit.problem ?? volume.problem ?? outOfRange(limit.text, volume.text, market);
  return problem === undefined ? { price: limit.text, volume: volume.text } : { problem };
}

function read(typed, name, places) {
  const text = typed.trim();
  if (text === "") {
    return { problem: `Enter the ${name}.` };
  }
  if (!NUMBER.test(text)) {
    return { problem: `The ${name} is no number: write it as 1234.5, without commas.` };
  }
  const exact = decimal.parse(text);
  if (decimal.sign(exact) <= 0) {
    return { problem: `The ${name} is zero: enter more.` };
  }
  const plain = decimal.plain(exact);
  if ((plain.split(".")[1] ?? "").length > places) {
    return { problem: `The ${name} has more than ${places} decimals, which the market does not take.` };
  }
  return { text: plain };
}

function outOfRange(price, volume, market) {
  const isBelow = (text, bound) => decimal.sign(decimal.subtract(decimal.parse(bound), decimal.parse(text))) > 0;
  if (market.min_amount !== undefined && isBelow(volume, market.min_amount)) {
    const least = numbers.money(market.min_amount, market.base_unit).text;
    return `The amount is too small: the market takes ${least} or more.`;
  }
  if (price === undefined) {
    return undefined;
  }
  if (market.min_price !== undefined && isBelow(price, market.min_price)) {
    return `The price is too low: the market takes ${numbers.price(market.min_price, market)} or more.`;
  }
  if (market.max_price !== undefined && Number(market.max_price) > 0 && isBelow(market.max_price, price)) {
    return `The price is too high: the market takes ${numbers.price(market.max_price, market)} at most.`;
  }
  return undefined;
}
