// The dashboard's script: views without reloading, sessions, the calculator, the theme, news of a publish.
// The page works without it: filters are forms, sessions are pages.

import { sortTables, startLayout } from "./layout.js";
import { ask, lost, root, status, stop, tell } from "./page.js";

const isDashboard = document.getElementById("widgets") !== null;

function dress() {
  sortTables();
  dressTheme();
  age();
}

// --- Views: the address says everything; a change asks for the page and takes its parts over.

const here = () => location.pathname + location.search;
let shown = here();
let asked = null;

async function view(address, { push = true, said = "" } = {}) {
  const mine = asked = { address, push };
  const widgets = document.getElementById("widgets");
  widgets.setAttribute("aria-busy", "true");
  const found = await ask("view", address);
  if (asked !== mine) return;
  asked = null;
  widgets.removeAttribute("aria-busy");
  if (!found) return;
  if (!found.answer.ok) {
    const told = found.page.querySelector(".problem")?.textContent.trim().replace(/\s+/g, " ");
    return tell(told || status.dataset.lost, { lasts: true });
  }
  if (push) history.pushState(null, "", address);
  shown = here();
  take(found.page);
  tell(said);
  return true;
}

const PARTS = "#filters, #stamp, .links, [data-widget]";
const own = (part) => document.querySelector(part.id ? `#${part.id}` : ".links");
// What the server sent for each part: sorting, themes and hiding change the page's own copy.
const sent = new WeakMap();

// Replaces what differs, so that pictures do not flicker and the focus stays where it was.
function take(page) {
  const typed = document.getElementById("ad-spend");
  const unsent = document.activeElement === typed ? typed.value : null;
  const refocus = remembered();
  for (const fresh of page.querySelectorAll(PARTS)) {
    const old = own(fresh);
    if (!old || sent.get(old).isEqualNode(fresh)) continue;
    const placed = document.importNode(fresh, true);
    sent.set(placed, fresh);
    placed.hidden = old.hidden;
    placed.classList.add("arrived");
    const scrolled = [...old.querySelectorAll(".scroll")].map((each) => each.scrollLeft);
    old.replaceWith(placed);
    placed.querySelectorAll(".scroll").forEach((each, place) => { each.scrollLeft = scrolled[place] ?? 0; });
  }
  root.dataset.version = page.documentElement.dataset.version;
  dress();
  const input = document.getElementById("ad-spend");
  if (unsent !== null && input && input.value !== unsent) {
    input.value = unsent;
    calculate(input);
  }
  refocus();
}

// How to get back to what has the focus, once its part was replaced.
function remembered() {
  const focused = document.activeElement;
  const part = focused?.closest(PARTS);
  if (!part) return () => {};
  const same = focused.id ? `#${focused.id}` : focused.matches("a") ? `a[href="${CSS.escape(focused.getAttribute("href"))}"]` : null;
  const kind = focused.tagName;
  const place = [...part.querySelectorAll(kind)].indexOf(focused);
  return () => {
    if (focused.isConnected) return;
    const found = own(part);
    ((same && found.querySelector(same)) || found.querySelectorAll(kind)[place])?.focus({ preventScroll: true });
  };
}

document.addEventListener("change", (event) => {
  const form = event.target.closest("#filters, form[data-swap]");
  if (!form) return;
  const fields = new URLSearchParams(location.search);
  for (const field of form.querySelectorAll("select")) {
    fields.delete(field.name);
    if (field.value !== "") fields.set(field.name, field.value);
  }
  view(`/?${fields}`, { said: status.dataset.changed });
});

document.addEventListener("submit", (event) => {
  if (event.target.matches("#filters, form[data-swap], #calculator")) event.preventDefault();
});

document.addEventListener("click", (event) => {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0 || !isDashboard) return;
  const link = event.target.closest("a[data-swap], a[data-dialog]");
  if (!link) return;
  event.preventDefault();
  if (link.matches("[data-swap]")) view(link.getAttribute("href"), { said: status.dataset.changed });
  else show(link.getAttribute("href"));
});

// A link within the page is news to history, but no other view.
window.addEventListener("popstate", () => { if (isDashboard && here() !== shown) view(here(), { push: false }); });

// --- A session as a dialog above the page.

const dialog = document.getElementById("dialog");
const body = document.getElementById("dialog-body");
let opener = null;

