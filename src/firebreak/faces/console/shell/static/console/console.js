// Keys, copying, veils, the side panel. Every action here has a plain link or form beside it that works without.
import { wireKeys } from "./keys.js";
import { wirePanel } from "./panel.js";
import { wireVeils } from "./veil.js";
import { wireDrop } from "./drop.js";
import { wireForms } from "./forms.js";

document.documentElement.classList.add("scripted");

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  const said = document.getElementById("said");
  if (said) said.textContent = said.dataset.copied;
});

wireKeys();
wirePanel();
wireVeils();
wireDrop();
wireForms();
