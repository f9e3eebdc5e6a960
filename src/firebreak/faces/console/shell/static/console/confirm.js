// Asks before what cannot be undone. All else offers to be undone instead.
export function wireConfirm() {
  document.addEventListener("submit", (event) => {
    const asked = event.target.dataset.confirm;
    if (asked && !window.confirm(asked)) event.preventDefault();
  }, true);
}
