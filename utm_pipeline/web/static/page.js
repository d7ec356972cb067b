// What the other scripts share: the line that says what happened, and what a browser keeps.

export const root = document.documentElement;
export const status = document.getElementById("status");

const LASTS = 8_000;
let told = 0;

// Says it to whoever looks and to whoever listens. News is taken away after a while.
export function tell(text, { lasts = false } = {}) {
  clearTimeout(told);
  status.textContent = text;
  if (text && !lasts) told = setTimeout(tell, LASTS, "");
}

export const lost = () => tell(status.dataset.lost, { lasts: true });

export function stored(key, fallback) {
  try { return JSON.parse(localStorage.getItem(key)) ?? fallback; } catch { return fallback; }
}

export function store(key, value) {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(value));
  } catch { /* Without storage it lasts as long as the page. */ }
}

// An answer and its document, whose scripts never run; null where it was stopped, or nobody answers.
export async function ask(address, { accept = "text/html", signal } = {}) {
  try {
    const answer = await fetch(address, { headers: { Accept: accept }, signal });
    return { answer, page: new DOMParser().parseFromString(await answer.text(), "text/html") };
  } catch (error) {
    if (error.name !== "AbortError") lost();
    return null;
  }
}
