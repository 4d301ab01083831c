// Small helpers for drawing into the page. Text goes in as text, never as markup.

export function byId(id) {
  return document.getElementById(id);
}

/** Change an element's text only if it differs: selections and screen readers stay undisturbed. */
export function setText(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

export function make(tag, className = "", text = "") {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

/**
 * Draw rows into a table's body, using the rows that are there already.
 *
 * @param {HTMLElement} body
 * @param {object[]} rows each with cells (a text, or {text, className, title}; with `button` what a press does), and
 *   perhaps data and share
 * @param {string} empty what to say when there are none
 */
export function drawRows(body, rows, empty = "") {
  const columns = body.closest("table").querySelectorAll("thead th").length;
  body.classList.toggle("empty", rows.length === 0);
  const wanted = rows.length > 0 || empty === "" ? rows : [{ cells: [empty], span: columns }];
  while (body.rows.length > wanted.length) {
    body.deleteRow(-1);
  }
  wanted.forEach((row, index) => drawRow(body.rows[index] ?? body.insertRow(), row));
}

function drawRow(element, { cells, data = {}, share, span = 1 }) {
  while (element.cells.length > cells.length) {
    element.deleteCell(-1);
  }
  cells.forEach((cell, index) => {
    const { text, className = "", title = "", button } = typeof cell === "string" ? { text: cell } : cell;
    const target = element.cells[index] ?? element.insertCell();
    if (button === undefined) {
      setText(target, text);
    } else {
      drawButton(target, text, title, button);
    }
    target.className = className;
    target.title = title;
    target.colSpan = span;
  });
  for (const name of Object.keys(element.dataset)) {
    if (data[name] === undefined) {
      delete element.dataset[name];
    }
  }
  Object.entries(data).forEach(([name, value]) => {
    if (value !== undefined && element.dataset[name] !== value) {
      element.dataset[name] = value;
    }
  });
  if (share !== undefined) {
    element.style.setProperty("--share", `${(100 * share).toFixed(1)}%`);
  }
}

/** A button that stays the same element, and keeps the focus, while its row is drawn again. */
function drawButton(cell, text, title, press) {
  let button = cell.querySelector("button");
  if (button === null) {
    button = make("button", "quiet");
    button.type = "button";
    cell.replaceChildren(button);
  }
  setText(button, text);
  button.setAttribute("aria-label", title);
  button.title = title;
  button.onclick = press;
}

/** A colour of the present theme. */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Call when the theme or an element's size has changed, and now. */
export function onLook(element, draw) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  new ResizeObserver(draw).observe(element);
}
