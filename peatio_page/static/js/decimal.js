// Exact decimals. Prices and amounts are strings on the wire; adding them as floats would show 0.30000000000000004.
// A decimal is {units, scale}: units (a BigInt) times ten to the power of -scale.

/** More than any amount has: an exact number with a million of them would keep the page busy for ever. */
const MOST_DIGITS = 1000;

export const ZERO = { units: 0n, scale: 0 };

/** Read a number as Peatio writes it: a string, or a JSON number (exponents too). */
export function parse(value) {
  const [digits, exponent = "0"] = String(value).toLowerCase().split("e");
  if (digits.length > MOST_DIGITS || Math.abs(Number(exponent)) > MOST_DIGITS) {
    throw new RangeError("no amount has so many digits");
  }
  const [whole, fraction = ""] = digits.split(".");
  // BigInt("") is zero: ".5" is read as well.
  const scale = fraction.length - Number(exponent);
  const units = BigInt(whole + fraction);
  return scale >= 0 ? { units, scale } : { units: units * 10n ** BigInt(-scale), scale: 0 };
}

export function add(a, b) {
  const scale = Math.max(a.scale, b.scale);
  return { units: unitsAt(a, scale) + unitsAt(b, scale), scale };
}

export function negate(a) {
  return { units: -a.units, scale: a.scale };
}

export function subtract(a, b) {
  return add(a, negate(b));
}

export function multiply(a, b) {
  return { units: a.units * b.units, scale: a.scale + b.scale };
}

export function half(a) {
  return { units: a.units * 5n, scale: a.scale + 1 };
}

/** Cut off what is beyond so many places; of a positive number. */
export function floored(a, places) {
  return a.scale <= places ? a : { units: a.units / 10n ** BigInt(a.scale - places), scale: places };
}

/** Divide two positive numbers, cut off after so many places. */
export function divided(a, b, places) {
  const shift = places + b.scale - a.scale;
  const units = shift >= 0 ? (a.units * 10n ** BigInt(shift)) / b.units : a.units / (b.units * 10n ** BigInt(-shift));
  return { units, scale: places };
}

export function sign(a) {
  return a.units > 0n ? 1 : a.units < 0n ? -1 : 0;
}

/** For charts, where a pixel is coarser than a float. */
export function toNumber(a) {
  return Number(plain(a));
}

/** Write a decimal without trailing zeros. */
export function plain(a) {
  const text = write(a);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** Write a decimal with a fixed number of places, thousands apart; a half is rounded away from zero. */
export function fixed(a, places) {
  let { units, scale } = a;
  if (scale > places) {
    const step = 10n ** BigInt(scale - places);
    const rest = units % step;
    units /= step;
    if (2n * (rest < 0n ? -rest : rest) >= step) {
      units += rest < 0n ? -1n : 1n;
    }
    scale = places;
  }
  return grouped(write({ units: unitsAt({ units, scale }, places), scale: places }));
}

/** Write a decimal with at most so many places, thousands apart. */
export function short(a, places) {
  const text = fixed(a, Math.min(a.scale, places));
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** Put commas between the thousands of a number that is written already. */
export function grouped(text) {
  const [whole, fraction] = text.split(".");
  const apart = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? apart : `${apart}.${fraction}`;
}

function unitsAt(a, scale) {
  return a.units * 10n ** BigInt(scale - a.scale);
}

function write({ units, scale }) {
  const minus = units < 0n ? "-" : "";
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, "0");
  const point = digits.length - scale;
  return minus + digits.slice(0, point) + (scale ? `.${digits.slice(point)}` : "");
}
