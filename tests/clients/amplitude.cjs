// Amplitude's client for Node: an event with all fields, what changes about a person, and about a group.
const amplitude = require("@amplitude/analytics-node");
const [url, key, user, device] = process.argv.slice(2);

(async () => {
  const who = { user_id: user, device_id: device };
  const fields = { plan: "pro", price: 12.5, tags: ["a", "b"], inner: { deep: { er: 1 } }, name: "Zoë – naïve" };
  await amplitude.init(key, { serverUrl: `${url}/2/httpapi`, logLevel: 0 }).promise;
  const at = Date.parse("2026-01-05T09:30:00.250Z");
  const sent = [
    amplitude.track("bought", fields, { ...who, time: at, insert_id: "n-1" }).promise,
    amplitude.identify(new amplitude.Identify().set("email", "ann@shop.example"), who).promise,
    amplitude.groupIdentify("company", "acme", new amplitude.Identify().set("size", 5), who).promise,
  ];
  await amplitude.flush().promise;
  const codes = (await Promise.all(sent)).map((one) => one.code);
  if (codes.some((code) => code !== 200)) throw new Error(JSON.stringify(codes));
})().catch((error) => { console.error(error); process.exit(1); });
