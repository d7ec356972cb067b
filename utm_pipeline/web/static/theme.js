// Before the first paint: that scripts run, and the theme that was chosen here.
const page = document.documentElement;
page.classList.add("scripted");
try {
  const chosen = localStorage.getItem("utm-pipeline.theme");
  if (chosen === "dark" || chosen === "light") page.dataset.theme = chosen;
} catch { /* Without storage the page looks as the system says. */ }
// A page that has nothing to show yet looks again when something is published.
if ("waits" in page.dataset) {
  new EventSource("/events").addEventListener("publish", (event) => { if (event.data !== "none") location.reload(); });
}
