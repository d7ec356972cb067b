// A page that has nothing to show yet: it looks again when something is published.
if ("waits" in document.documentElement.dataset) {
  new EventSource("/events").addEventListener("publish", (event) => { if (event.data !== "none") location.reload(); });
}
