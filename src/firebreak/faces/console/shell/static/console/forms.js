// Asks before what cannot be undone, says that it is busy, and sends choices at once.
function confirmed(event) {
  const asked = event.target.dataset.confirm;
  if (asked && !window.confirm(asked)) event.preventDefault();
}

function busy(event) {
  const button = event.target.querySelector("[data-busy]");
  if (!button || event.defaultPrevented) return;
  button.dataset.said = button.textContent;
  button.textContent = button.dataset.busy;
  button.setAttribute("aria-busy", "true");
}

function idle() {
  document.querySelectorAll("[aria-busy]").forEach((button) => {
    button.textContent = button.dataset.said;
    button.removeAttribute("aria-busy");
  });
}

export function wireForms() {
  document.addEventListener("submit", confirmed, true);
  document.addEventListener("submit", busy);
  document.addEventListener("htmx:beforeRequest", (event) => busy({ target: event.detail.elt }));
  document.addEventListener("htmx:afterRequest", idle);
  window.addEventListener("pageshow", idle);
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-send]")) event.target.form.requestSubmit();
  });
}
