// `?`, `/`, `j`/`k`, `Enter`, `Esc`, `u`, and `g` then a letter.
const rows = () => [...document.querySelectorAll("tr[data-row]")];
const typing = (target) => target.closest("input, textarea, select, [contenteditable]");
let going = 0;

function step(by) {
  const all = rows();
  if (!all.length) return;
  const at = all.findIndex((row) => row.classList.contains("chosen"));
  const next = all[Math.min(Math.max(at + by, 0), all.length - 1)];
  all.forEach((row) => row.classList.toggle("chosen", row === next));
  next.querySelector("a, button")?.focus();
  next.scrollIntoView({ block: "nearest" });
}

async function showKeys() {
  const dialog = document.getElementById("keys");
  if (!dialog) return;
  if (!dialog.childElementCount) {
    const page = await fetch(dialog.dataset.from);
    const parsed = new DOMParser().parseFromString(await page.text(), "text/html");
    dialog.replaceChildren(parsed.querySelector("main section"));
  }
  dialog.showModal();
}

function closeWhatIsOpen() {
  const panel = document.getElementById("panel");
  if (panel?.childElementCount) panel.dispatchEvent(new CustomEvent("close-panel"));
}

const KEYS = {
  "?": showKeys,
  "/": () => document.getElementById("search")?.focus(),
  j: () => step(1),
  k: () => step(-1),
  u: () => document.querySelector("[data-undo]")?.click(),
  g: () => { going = Date.now(); },
  Escape: closeWhatIsOpen,
};

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && typing(event.target)) return event.target.blur();
  if (typing(event.target)) return;
  if (Date.now() - going < 1500) {
    going = 0;
    const place = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
    if (place) return place.click();
  }
  const act = KEYS[event.key];
  if (!act) return;
  if (event.key !== "Escape") event.preventDefault();
  act();
}

export function wireKeys() {
  document.addEventListener("keydown", pressed);
}
