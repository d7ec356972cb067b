// What the other scripts share: the line that says what happened, and how the server is asked.

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

const running = new Map();
export const stop = (kind) => running.get(kind)?.abort();

// An answer and its document, whose scripts never run; null where nobody answers. A later question of the
// same kind stops it: undefined, as where one has to sign in first, who is then led `home`.
export async function ask(kind, address, home = address) {
  stop(kind);
  const mine = new AbortController();
  running.set(kind, mine);
  try {
    const answer = await fetch(address, { headers: { Accept: "text/html" }, signal: mine.signal });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!answer.redirected) return { answer, page };
    location.assign(home);
  } catch (error) {
    if (error.name === "AbortError") return;
    lost();
    return null;
  }
}
