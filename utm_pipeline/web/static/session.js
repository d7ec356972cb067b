// A session as a dialog above the page. Without this script it is a page of its own.

import { ask, dialog, status } from "./page.js";

const body = document.getElementById("dialog-body");
let opener = null;
let latest = 0;

export async function show(address, dress) {
  const mine = ++latest;
  body.textContent = body.dataset.waiting;
  if (!dialog.open) {
    opener = document.activeElement;
    dialog.showModal();
  }
  const found = await ask(address);
  if (mine !== latest) return;
  if (found?.answer.redirected) return location.assign(address);
  const part = found?.page.querySelector("#session-detail, .problem");
  if (!part) {
    body.textContent = status.dataset.lost;
    return;
  }
  body.replaceChildren(document.importNode(part, true));
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
  latest += 1;
  if (opener?.isConnected) return;
  document.querySelector(`#widgets a[href="${CSS.escape(opener?.getAttribute("href"))}"]`)?.focus();
});
