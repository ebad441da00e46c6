// A button beside a text puts it into the clipboard; where a page may not (http from elsewhere), there is no button.
const SAID = 1600;

export function startCopy() {
  if (!navigator.clipboard) return;
  document.documentElement.classList.add("copies");
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    const from = button?.closest(".copied")?.querySelector("input, pre");
    if (!from || button.dataset.copy) return;
    const word = button.firstChild.data;
    const done = await navigator.clipboard.writeText(from.value ?? from.textContent).then(() => "Copied", () => "Not allowed");
    button.dataset.copy = done;
    button.firstChild.data = done;
    setTimeout(() => { button.firstChild.data = word; button.dataset.copy = ""; }, SAID);
  });
}
