// Ctrl/Cmd K: find a metric or a page; the server searches.
import { go } from "./swap.js";

export function startPalette() {
  const dialog = document.getElementById("palette");
  const input = dialog.querySelector("input");
  const list = dialog.querySelector("ul");
  let asked = 0;

  async function search() {
    const turn = ++asked;
    const answer = await fetch(`/find.json?q=${encodeURIComponent(input.value)}`);
    const found = answer.ok ? await answer.json() : [];
    if (turn === asked) show(found);
  }

  function show(found) {
    list.replaceChildren(
      ...found.map((one, place) => {
        const row = document.createElement("li");
        const name = document.createElement("b");
        const hint = document.createElement("span");
        row.id = `found-${place}`;
        row.setAttribute("role", "option");
        row.dataset.href = one.href;
        name.textContent = one.label;
        hint.textContent = one.hint;
        row.append(name, hint);
        return row;
      }),
    );
    choose(0);
  }

  function choose(place) {
    const rows = [...list.children];
    rows.forEach((row, at) => row.setAttribute("aria-selected", String(at === place)));
    input.setAttribute("aria-activedescendant", rows[place]?.id ?? "");
    rows[place]?.scrollIntoView({ block: "nearest" });
  }

  function open(row) {
    if (!row) return;
    dialog.close();
    go(row.dataset.href);
  }

  function start() {
    if (dialog.open) return;
    input.value = "";
    dialog.showModal();
    search();
  }

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      start();
    }
  });
  document.querySelector("[data-palette]")?.addEventListener("click", start);
  input.addEventListener("input", search);
  dialog.addEventListener("keydown", (event) => {
    const rows = [...list.children];
    const now = rows.findIndex((row) => row.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown") choose((now + 1) % rows.length);
    else if (event.key === "ArrowUp") choose((now - 1 + rows.length) % rows.length);
    else if (event.key === "Enter") open(rows[now]);
    else return;
    event.preventDefault();
  });
  list.addEventListener("click", (event) => open(event.target.closest("li")));
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
}
