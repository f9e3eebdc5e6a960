// The side panel: a row's page beside its list. Closing it gives the focus back to the row.
let opener = null;

function close(panel) {
  panel.replaceChildren();
  opener?.focus();
  opener = null;
}

export function wirePanel() {
  const panel = document.getElementById("panel");
  if (!panel) return;
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.target === panel) opener = event.detail.elt;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target === panel) panel.querySelector("[data-close]")?.focus();
  });
  panel.addEventListener("click", (event) => {
    if (event.target.closest("[data-close]")) close(panel);
  });
  panel.addEventListener("close-panel", () => close(panel));
}
