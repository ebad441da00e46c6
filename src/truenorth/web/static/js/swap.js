// Links and GET forms replace <main> instead of the whole page: place, focus and Back stay as they were.
let running = null;

export function startSwap() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    if (link.origin !== location.origin || link.target || link.hasAttribute("data-plain") || link.hasAttribute("download")) return;
    if (link.pathname === location.pathname && link.search === location.search && link.hash) return;
    event.preventDefault();
    go(link.href);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "get" || form.closest("dialog")) return;
    event.preventDefault();
    const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
    go(`${new URL(form.action).pathname}${query.size ? `?${query}` : ""}`);
  });
  addEventListener("popstate", (event) => load(location.href, event.state?.top ?? 0));
  history.scrollRestoration = "manual";
  addEventListener("pagehide", () => history.replaceState({ top: scrollY }, ""));
}

export async function go(href) {
  const url = new URL(href, location.href);
  const same = url.pathname === location.pathname;
  history.replaceState({ top: scrollY }, "");
  const top = same ? scrollY : 0;
  if (await load(url.href, top, url.hash)) history.pushState({ top }, "", url.href);
}

async function load(href, top, hash = "") {
  running?.abort();
  running = new AbortController();
  document.documentElement.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(href, { signal: running.signal, headers: { Accept: "text/html" } });
    if (!answer.headers.get("content-type")?.startsWith("text/html")) throw new Error("not a page");
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!page.querySelector(".top .nav")) throw new Error("a page of its own, such as the form to sign in with");
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const put = () => replace(page, top, hash);
    if (document.startViewTransition && !calm) await document.startViewTransition(put).updateCallbackDone;
    else put();
    return true;
  } catch (problem) {
    if (problem.name === "AbortError") return false;
    location.href = href;
    return false;
  } finally {
    document.documentElement.removeAttribute("aria-busy");
  }
}

function replace(page, top, hash) {
  const focused = document.activeElement;
  const inside = focused?.closest("main");
  const label = focused?.textContent;
  const key = focused?.dataset?.key;
  document.title = page.title;
  document.querySelector("main").replaceWith(document.adoptNode(page.querySelector("main")));
  document.querySelector(".top .nav").replaceWith(document.adoptNode(page.querySelector(".top .nav")));
  const target = hash && document.querySelector(hash);
  if (target && !inside) target.scrollIntoView();
  else scrollTo(0, top);
  if (!inside) return document.querySelector("main").focus({ preventScroll: true });
  const links = [...document.querySelectorAll("main a, main button, main input")];
  const again = links.find((one) => (key ? one.dataset.key === key : one.textContent === label && one.tagName === focused.tagName));
  (again ?? document.querySelector("main")).focus({ preventScroll: true });
}
