// posthog-node as a shop's server uses it.
const { PostHog } = require("posthog-node");
const [url, key, user, device] = process.argv.slice(2);

(async () => {
  const client = new PostHog(key, { host: url, flushAt: 20 });
  const wrong = [];
  client.on("error", (error) => wrong.push(String(error)));
  client.capture({
    distinctId: user,
    event: "bought",
    properties: { plan: "pro", price: 12.5, tags: ["a", "b"], inner: { deep: { er: 1 } }, name: "Zoë – naïve", $set: { vip: true } },
    groups: { company: "acme" },
    timestamp: new Date("2026-01-05T09:30:00.250Z"),
  });
  client.identify({ distinctId: user, properties: { email: "ann@shop.example", $set_once: { first: 1 } } });
  client.alias({ distinctId: user, alias: device });
  client.groupIdentify({ groupType: "company", groupKey: "acme", properties: { size: 5 } });
  const flags = await client.getAllFlags(user);
  await client.shutdown();
  if (wrong.length || Object.keys(flags).length) throw new Error(JSON.stringify({ wrong, flags }));
})().catch((error) => { console.error(error); process.exit(1); });
