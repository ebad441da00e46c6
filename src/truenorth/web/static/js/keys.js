// Keys are declared in the page (data-key); the handler and the help read them there, so they cannot differ.
let waiting = "";
let timer = 0;

export function startKeys() {
  document.addEventListener("keydown", (event) => {
    const typed = event.getModifierState("AltGraph");
    if (event.metaKey || ((event.ctrlKey || event.altKey) && !typed) || event.defaultPrevented) return;
    if (event.target.closest("input, textarea, select, [contenteditable], dialog")) return;
    if (event.key === "?") return help(event);
    const pressed = event.shiftKey && /^[A-Z]$/.test(event.key) ? `shift+${event.key.toLowerCase()}` : event.key;
    const keys = waiting ? `${waiting} ${pressed}` : pressed;
    clearTimeout(timer);
    waiting = "";
    const row = event.target.closest("tr");
    const target = row?.querySelector(`[data-row-key="${CSS.escape(pressed)}"]`) ?? find(keys) ?? find(pressed);
    if (target) {
      event.preventDefault();
      if (target.matches("input")) target.focus();
      else target.click();
    } else if (document.querySelector(`[data-key^="${CSS.escape(pressed)} "]`)) {
      waiting = pressed;
      timer = setTimeout(() => (waiting = ""), 900);
    }
  });
}

function find(keys) {
  return [...document.querySelectorAll(`[data-key="${CSS.escape(keys)}"]`)].find((one) => one.checkVisibility());
}

function help(event) {
  event.preventDefault();
  const dialog = document.getElementById("help");
  const rows = new Map([["Ctrl K", "Find a metric or page"]]);
  for (const one of document.querySelectorAll("[data-key]")) {
    const group = one.closest("[aria-label]")?.getAttribute("aria-label");
    rows.set(one.dataset.key, one.dataset.label ?? `${group ? `${group}: ` : ""}${one.textContent.trim()}`);
  }
  if (document.querySelector("[data-row-key=x]")) rows.set("x", "On a row: leave it out");
  if (document.querySelector("metric-chart")) rows.set("← →", "On the chart: from value to value");
  rows.set("?", "This help");
  dialog.querySelector("dl").replaceChildren(
    ...[...rows].map(([key, words]) => {
      const row = document.createElement("div");
      const name = document.createElement("dt");
      const keys = document.createElement("dd");
      name.textContent = words;
      for (const part of key.split(/[ +]/)) {
        const cap = document.createElement("kbd");
        cap.textContent = part.length > 1 ? part[0].toUpperCase() + part.slice(1) : part;
        keys.append(cap, " ");
      }
      row.append(name, keys);
      return row;
    }),
  );
  dialog.showModal();
}
