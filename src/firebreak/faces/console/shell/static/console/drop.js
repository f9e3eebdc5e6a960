// A file is chosen or dropped anywhere on its form. Where the page has a place for it, it is shown under a veil from
// the browser's own memory.
const SHOWN = { "image/": "img", "video/": "video" };

function show(place, file) {
  place.querySelector(".veil")?.remove();
  const kind = Object.keys(SHOWN).find((prefix) => file?.type.startsWith(prefix));
  place.hidden = !kind;
  if (!kind) return;
  const media = document.createElement(SHOWN[kind]);
  media.src = URL.createObjectURL(file);
  media.muted = true;
  media.alt = "";
  const veil = document.createElement("span");
  veil.className = "veil";
  veil.dataset.step = "0";
  veil.append(media);
  place.prepend(veil);
}

export function wireDrop() {
  document.querySelectorAll("form[data-drop]").forEach((form) => {
    const input = form.querySelector("input[type=file]");
    const place = document.getElementById("own");
    const over = (on) => (event) => { event.preventDefault(); form.classList.toggle("over", on); };
    form.addEventListener("dragover", over(true));
    form.addEventListener("dragleave", over(false));
    form.addEventListener("drop", (event) => {
      over(false)(event);
      if (!event.dataTransfer.files.length) return;
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
    if (place) input.addEventListener("change", () => show(place, input.files[0]));
  });
}
