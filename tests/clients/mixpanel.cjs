// Mixpanel's client for Node: events alone and in batches, profiles of people and groups, an alias, an import.
const [url, key, user, device] = process.argv.slice(2);
const Mixpanel = require("mixpanel");

const { host, pathname } = new URL(url);
const client = Mixpanel.init(key, { host, protocol: "http", path: pathname === "/" ? "" : pathname });
const fields = { plan: "pro", price: 12.5, tags: ["a", "b"], inner: { deep: { er: 1 } }, name: "Zoë – naïve" };
const at = new Date("2026-01-05T09:30:00.250Z");
const done = (call) =>
  new Promise((resolve, reject) => call((error) => (error ? reject(error) : resolve())));

(async () => {
  await done((told) => client.track("bought", { distinct_id: user, time: at, $insert_id: "n-1", ...fields }, told));
  await done((told) =>
    client.track_batch(
      [
        { event: "looked", properties: { distinct_id: `$device:${device}`, time: at } },
        { event: "signed in", properties: { distinct_id: user, $user_id: user, $device_id: device, time: at } },
      ],
      told,
    ),
  );
  await done((told) => client.people.set(user, { email: "ann@shop.example" }, told));
  await done((told) => client.groups.set("company", "acme", { size: 5 }, told));
  await done((told) => client.alias(user, `former-${device}`, told));
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
