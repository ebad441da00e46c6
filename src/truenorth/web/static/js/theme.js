// The theme button without a round trip: the choice is kept in the cookie the server reads.
const NEXT = { "": "light", light: "dark", dark: "" };

export function startTheme() {
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form.theme")) return;
    event.preventDefault();
    const root = document.documentElement;
    const chosen = NEXT[root.dataset.theme ?? ""];
    if (chosen) root.dataset.theme = chosen;
    else delete root.dataset.theme;
    document.cookie = `theme=${chosen}; path=/; max-age=${chosen ? 31536000 : 0}; samesite=lax`;
    const button = event.target.querySelector("button");
    button.value = NEXT[chosen] || "system";
    button.title = `Theme: ${chosen || "as the system"}; next: ${button.value}`;
  });
}
