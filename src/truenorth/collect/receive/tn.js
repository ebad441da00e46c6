// What happens on a page, told to TrueNorth: <script defer src=".../tn.js" data-key="..."></script>
//
//   data-manual    page views are told by truenorth.page() alone
//   data-respect   nothing is told of people whose browser says Do Not Track or Global Privacy Control
//   data-cookies   the anonymous id lies in a cookie, of the domain named if one is; else in the browser's storage
//
// Served without comments, spaces and long names by script.py. For that, each statement ends with a semicolon, a text
// stands in double quotes, and a name declared here is never the name of a property that is not called or shown by a dot.
(() => {
  const
    root = document,
    options = root.currentScript.dataset,
    address = new URL("v1/events", root.currentScript.src).href,
    agent = navigator,
    place = location,
    early = window.truenorth,
    on = addEventListener,
    vitals = {},
    delays = {},
    memory = {},
    cookies = options.cookies,
    attempt = (action) => { try { return action(); } catch {} },
    read = (name) => attempt(() => localStorage.getItem("tn_" + name)) ?? memory[name],
    write = (name, value) => {
      memory[name] = value;
      attempt(() => localStorage.setItem("tn_" + name, value));
    },
    now = () => Date.now(),
    unique = () => attempt(() => crypto.randomUUID()) || now() + "-" + Math.random(),

    // Who it is, and since when without half an hour's pause.
    rename = () => {
      anonymous = unique();
      if (cookies == null) write("id", anonymous);
      else root.cookie = "tn_id=" + anonymous + ";path=/;max-age=31536000;samesite=lax" + (cookies && ";domain=" + cookies);
    },
    session = () => {
      let [id, last] = (read("session") || "").split(" ");
      if (!(now() - last < 18e5)) id = unique();
      write("session", id + " " + now());
      return id;
    },

    // What waits to be sent. What is on its way lies in the browser's storage until it has arrived; its id makes an
    // event that is sent twice the same.
    stored = () => attempt(() => JSON.parse(read("queue"))) || [],
    shelve = (added, done) => write("queue", JSON.stringify(
      stored().filter((one) => !added.concat(done).some((other) => other.id == one.id)).concat(added).slice(-500))),
    pack = (events) => JSON.stringify({ key: options.key, library: "tn.js/1", sent_at: now(), events: events }),
    soon = (seconds) => { timer = timer || setTimeout(send, seconds * 1e3); },
    send = () => {
      const batch = waiting.splice(0, 50);
      clearTimeout(timer);
      timer = 0;
      if (!batch[0]) return;
      shelve(batch, []);
      fetch(address, { method: "POST", body: pack(batch), keepalive: true }).then((answer) => {
        if (/^(5|408|429)/.test(answer.status)) throw 0;
        failures = 0;
        shelve([], batch);
        if (waiting[0]) soon(0);
      }).catch(() => {
        waiting = batch.concat(waiting).slice(-500);
        soon(Math.min(2 ** ++failures, 300));
      });
    },

    // What can be told.
    track = (name, properties) => {
      waiting.push({
        event: name,
        id: unique(),
        time: now(),
        anonymous_id: anonymous,
        user_id: read("user") || null,
        session_id: session(),
        properties: { url: place.href, path: place.pathname, ...properties },
      });
      soon(1);
    },
    page = (properties) => {
      const campaign = {};
      new URLSearchParams(place.search).forEach((value, name) => { if (/^utm_/.test(name)) campaign[name] = value; });
      track("$pageview", { title: root.title, referrer: from, width: innerWidth, language: agent.language, ...campaign, ...properties });
      from = place.href;
    },
    api = {
      track: track,
      page: page,
      identify: (user, traits) => {
        write("user", user);
        track("$identify", { $set: traits });
      },
      reset: () => {
        rename();
        write("user", "");
        write("session", "");
      },
    },
    silent = options.respect != null && (agent.doNotTrack == 1 || agent.globalPrivacyControl),

    // Page views, also of pages that change without being loaded.
    moved = () => {
      const here = place.pathname + place.search;
      if (here != seen) page();
      seen = here;
    },

    // How the page felt: told once, when it is left for the first time.
    watch = (type, each) => attempt(() => new PerformanceObserver((list) => list.getEntries().forEach(each))
      .observe({ type: type, buffered: true, durationThreshold: 40 })),
    leave = () => {
      if (!felt) {
        felt = 1;
        const slowest = Object.values(delays).sort((one, other) => other - one);
        if (slowest[0]) vitals.inp = slowest[slowest.length / 50 | 0];
        for (const name in vitals) vitals[name] = +vitals[name].toFixed(4);
        track("$web_vitals", vitals);
      }
      const batch = waiting.splice(0, 50);
      shelve(waiting, []);
      if (!batch[0]) return;
      if (!agent.onLine || !agent.sendBeacon(address, pack(batch))) shelve(batch, []);
      else shelve([], batch);
    };

  let
    anonymous = cookies == null ? read("id") : (root.cookie.match(/tn_id=([\w-]+)/) || [])[1],
    waiting = stored(),
    timer,
    failures = 0,
    from = root.referrer,
    seen,
    felt = root.hidden,
    first = 0,
    latest = 0,
    sum = 0;

  // Once is enough, also where a page brings the script twice.
  if (early?.track) return;
  if (silent) for (const name in api) api[name] = () => {};
  window.truenorth = api;
  if (silent) return;
  if (!anonymous) rename();
  if (options.manual == null) {
    moved();
    ["pushState", "replaceState"].forEach((name) => {
      const inner = history[name];
      history[name] = (...given) => {
        inner.apply(history, given);
        setTimeout(moved);
      };
    });
    on("popstate", moved);
  }
  early?.forEach?.(([name, ...given]) => api[name](...given));
  watch("navigation", (entry) => { vitals.ttfb = entry.responseStart; });
  watch("paint", (entry) => { vitals.fcp = entry.startTime; });
  watch("largest-contentful-paint", (entry) => { vitals.lcp = entry.startTime; });
  if (window.LayoutShift) vitals.cls = 0;
  watch("layout-shift", (entry) => {
    const at = entry.startTime;
    if (entry.hadRecentInput) return;
    if (at - latest > 1e3 || at - first > 5e3) first = at, sum = 0;
    latest = at;
    vitals.cls = Math.max(vitals.cls, sum += entry.value);
  });
  watch("event", (entry) => {
    const which = entry.interactionId;
    if (which) delays[which] = Math.max(delays[which] || 0, entry.duration);
  });
  on("pagehide", leave);
  on("visibilitychange", () => root.hidden && leave());
  on("online", send);
  soon(1);
})();