async function show(address) {
  body.textContent = body.dataset.waiting;
  if (!dialog.open) {
    opener = document.activeElement;
    dialog.showModal();
  }
  const found = await ask("session", address);
  if (found === undefined) return;
  const part = found?.page.querySelector("#session-detail, .problem");
  if (part) body.replaceChildren(document.importNode(part, true));
  else body.textContent = status.dataset.lost;
  dress();
  dialog.scrollTop = 0;
  // Whoever listens hears the title; whoever types is at the top.
  const title = body.querySelector("h2");
  if (title) title.tabIndex = -1;
  title?.focus();
}

dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

// The link that led here may have been replaced by newer data meanwhile.
dialog.addEventListener("close", () => {
  stop("session");
  if (opener?.isConnected) return;
  document.querySelector(`#widgets a[href="${CSS.escape(opener?.getAttribute("href"))}"]`)?.focus();
});

// --- The calculator answers while it is typed into.

let typing = 0;

document.addEventListener("input", (event) => {
  if (event.target.id !== "ad-spend") return;
  clearTimeout(typing);
  stop("sum");
  typing = setTimeout(calculate, 200, event.target);
});

async function calculate(input) {
  const fields = new URLSearchParams(location.search);
  fields.delete("ad_spend");
  if (input.value.trim() !== "") fields.set("ad_spend", input.value.trim());
  const found = await ask("sum", `/widgets/roi?${fields}`, here());
  if (!found) return;
  const isWrong = found.answer.status === 422;
  document.getElementById("ad-spend-problem").hidden = !isWrong;
  input.setAttribute("aria-invalid", String(isWrong));
  if (isWrong) return;
  const totals = found.page.getElementById("roi-totals");
  if (!totals) return lost();
  document.getElementById("roi-totals").replaceChildren(...totals.childNodes);
  history.replaceState(null, "", fields.size ? `/?${fields}` : "/");
  shown = here();
  carry(fields.get("ad_spend"));
}

// The sum belongs to the view, so the links to other views take it along.
function carry(sum) {
  for (const link of document.querySelectorAll("a[data-swap], a[data-dialog], a[hreflang]")) {
    const address = new URL(link.href);
    if (sum === null) address.searchParams.delete("ad_spend");
    else address.searchParams.set("ad_spend", sum);
    link.setAttribute("href", address.pathname + address.search);
  }
}

// --- The theme: as the system says, or as was chosen here.

const isDark = () => (root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";

function dressTheme() {
  const chosen = root.dataset.theme;
  for (const source of document.querySelectorAll("source[data-dark]")) {
    const media = { dark: "all", light: "not all" }[chosen] ?? "(prefers-color-scheme: dark)";
    if (source.media !== media) source.media = media;
  }
  const button = document.getElementById("theme");
  button.textContent = isDark() ? button.dataset.light : button.dataset.dark;
}

document.addEventListener("click", (event) => {
  if (event.target.id !== "theme") return;
  root.dataset.theme = isDark() ? "light" : "dark";
  try { localStorage.setItem("utm-pipeline.theme", root.dataset.theme); } catch { /* It lasts as long as the page. */ }
  dressTheme();
});

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", dressTheme);

// --- News: an open page takes up a publish by itself. Hidden pages do not listen.

const AGAIN = 2_000;
let events = null;

function listen() {
  if (document.hidden || events) return;
  events = new EventSource("/events");
  events.addEventListener("publish", (event) => {
    if (event.data === "none" || event.data === root.dataset.version) return;
    if (isDashboard) takeUp(event.data);
    else location.reload();
  });
  events.addEventListener("open", () => { if (status.textContent === status.dataset.lost) tell(""); });
  events.addEventListener("error", () => {
    lost();
    // A refusal ends the browser's own attempts.
    if (events?.readyState !== EventSource.CLOSED) return;
    events = null;
    setTimeout(listen, 10_000);
  });
}

async function takeUp(version) {
  if (root.dataset.version === version) return;
  // Whoever has just asked for another view gets that one.
  const done = await view(asked?.address ?? here(), { push: asked?.push ?? false, said: status.dataset.new });
  // A publish is told once, and the server may have been busy.
  if (!done && !asked) setTimeout(takeUp, AGAIN, version);
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) return listen();
  events?.close();
  events = null;
});

// The data grows old while the page is open.
function age() {
  const stamp = document.getElementById("stamp");
  stamp.classList.toggle("stale", Date.now() >= Date.parse(stamp.dataset.staleAt));
}

for (const part of document.querySelectorAll(PARTS)) sent.set(part, part.cloneNode(true));
startLayout();
dress();
setInterval(age, 30_000);
listen();
