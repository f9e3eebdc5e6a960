// Media is blurred and grey until Space, or the button, is held: each half second lifts the veil a step.
const STEP = 600;
const LAST = 3;
let timer = 0;

const veils = () => [...document.querySelectorAll(".veil")];
const set = (step) => veils().forEach((veil) => { veil.dataset.step = step; });

function lift() {
  if (timer || !veils().length) return;
  let step = 1;
  set(step);
  timer = setInterval(() => {
    step = Math.min(step + 1, LAST);
    set(step);
  }, STEP);
}

function drop() {
  clearInterval(timer);
  timer = 0;
  set(0);
}

export function wireVeils() {
  document.addEventListener("keydown", (event) => {
    if (event.code !== "Space" || !veils().length) return;
    if (event.target.closest("input, textarea, select, button:not([data-lift]), a, summary, video")) return;
    event.preventDefault();
    lift();
  });
  document.addEventListener("keyup", (event) => { if (event.code === "Space") drop(); });
  document.addEventListener("pointerdown", (event) => { if (event.target.closest("[data-lift]")) lift(); });
  for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, drop);
  window.addEventListener("blur", drop);
  document.addEventListener("visibilitychange", drop);
}
