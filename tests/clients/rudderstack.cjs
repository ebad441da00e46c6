// RudderStack's client for Node, which sends gzip under the name of a form.
const RudderAnalytics = require("@rudderstack/rudder-sdk-node");
const [url, key, user, device] = process.argv.slice(2);

(async () => {
  const client = new RudderAnalytics(key, { dataPlaneUrl: url, flushAt: 20, logLevel: "error" });
  const fields = { plan: "pro", price: 12.5, tags: ["a", "b"], inner: { deep: { er: 1 } }, name: "Zoë – naïve" };
  client.track({
    userId: user,
    anonymousId: device,
    event: "bought",
    properties: fields,
    originalTimestamp: new Date("2026-01-05T09:30:00.250Z"),
    timestamp: new Date("2026-01-05T09:30:00.250Z"),
  });
  client.identify({ userId: user, traits: { email: "ann@shop.example" } });
  await client.flush();
})().catch((error) => { console.error(error); process.exit(1); });
