// Before the first paint: that scripts run, and the theme that was chosen here.
document.documentElement.classList.add("scripted");
try {
  const chosen = localStorage.getItem("utm-pipeline.theme");
  if (chosen === "dark" || chosen === "light") document.documentElement.dataset.theme = chosen;
} catch {
  // Without storage the page looks as the system says.
}
