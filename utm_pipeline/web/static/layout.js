// What a visitor arranges: order and hidden widgets, kept in this browser; how tables are sorted.

import { root, status, tell } from "./page.js";

const KEY = "utm-pipeline.layout";
const EDGE = 70;
const STEPS = { ArrowUp: -1, ArrowLeft: -1, ArrowDown: 1, ArrowRight: 1 };

const menu = document.getElementById("layout");
const all = () => [...document.querySelectorAll("[data-widget]")];
const shown = () => all().filter((widget) => !widget.hidden);
const keys = (widgets) => widgets.map((widget) => widget.dataset.widget);
const usual = keys(all());
const list = (value) => (Array.isArray(value) ? value : []);

function arrange(layout) {
  const order = list(layout?.order).filter((key) => usual.includes(key));
  // A widget that a newer version brought is not in an older order.
  for (const key of new Set([...order, ...usual])) {
    const widget = document.getElementById(`w-${key}`);
    widget.parentNode.append(widget);
    hide(widget, list(layout?.hidden).includes(key));
  }
}

function hide(widget, isHidden) {
  widget.hidden = isHidden;
  document.querySelector(`[data-shows="${widget.dataset.widget}"]`).checked = !isHidden;
}

function stored() {
  try { return JSON.parse(localStorage.getItem(KEY)); } catch { return null; }
}

function keep(layout = { order: keys(all()), hidden: keys(all().filter((widget) => widget.hidden)) }) {
  try { localStorage.setItem(KEY, JSON.stringify(layout)); } catch { /* It lasts as long as the page. */ }
}

function moved(widget) {
  keep();
  const words = { name: widget.querySelector("h2").textContent, place: shown().indexOf(widget) + 1, all: shown().length };
  tell(status.dataset.moved.replace(/\{(\w+)\}/g, (_, key) => words[key]));
}

export function startLayout() {
  if (!menu) return;
  arrange(stored());
  document.addEventListener("click", (event) => {
    const widget = event.target.closest(".hide")?.closest("[data-widget]");
    if (widget) {
      hide(widget, true);
      keep();
      menu.querySelector("summary").focus();
    } else if (event.target.id === "reset-layout") {
      keep(null);
      arrange(null);
    } else if (!event.target.closest("#layout")) {
      menu.open = false;
    }
  });
  menu.addEventListener("change", (event) => {
    hide(document.getElementById(`w-${event.target.dataset.shows}`), !event.target.checked);
    keep();
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.addEventListener("keydown", byKey);
  document.addEventListener("pointerdown", byPointer);
}

function byKey(event) {
  const handle = event.target.closest?.(".move");
  const step = STEPS[event.key];
  if (!handle || !step) return;
  event.preventDefault();
  const widget = handle.closest("[data-widget]");
  const other = shown()[shown().indexOf(widget) + step];
  if (!other) return;
  if (step < 0) other.before(widget); else other.after(widget);
  handle.focus();
  moved(widget);
}

function byPointer(event) {
  const handle = event.target.closest(".move");
  if (!handle || event.button !== 0) return;
  const widget = handle.closest("[data-widget]");
  event.preventDefault();
  handle.focus();
  widget.classList.add("dragged");
  const ends = new AbortController();
  let at = event;
  let hasMoved = false;

  const move = (next) => {
    at = next;
    const over = document.elementFromPoint(at.clientX, at.clientY)?.closest("[data-widget]");
    if (!over || over === widget) return;
    const box = over.getBoundingClientRect();
    const isAfter = over.compareDocumentPosition(widget) & Node.DOCUMENT_POSITION_PRECEDING;
    // Past a third, or two widgets of unequal height would change places for ever.
    if (isAfter ? at.clientY <= box.top + box.height / 3 : at.clientY >= box.bottom - box.height / 3) return;
    if (isAfter) over.after(widget); else over.before(widget);
    hasMoved = true;
  };
  // The page is longer than the window: near an edge it moves on.
  const scrolling = setInterval(() => {
    if (at.clientY < EDGE) scrollBy(0, -20);
    else if (at.clientY > innerHeight - EDGE) scrollBy(0, 20);
  }, 30);
  const end = () => {
    ends.abort();
    clearInterval(scrolling);
    widget.classList.remove("dragged");
    if (hasMoved) moved(widget);
  };
  for (const [name, act] of Object.entries({ pointermove: move, pointerup: end, pointercancel: end })) {
    document.addEventListener(name, act, { signal: ends.signal });
  }
}

// --- Tables are sorted by their headings; the choice outlasts new data.

const sorted = new Map();
const name = (table) => `${table.closest("[data-widget]")?.id} ${table.caption?.textContent}`;

export function sortTables() {
  for (const table of document.querySelectorAll("table.sheet")) {
    [...table.querySelectorAll("thead th")].forEach((head, place) => {
      if (head.querySelector("button") || head.textContent === "") return;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.textContent = head.textContent;
      button.addEventListener("click", () => {
        const before = head.getAttribute("aria-sort");
        // Numbers are looked at from the largest.
        const first = head.classList.contains("number") ? "descending" : "ascending";
        const other = first === "ascending" ? "descending" : "ascending";
        sort(table, place, before === first ? other : first);
      });
      head.replaceChildren(button);
    });
    const kept = sorted.get(name(table));
    if (kept && !table.querySelector("[aria-sort]")) sort(table, ...kept);
  }
}

function sort(table, place, order) {
  const value = (row) => row.cells[place].dataset.value;
  const sign = order === "ascending" ? 1 : -1;
  const rows = [...table.tBodies[0].rows];
  const numbers = rows.every((row) => !Number.isNaN(Number(value(row))));
  rows.sort((one, other) => {
    const [a, b] = [value(one), value(other)];
    // What has no value is last in either order.
    if (a === "" || b === "") return (a === "") - (b === "");
    return sign * (numbers ? Number(a) - Number(b) : a.localeCompare(b, root.lang));
  });
  table.tBodies[0].append(...rows);
  const heads = table.querySelectorAll("thead th");
  for (const head of heads) head.removeAttribute("aria-sort");
  heads[place].setAttribute("aria-sort", order);
  sorted.set(name(table), [place, order]);
}
