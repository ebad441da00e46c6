// @segment/analytics-node as a shop's server uses it.
const { Analytics } = require("@segment/analytics-node");
const [url, key, user, device] = process.argv.slice(2);

(async () => {
  const analytics = new Analytics({ writeKey: key, host: url, path: "/v1/batch", flushAt: 20 });
  const wrong = [];
  analytics.on("error", (error) => wrong.push(JSON.stringify(error)));
  analytics.track({
    userId: user,
    anonymousId: device,
    event: "bought",
    properties: { plan: "pro", price: 12.5, tags: ["a", "b"], inner: { deep: { er: 1 } }, name: "Zoë – naïve" },
    timestamp: new Date("2026-01-05T09:30:00.250Z"),
  });
  analytics.identify({ userId: user, traits: { email: "ann@shop.example" } });
  analytics.page({ userId: user, category: "Docs", name: "Home", properties: { path: "/" } });
  analytics.group({ userId: user, groupId: "acme", traits: { size: 5 } });
  analytics.alias({ userId: user, previousId: "former-" + device });
  await analytics.closeAndFlush();
  if (wrong.length) throw new Error(wrong.join());
})().catch((error) => { console.error(error); process.exit(1); });
