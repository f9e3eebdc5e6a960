// A place to drop a file on. The file is shown under a veil from the browser's own memory; nothing is stored.
function show(area, file) {
  const place = document.getElementById(area.dataset.preview);
  if (!place || !file) return;
  const media = document.createElement(file.type.startsWith("video/") ? "video" : "img");
  media.src = URL.createObjectURL(file);
  media.muted = true;
  media.alt = "";
  const veil = document.createElement("span");
  veil.className = "veil";
  veil.dataset.step = "0";
  if (file.type.startsWith("video/") || file.type.startsWith("image/")) veil.append(media);
  place.querySelector(".veil")?.remove();
  place.prepend(veil);
  place.hidden = !veil.childElementCount;
}

export function wireDrop() {
  document.querySelectorAll(".drop").forEach((area) => {
    const input = area.querySelector("input[type=file]");
    const over = (on) => (event) => { event.preventDefault(); area.classList.toggle("over", on); };
    area.addEventListener("dragover", over(true));
    area.addEventListener("dragleave", over(false));
    area.addEventListener("drop", (event) => {
      over(false)(event);
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
    input.addEventListener("change", () => show(area, input.files[0]));
  });
}
