// Tables are sorted by their headings; the choice outlasts new data.

import { root } from "./page.js";

const sorted = new Map();
const name = (table) => `${table.closest("[data-widget]")?.id} ${table.caption?.textContent}`;

export function dressTables() {
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
