// Times as people read them: in the zone of the browser, whatever it was at that moment.

const SHORT_DATE = { day: "2-digit", month: "short" };
const DATE = { day: "2-digit", month: "short", year: "numeric" };

export function clock(at_s) {
  return new Date(1000 * at_s).toLocaleTimeString("en-GB");
}

export function day(at_s) {
  return new Date(1000 * at_s).toLocaleDateString("en-GB", DATE);
}

export function moment(at_s) {
  return `${day(at_s)}, ${clock(at_s)}`;
}

/** A cell for a table: the time of day, or the day when that is not today's; all of it in the hint. */
export function timeCell(at_s, now_s) {
  const isToday = day(at_s) === day(now_s);
  const text = isToday ? clock(at_s) : new Date(1000 * at_s).toLocaleDateString("en-GB", SHORT_DATE);
  return { text, title: moment(at_s), className: "muted" };
}

/** How far a zone's clocks are ahead of UTC at a moment: with summer time an hour more than without. */
export function offset_s(at_s) {
  return -60 * new Date(1000 * at_s).getTimezoneOffset();
}
