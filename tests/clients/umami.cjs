// Umami's client for Node: a page view, an event, and what is known of the visitor.
const { Umami } = require("@umami/node");
const [url, key] = process.argv.slice(2);

(async () => {
  const client = new Umami({ websiteId: key, hostUrl: url });
  const said = [
    await client.track({ url: "/cart", title: "Cart" }),
    await client.track("bought", { plan: "pro", price: 12.5, tags: ["a", "b"], inner: { deep: { er: 1 } }, name: "Zoë – naïve" }),
    await client.identify({ plan: "pro" }),
  ];
  for (const one of said) if (one.status !== 200 || !(await one.json()).sessionId) throw new Error(String(one.status));
})().catch((error) => { console.error(error); process.exit(1); });
