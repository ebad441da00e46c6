// A part marked data-live looks for newer content every two seconds; what a reader has opened stays open.
const EVERY = 2000;

export function startLive() {
  setInterval(look, EVERY);
}

async function look() {
  const part = document.querySelector("main [data-live]");
  if (!part || document.hidden || part.contains(getSelection()?.anchorNode) && !getSelection().isCollapsed) return;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("main [data-live]");
  if (!fresh || !part.isConnected) return;
  for (const one of part.querySelectorAll("details[open]")) {
    const same = fresh.querySelector(`#${CSS.escape(one.id)}`);
    if (same) same.replaceWith(one);
  }
  const focused = document.activeElement?.closest("details")?.id;
  part.replaceChildren(...fresh.childNodes);
  if (focused) document.getElementById(focused)?.querySelector("summary")?.focus({ preventScroll: true });
}
